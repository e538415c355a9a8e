/** Services as Debian's packages bring them, with the sandboxes of their units, and with what `ckpt check` asks for. */
import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import { Machine, vmSupport } from '../driver/index.js';
import { LineClient } from '../workloads/line-client.js';
import { settle } from './settle.js';
import { ckpt, ckptDisks, diary } from './switch-kernels.js';

const support = await vmSupport();
const why = support.ok ? '' : ` (skipped: ${support.reason})`;

const UNITS = ['memcached.service', 'mariadb.service', 'postgresql@17-main.service', 'redis-server.service'];
/**
 * io_uring off for MariaDB, an IPC namespace for PostgreSQL's System V segment, the machine's users for redis; memcached
 * as it is, but for its address.
 */
const PREPARATION = `
printf '[mariadb]\\ninnodb_use_native_aio=0\\n' >/etc/mysql/mariadb.conf.d/99-frozen.cnf
mkdir -p /etc/systemd/system/postgresql@17-main.service.d
printf '[Service]\\nPrivateIPC=yes\\n' >/etc/systemd/system/postgresql@17-main.service.d/frozen.conf
mkdir -p /etc/systemd/system/redis-server.service.d
printf '[Service]\\nPrivateUsers=no\\n' >/etc/systemd/system/redis-server.service.d/frozen.conf
sed -i 's/^-l .*/-l 0.0.0.0/' /etc/memcached.conf
systemctl daemon-reload
systemctl restart ${UNITS.join(' ')}`;
/** A reboot empties /run, and check asks for this; systemd-tmpfiles makes PostgreSQL's, the thaw redis's (it is mounted). */
const FOLDER = 'install -d -o mysql /run/mysqld';

describe.skipIf(!support.ok)(`the services of Debian's packages${why}`, () => {
  it('live on from 6.12 to 7.2: memcached with its client, MariaDB, PostgreSQL and redis with their data', async () => {
    const note = diary('services');
    const machine = await Machine.boot({
      kernel: '6.12',
      userland: 'trixie',
      kind: 'systemd',
      memory: 2048,
      packages: ['mariadb-server', 'memcached', 'postgresql'],
      disks: await ckptDisks('4.2.1'),
      switchesTo: ['7.2'],
      forwards: [11211],
    });
    let client: LineClient | undefined;
    try {
      // A service that is restarted while it starts for the first time may keep systemctl waiting.
      await settle(machine);
      await machine.ok(PREPARATION, { limit: 240 });
      await machine.ok(
        'mariadb -e "create database d; create table d.t (n int); insert into d.t values (41)"',
      );
      await machine.ok('su postgres -c "psql -c \'create table t as select 41 as n\'"');
      assert.equal(await machine.ok('redis-cli set n 41'), 'OK');
      client = await LineClient.open(machine.port(11211));
      assert.equal(await client.ask('set n 0 0 2\r\n41'), 'STORED');
      note('services run');
      const check = await machine.sh(ckpt(`check ${UNITS.join(' ')}`), { limit: 240 });
      // What cannot be known is whether a reboot comes between; that systemd would start them again is a loss.
      assert.equal(check.status, 9, check.stdout);
      await machine.ok(`systemctl mask ${UNITS.join(' ')}`);
      await machine.ok(ckpt('guard --install-hook /etc/ckpt/before-network'), { limit: 60 });
      const freeze = `freeze ${UNITS.join(' ')} --name services --file '/dev/shm/*=carry'`;
      await machine.ok(ckpt(freeze), { limit: 300 });
      note('frozen');
      await machine.kexec('7.2');
      note(`runs ${machine.kernelRelease}`);
      await machine.ok(FOLDER);
      await machine.ok(ckpt('thaw services'), { limit: 400 });
      note('thawed');
      assert.equal(await client.ask('incr n 1', 180), '42');
      assert.match(await machine.ok('mariadb -e "update d.t set n = n + 1; select * from d.t"'), /\b42$/);
      const select = 'su postgres -c "psql -Atc \'update t set n = n + 1 returning n\'"';
      assert.match(await machine.ok(select), /^42$/m);
      assert.equal(await machine.ok('redis-cli incr n && redis-cli save'), '42\nOK');
      note('nothing lost');
    } finally {
      client?.close();
      await machine.stop();
    }
  });
});
