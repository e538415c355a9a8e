/** Services as Debian's packages bring them, with the sandboxes of their units, and with what `ckpt check` asks for. */
import assert from 'node:assert/strict';
import { LineClient } from '../line-client.js';
import { BLOCKED_PORT } from './blocked-service.js';
import type { StartUnits } from './units.js';

const UNITS = [
  'memcached.service',
  'mariadb.service',
  // Has no processes itself: postgresql@17-main.service is a part of it.
  'postgresql.service',
  'redis-server.service',
  // A worker in a chroot, with /dev/log mounted there, and a socket whose file was renamed.
  'haproxy.service',
  // Logs by syslog(3) to the journal, and has forked twice.
  'chrony.service',
  // Holds its PID file open and locked, in a /run that a reboot empties.
  'cron.service',
];
const MAIN = 'memcached|mariadbd|postgres|redis-server|haproxy|chronyd|cron';
/** By which others find them, each with the program that it is of. */
const PID_FILES = [
  ['/run/chrony/chronyd.pid', 'chronyd'],
  ['/run/crond.pid', 'cron'],
  ['/run/mysqld/mysqld.pid', 'mariadbd'],
];

/** The packages that bring them, redis but for which every guest has. */
export const SERVICE_PACKAGES = ['chrony', 'cron', 'haproxy', 'mariadb-server', 'memcached', 'postgresql'];
/** Where memcached listens, for a client outside. */
export const MEMCACHED_PORT = 11211;

/**
 * The kind of firewall that is hardest on a connection which the kernel has not seen begin: only beginnings are let in, and
 * nothing is tracked midway.
 */
const FIREWALL = `cat >/etc/nftables.conf <<'NFT'
flush ruleset
table inet filter {
  chain input {
    type filter hook input priority filter; policy drop;
    iif lo accept
    ct state established,related accept
    ct state new tcp flags & (fin | syn | rst | ack) == syn tcp dport { ${MEMCACHED_PORT}, ${BLOCKED_PORT} } accept
  }
}
NFT
echo nf_conntrack >/etc/modules-load.d/firewall.conf
echo net.netfilter.nf_conntrack_tcp_loose=0 >/etc/sysctl.d/firewall.conf
modprobe nf_conntrack
sysctl -qp /etc/sysctl.d/firewall.conf
systemctl -q enable --now nftables`;

/**
 * io_uring off for MariaDB; memcached as it is, but for its address, redis with its PrivateUsers=, and PostgreSQL with its
 * System V segment. A reboot empties /run: the thaw makes the folders there again.
 */
const PREPARATION = `
printf '[mariadb]\\ninnodb_use_native_aio=0\\n' >/etc/mysql/mariadb.conf.d/99-frozen.cnf
sed -i 's/^-l .*/-l 0.0.0.0/' /etc/memcached.conf
systemctl daemon-reload
${FIREWALL}
systemctl restart memcached mariadb postgresql@17-main redis-server`;

/** Databases with data, and memcached with a client whose connection goes on. */
export const startPackagedServices: StartUnits = async (machine, ckpt) => {
  await machine.ok(PREPARATION, { limit: 600 });
  await machine.ok('mariadb -e "create database d; create table d.t (n int); insert into d.t values (41)"');
  await machine.ok('su postgres -c "psql -c \'create table t as select 41 as n\'"');
  assert.equal(await machine.ok('redis-cli set n 41'), 'OK');
  const client = await LineClient.open(machine.port(MEMCACHED_PORT));
  assert.equal(await client.ask('set n 0 0 2\r\n41'), 'STORED');
  let answer: Promise<string> | undefined;
  const check = await machine.sh(ckpt(`check ${UNITS.join(' ')}`), { limit: 600 });
  // A loss is tracefs, which their sandboxes show them, and PrivateUsers=.
  assert.equal(check.status, 8, check.stdout);
  assert.match(check.stdout, /^postgres .*\n(?: .*\n)* .*shared memory \d+$/m);
  assert.match(check.stdout, /^redis-server .*\n(?: .*\n)* .*own user namespace/m);
  return {
    targets: UNITS,
    async checkFrozen() {
      const { stdout } = await machine.sh(`pgrep -x "${MAIN}"`);
      assert.equal(stdout, '');
      // Its stop and its start flush all rules, as they do in the shutdown and the boot, and a client types on meanwhile.
      answer = client.ask('incr n 1', 600);
      answer.catch(() => {});
      await machine.ok('systemctl restart nftables');
    },
    async check() {
      assert.equal(await answer, '42');
      assert.equal(await machine.ok('sysctl -n net.netfilter.nf_conntrack_tcp_loose'), '0');
      assert.match(await machine.ok('mariadb -e "update d.t set n = n + 1; select * from d.t"'), /\b42$/);
      // Without its lock file it ends within a minute; what the unit does when it stops would remove that.
      await machine.ok('test -e /var/lib/postgresql/17/main/postmaster.pid');
      const select = 'su postgres -c "psql -Atc \'update t set n = n + 1 returning n\'"';
      assert.match(await machine.ok(select), /^42$/m);
      assert.equal(await machine.ok('redis-cli incr n && redis-cli save'), '42\nOK');
      await machine.ok('chronyc -n tracking | grep -q Stratum');
      for (const [file, program] of PID_FILES) await machine.ok(`pgrep -o -x ${program} | diff - ${file}`);
      await machine.ok('echo show info | socat - UNIX-CONNECT:/run/haproxy/admin.sock | grep -q ^Uptime');
    },
    close: () => client.close(),
  };
};
