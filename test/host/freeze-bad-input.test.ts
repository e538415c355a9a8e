import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { criuFromToolbox } from '../../scripts/toolbox/index.js';
import {
  cannotFreeze,
  ckpt,
  failureOf,
  folder,
  python,
  refusal,
  smallDisk,
  start,
  startCounter,
  until,
} from './support.js';
import { isTooNewForOldest } from './this-kernel.js';

const unused = (): number => {
  const used = new Set(readdirSync('/proc'));
  for (let pid = Number(readFileSync('/proc/sys/kernel/pid_max', 'utf8')) - 1; ; pid -= 1) {
    if (!used.has(String(pid))) return pid;
  }
};
const kernelThread = readdirSync('/proc').find(name => {
  if (!/^\d+$/.test(name)) return false;
  try {
    const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
    return (Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[6]) & 0x200000) !== 0;
  } catch {
    return false;
  }
});

describe.skipIf(cannotFreeze)(`a freeze that cannot be${cannotFreeze ? ` (${cannotFreeze})` : ''}`, () => {
  it('says in three lines what, why, and what to do', async () => {
    const pid = unused();
    const ran = await ckpt(['freeze', String(pid), '--store', await folder()]);
    expect(ran).toMatchObject({ status: 3, stdout: '' });
    expect(ran.stderr.split('\n')).toEqual([
      `ckpt: there is no process ${pid}`,
      expect.stringMatching(/^ {2}why: /),
      expect.stringMatching(/^ {2}do: {2}/),
    ]);
  });

  it('refuses PIDs that can never be frozen', async () => {
    const store = ['--store', await folder()];
    expect(await refusal(['freeze', String(unused()), ...store])).toMatchObject({
      code: 'target-missing',
      exit: 3,
    });
    expect(await refusal(['freeze', '1', ...store])).toMatchObject({ code: 'target-init', exit: 3 });
    expect(await refusal(['freeze', String(process.pid), ...store])).toMatchObject({
      code: 'target-ancestor',
      exit: 3,
    });
    const own = ['sh', '-c', 'exec "$0" freeze $$ --json "$@"'];
    const self = await ckpt(store, { inside: own });
    expect(failureOf(self)).toMatchObject({ code: 'target-self', exit: 3 });
    expect(await refusal(['freeze', '0', ...store])).toMatchObject({ code: 'bad-option-value', exit: 2 });
    expect(await refusal(['freeze', '12x', ...store])).toMatchObject({
      code: 'target-name-unknown',
      exit: 3,
    });
    expect(await refusal(['freeze', 'no-such.service', ...store])).toMatchObject({
      code: 'target-unit-idle',
      exit: 3,
    });
  });

  it.skipIf(kernelThread === undefined)(
    'refuses a kernel thread (skipped where none can be seen)',
    async () => {
      const failure = await refusal(['freeze', kernelThread ?? '', '--store', await folder()]);
      expect(failure).toMatchObject({ code: 'target-kernel-thread', exit: 3 });
    },
  );

  it('refuses two trees of which one is inside the other, and a tree whose session leader stays outside', async () => {
    const place = await folder();
    const store = ['--store', place];
    const { pid, runsOn } = await startCounter();
    const child = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
    expect(await refusal(['freeze', String(pid), child, ...store])).toMatchObject({
      code: 'target-nested',
      exit: 2,
    });
    const foreign = await refusal(['freeze', child, ...store]);
    expect(foreign).toMatchObject({ code: 'target-foreign-session', exit: 3 });
    expect(foreign.hint).toContain(`ckpt freeze --store ${place} ${pid}`);
    await runsOn();
  });

  it('needs root', async () => {
    const { pid, runsOn } = await startCounter();
    const inside = ['setpriv', '--reuid', '65534', '--regid', '65534', '--clear-groups', '--'];
    for (const args of [
      ['freeze', String(pid)],
      ['thaw', 'a'],
    ]) {
      const failure = await refusal([...args, '--store', '/nonexistent'], { inside });
      expect(failure).toMatchObject({ code: 'not-root', exit: 7 });
    }
    await runsOn();
  });

  it('needs a CRIU that is there, can be run, says its version, and is not too old', async () => {
    const place = await folder();
    const store = ['--store', place];
    const { pid, runsOn } = await startCounter();
    const freeze = ['freeze', String(pid), ...store];
    const hide =
      'for one in /usr/sbin/criu /usr/local/sbin/criu /usr/local/bin/criu /usr/bin/criu; do [ ! -e $one ] || mount --bind /dev/null $one; done; exec "$0" "$@"';
    const none = await refusal(freeze, {
      env: { CKPT_CRIU: '', PATH: place },
      inside: ['/usr/bin/unshare', '--mount', '/bin/sh', '-c', `PATH=/usr/bin:/bin; ${hide}`],
    });
    expect(none).toMatchObject({ code: 'criu-not-found', exit: 7 });
    const fake = async (text: string, mode: number): Promise<string> => {
      const path = join(await folder(), 'criu');
      writeFileSync(path, text, { mode });
      return path;
    };
    const cases: readonly [string, string][] = [
      ['/nonexistent/criu', 'criu-not-executable'],
      [place, 'criu-not-executable'],
      [await fake('#!/bin/sh\n', 0o600), 'criu-not-executable'],
      [await fake('#!/nonexistent/interpreter\n', 0o700), 'criu-not-executable'],
      [await fake('#!/bin/sh\necho hello\n', 0o700), 'criu-unknown-version'],
      [await fake('#!/bin/sh\necho Version: 2.12\n', 0o700), 'criu-too-old'],
    ];
    for (const [criu, code] of cases) {
      expect(await refusal([...freeze, '--criu', criu]), criu).toMatchObject({ code, exit: 7 });
    }
    await runsOn();
    expect(readdirSync(place)).toEqual([]);
  });

  it.skipIf(!isTooNewForOldest)(
    'refuses CRIU 3.17.1 on a kernel that it cannot run on (only on kernels from 6.18 on)',
    async () => {
      const { pid, runsOn } = await startCounter();
      const store = await folder();
      const old = await criuFromToolbox('3.17.1');
      const failure = await refusal(['freeze', String(pid), '--store', store, '--criu', old]);
      expect(failure).toMatchObject({ code: 'criu-cannot-run', exit: 7 });
      expect(failure.message).toContain('3.17.1');
      await runsOn();
      expect(readdirSync(store)).toEqual([]);
    },
  );

  it('refuses a store that is a file or below one, and names that are taken or lead elsewhere', async () => {
    const place = await folder();
    const { pid, runsOn } = await startCounter();
    const file = join(place, 'file');
    writeFileSync(file, '');
    for (const store of [file, join(file, 'below')]) {
      expect(await refusal(['freeze', String(pid), '--store', store])).toMatchObject({
        code: 'store-not-directory',
        exit: 3,
      });
    }
    const store = join(place, 'store');
    const named = (name: string) => ['freeze', String(pid), '--store', store, '--name', name];
    for (const name of ['../up', '.hidden', '']) {
      expect(await refusal(named(name)), name).toMatchObject({ code: 'bundle-name-invalid', exit: 2 });
    }
    expect((await ckpt([...named('a'), '--leave-running'])).status).toBe(0);
    const before = readFileSync(join(store, 'a', 'manifest.json'));
    expect(await refusal(named('a'))).toMatchObject({ code: 'bundle-name-taken', exit: 3 });
    expect(readFileSync(join(store, 'a', 'manifest.json'))).toEqual(before);
    expect(readdirSync(place).sort()).toEqual(['file', 'store']);
    await runsOn();
  });

  it('refuses to begin where the memory does not fit', async () => {
    const disk = await smallDisk(20);
    const { pid, runsOn } = await startCounter({ inside: disk.inside, mib: 30 });
    const failure = await refusal(['freeze', String(pid), '--store', disk.path], { inside: disk.inside });
    expect(failure).toMatchObject({ code: 'store-full', exit: 3 });
    expect(failure.message).toMatch(/[4-9]\d MiB needed, (?:19|20) MiB free/);
    await runsOn();
  });

  it('says of a full disk that it is full', async () => {
    const disk = await smallDisk(20);
    const { pid, runsOn } = await startCounter({ inside: disk.inside });
    await disk.fill(0);
    const failure = await refusal(['freeze', String(pid), '--store', disk.path], { inside: disk.inside });
    expect(failure).toMatchObject({ code: 'store-full', exit: 3 });
    await runsOn();
  });

  // The other failures of a switch need systemd: the Vagrant scenario has them.
  it('does not switch where nobody would thaw', async () => {
    const { pid, runsOn } = await startCounter();
    expect(await refusal(['switch', String(pid), '--dry-run'])).toMatchObject({
      code: 'switch-without-systemd',
      exit: 7,
    });
    await runsOn();
  });

  it('says of a store in memory that a bundle there ends with the kernel', async () => {
    const { path, inside } = await smallDisk(60);
    const { pid, runsOn } = await startCounter({ inside });
    const freeze = ['freeze', String(pid), '--name', 'a', '--store', path];
    expect(await refusal([...freeze, '--thaw-at-boot'], { inside })).toMatchObject({
      code: 'store-in-memory',
    });
    const plan = await ckpt([...freeze, '--dry-run', '--json'], { inside });
    expect(JSON.parse(plan.stdout).warnings[0]).toContain('lies in memory (tmpfs)');
    const copy = await ckpt([...freeze, '--leave-running'], { inside });
    expect(copy).toMatchObject({ status: 0, stderr: expect.stringContaining('lies in memory (tmpfs)') });
    await runsOn();
    const frozen = await ckpt(['freeze', String(pid), '--name', 'b', '--store', path], { inside });
    expect(frozen.stderr).toContain('lies in memory (tmpfs)');
    expect(frozen.stdout).not.toContain('switch the kernel');
  });

  it('a dry run makes no store, and finds what stands against one', async () => {
    const { pid } = await startCounter();
    const store = join(await folder(), 'store');
    const freeze = ['freeze', String(pid), '--dry-run', '--store'];
    expect(await ckpt([...freeze, store])).toMatchObject({ status: 0 });
    expect(existsSync(store)).toBe(false);
    for (const wrong of ['/etc/hostname', '/etc/hostname/below']) {
      expect(await refusal([...freeze, wrong])).toMatchObject({ code: 'store-not-directory' });
    }
  });

  it('refuses a zombie', async () => {
    const { pid } = start(python, [
      '-c',
      'import os, time\nif os.fork() == 0: os._exit(0)\ntime.sleep(1000)',
    ]);
    const children = (): string => readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
    const child = await until('the child to be made', () => children() || undefined);
    await until('the child to end', () => /\) Z /.test(readFileSync(`/proc/${child}/stat`, 'utf8')));
    const failure = await refusal(['freeze', child, '--store', await folder()]);
    expect(failure).toMatchObject({ code: 'target-zombie', exit: 3 });
    expect(failure.hint).toContain(String(pid));
  });

  it('finds the one that lives where a zombie bears its name, too', async () => {
    const name = `twin-${process.pid}`;
    const named = `open('/proc/self/comm', 'w').write('${name}')`;
    const { pid } = start(python, [
      '-c',
      `import os, time\nif os.fork() == 0: ${named}; os._exit(0)\ntime.sleep(1000)`,
    ]);
    const children = (): string => readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
    const child = await until('the child to be made', () => children() || undefined);
    await until('the child to end', () => /\) Z /.test(readFileSync(`/proc/${child}/stat`, 'utf8')));
    const freeze = ['freeze', name, '--dry-run', '--json', '--store', await folder()];
    expect(failureOf(await ckpt(freeze))).toMatchObject({ code: 'target-zombie' });
    const living = start(python, ['-c', `import time\n${named}\ntime.sleep(1000)`]).pid;
    await until('the other to be called so', () =>
      readFileSync(`/proc/${living}/comm`, 'utf8').startsWith(name),
    );
    const { stdout } = await ckpt(freeze);
    expect(JSON.parse(stdout)).toMatchObject({ kind: 'freeze-plan', trees: [{ root: living }] });
  });
});
