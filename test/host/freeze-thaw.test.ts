import { generateKeyPairSync } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { listProcesses, readProcess } from '../../src/host/proc/index.js';
import { packBundle } from '../../src/image-format/bundle/archive.js';
import {
  alive,
  cannotFreeze,
  ckpt,
  expectConsecutive,
  folder,
  owned,
  python,
  refusal,
  running,
  start,
  startCounter,
  until,
} from './support.js';
import { startTied } from './tied.js';

describe.skipIf(cannotFreeze)(`freeze and thaw${cannotFreeze ? ` (${cannotFreeze})` : ''}`, () => {
  it('brings a tree back with its PIDs and pipes, and loses and repeats no count', async () => {
    const store = await folder();
    const { pid, count, journal, runsOn } = await startCounter();
    const frozen = await ckpt(['freeze', String(pid), '--name', 'a', '--store', store]);
    expect(frozen).toMatchObject({ status: 0, stderr: '' });
    expect(frozen.stdout).toContain(`ckpt thaw --store ${store} a`);
    expect(alive(pid)).toBe(false);
    const stopped = count();
    const mark = join(store, 'a', 'frozen');
    expect(Number(readFileSync(mark, 'utf8'))).toBeGreaterThanOrEqual(pid);
    owned(pid);
    const thawed = await ckpt(['thaw', 'a', '--store', store]);
    expect(thawed).toMatchObject({ status: 0, stderr: '' });
    expect(thawed.stdout).toContain(`PID ${pid}`);
    await runsOn();
    expect(journal().slice(stopped - 1, stopped + 2)).toEqual([stopped, stopped + 1, stopped + 2]);
    expectConsecutive(journal());
    expect(readdirSync(store)).toEqual(['a']);
    expect(existsSync(mark)).toBe(false);
  });

  it('brings a daemon back that forked twice, in a session without a leader as before', async () => {
    const store = await folder();
    const said = join(await folder(), 'said');
    start(python, [
      '-c',
      `import os, time
if os.fork(): os._exit(0)
os.setsid()
if os.fork(): os._exit(0)
if os.fork() == 0: time.sleep(1000)
for n in range(10 ** 9): open("${said}", "w").write("%d %d" % (os.getpid(), n)); time.sleep(0.05)`,
    ]);
    const saidNow = (): readonly number[] =>
      existsSync(said) ? readFileSync(said, 'utf8').split(' ').map(Number) : [];
    await until('the daemon to count', () => (saidNow()[1] ?? 0) > 2);
    const [pid = 0] = saidNow();
    const before = readProcess(pid);
    expect(before?.session).not.toBe(pid);
    expect(readProcess(before?.session ?? 0)?.state ?? 'Z').toBe('Z');
    expect(await ckpt(['freeze', String(pid), '--name', 'a', '--store', store])).toMatchObject({
      status: 0,
      stderr: '',
    });
    owned(pid);
    expect(await ckpt(['thaw', 'a', '--store', store])).toMatchObject({ status: 0, stderr: '' });
    const at = saidNow()[1] ?? 0;
    await until('the daemon to go on', () => (saidNow()[1] ?? 0) > at + 1);
    // Neither that of the thaw, whose terminal would be its own then, nor one with a leader.
    const after = readProcess(pid);
    expect(after?.session).not.toBe(readProcess(process.pid)?.session);
    expect(readProcess(after?.session ?? 0)?.state ?? 'Z').toBe('Z');
    const children = listProcesses().filter(one => one.parent === pid);
    expect(children.map(one => one.session)).toEqual([after?.session]);
    // And once more: what a thaw makes can be frozen.
    expect(await ckpt(['freeze', String(pid), '--name', 'b', '--store', store])).toMatchObject({ status: 0 });
    expect(await ckpt(['thaw', 'b', '--store', store])).toMatchObject({ status: 0 });
  });

  it('binds threads to the processors again that they had', async () => {
    const [store, said] = [await folder(), join(await folder(), 'said')];
    const { pid } = start(python, [
      '-c',
      `import os, threading, time
thread = threading.Thread(target=time.sleep, args=[1000], daemon=True)
thread.start()
os.sched_setaffinity(thread.native_id, {max(os.sched_getaffinity(0))})
open("${said}", "w").write(str(thread.native_id))
time.sleep(1000)`,
    ]);
    await until('the thread to be bound', () => existsSync(said) && readFileSync(said, 'utf8') !== '');
    const processors = (): readonly (string | undefined)[] =>
      [pid, Number(readFileSync(said, 'utf8'))].map(
        tid => /^Cpus_allowed:\t(.*)$/m.exec(readFileSync(`/proc/${pid}/task/${tid}/status`, 'utf8'))?.[1],
      );
    const before = processors();
    // On a machine with one processor there is nothing to lose.
    if (availableParallelism() > 1) expect(before[0]).not.toBe(before[1]);
    expect(await ckpt(['freeze', String(pid), '--name', 'a', '--store', store])).toMatchObject({ status: 0 });
    owned(pid);
    expect(await ckpt(['thaw', 'a', '--store', store])).toMatchObject({ status: 0, stderr: '' });
    expect(processors()).toEqual(before);
  });

  it('brings a child back that has ended and that nobody has asked after yet, with its status', async () => {
    const store = await folder();
    const said = join(await folder(), 'said');
    const { pid } = start(python, [
      '-c',
      `import os, signal
child = os.fork()
if child == 0: os._exit(7)
os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1})
open("${said}", "w").write("ready")
signal.sigwait({signal.SIGUSR1})
open("${said}", "w").write("status %d" % os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
signal.pause()`,
    ]);
    await until('the child to end', () => existsSync(said) && readFileSync(said, 'utf8') === 'ready');
    expect(await ckpt(['freeze', String(pid), '--name', 'a', '--store', store])).toMatchObject({ status: 0 });
    owned(pid);
    expect(await ckpt(['thaw', 'a', '--store', store])).toMatchObject({ status: 0, stderr: '' });
    process.kill(pid, 'SIGUSR1');
    await until('the parent to read the status', () => readFileSync(said, 'utf8').startsWith('status'));
    expect(readFileSync(said, 'utf8')).toBe('status 7');
  });

  it('lets a root live on that was to end with its parent, which a thaw cannot give back', async () => {
    const store = await folder();
    const said = join(await folder(), 'said');
    const { pid } = start(python, [
      '-c',
      `import ctypes, signal
ctypes.CDLL(None).prctl(1, signal.SIGTERM, 0, 0, 0)
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1})
open("${said}", "w").write("ready")
while True:
    signal.sigwait({signal.SIGUSR1})
    open("${said}", "w").write("alive")`,
    ]);
    await until('the root to be set up', () => existsSync(said) && readFileSync(said, 'utf8') === 'ready');
    expect(await ckpt(['freeze', String(pid), '--name', 'a', '--store', store])).toMatchObject({ status: 0 });
    owned(pid);
    expect(await ckpt(['thaw', 'a', '--store', store])).toMatchObject({ status: 0 });
    process.kill(pid, 'SIGUSR1');
    await until('the root to answer', () => readFileSync(said, 'utf8') === 'alive');
  });

  it('brings a tree back into a PID namespace of its own, where its numbers are not those of this system', async () => {
    const store = await folder();
    const outside = await startCounter({ inside: ['unshare', '--pid', '--fork', 'setsid'] });
    const child = readFileSync(`/proc/${outside.pid}/task/${outside.pid}/children`, 'utf8').trim();
    const frozen = await ckpt(['freeze', child, '--name', 'a', '--store', store]);
    expect(frozen.status).toBe(0);
    expect(await ckpt(['thaw', 'a', '--store', store])).toMatchObject({ status: 0 });
    for (const pid of running(outside.file)) owned(pid);
    await outside.runsOn();
    expectConsecutive(outside.journal());
  });

  it('lets the original run on with --leave-running, and refuses to thaw beside it, saying by whom the PID is taken', async () => {
    const store = await folder();
    const { pid, runsOn, journal } = await startCounter();
    const frozen = await ckpt(['freeze', String(pid), '--name', 'copy', '--leave-running', '--store', store]);
    expect(frozen.status).toBe(0);
    expect(existsSync(join(store, 'copy', 'frozen'))).toBe(false);
    await runsOn();
    const taken = await refusal(['thaw', 'copy', '--store', store]);
    expect(taken).toMatchObject({ code: 'thaw-pid-taken', exit: 3 });
    expect(taken.message).toContain(`PID ${pid} is taken, by python3 (`);
    await runsOn();
    expectConsecutive(journal());
    // A copy is not what `ckpt thaw` brings back by itself.
    expect(await refusal(['thaw', '--store', store])).toMatchObject({ code: 'thaw-nothing', exit: 3 });
  });

  it('carries a bundle to another store as one file', async () => {
    const [store, other, carried] = [await folder(), await folder(), await folder()];
    const { pid, runsOn, journal } = await startCounter();
    const file = join(carried, 'it.ckpt');
    const frozen = await ckpt([
      'freeze',
      String(pid),
      '--name',
      'a',
      '--store',
      store,
      '--out',
      file,
      '--json',
    ]);
    expect(JSON.parse(frozen.stdout)).toMatchObject({ version: 1, kind: 'freeze', name: 'a', archive: file });
    owned(pid);
    // A look leaves nothing behind that a boot, or the next thaw of all that waits, would find.
    expect(await ckpt(['thaw', file, '--dry-run', '--store', other])).toMatchObject({ status: 0 });
    expect(readdirSync(other)).toEqual([]);
    expect(await ckpt(['thaw', file, '--store', other])).toMatchObject({ status: 0 });
    await runsOn();
    expectConsecutive(journal());
    expect(readdirSync(other)).toEqual(['a']);
  });

  it('thaws a bundle by its path in the store, and puts no file over a bundle of its name', async () => {
    const [store, other, place] = [await folder(), await folder(), await folder()];
    const { pid, runsOn, journal } = await startCounter();
    const file = join(place, 'it.ckpt');
    const freeze = ['freeze', String(pid), '--name', 'a', '--store'];
    expect((await ckpt([...freeze, other, '--leave-running', '--out', file])).status).toBe(0);
    expect((await ckpt([...freeze, store])).status).toBe(0);
    owned(pid);
    const taken = await refusal(['thaw', file, '--store', store]);
    expect(taken).toMatchObject({ code: 'archive-name-taken', exit: 3 });
    expect(taken.hint).not.toContain('--name');
    const elsewhere = await refusal(['thaw', join(store, 'a'), '--store', other]);
    expect(elsewhere).toMatchObject({ code: 'bundle-elsewhere', exit: 3 });
    expect(elsewhere.hint).toContain(`ckpt thaw a --store ${store}`);
    expect(await ckpt(['thaw', `${join(store, 'a')}/`, '--store', store])).toMatchObject({ status: 0 });
    await runsOn();
    expectConsecutive(journal());
  });

  it('finds no bundle in a store that is not there, and does not make it', async () => {
    const store = join(await folder(), 'not-mounted');
    for (const words of [[], ['a'], ['--dry-run']])
      expect(await refusal(['thaw', ...words, '--store', store])).toMatchObject({ code: 'store-missing' });
    const file = await refusal(['thaw', '/none.ckpt', '--store', store]);
    expect(file).toMatchObject({ code: 'bundle-missing' });
    expect(existsSync(store)).toBe(false);
  });

  it('signs with a key, and thaws only what the owner of the trusted key signed', async () => {
    const store = await folder();
    const keys = await folder();
    const trust: string[] = [];
    for (const name of ['ours', 'theirs']) {
      const { privateKey, publicKey } = generateKeyPairSync('ed25519');
      writeFileSync(join(keys, name), privateKey.export({ type: 'pkcs8', format: 'pem' }));
      trust.push(join(keys, `${name}.pub`));
      writeFileSync(join(keys, `${name}.pub`), publicKey.export({ type: 'spki', format: 'pem' }));
    }
    const { pid, runsOn, journal } = await startCounter({ mib: 20 });
    const freeze = ['freeze', String(pid), '--name', 'a', '--store', store];
    const bad = await refusal(freeze, { env: { CKPT_SIGN_KEY: '/nowhere' } });
    expect(bad).toMatchObject({ code: 'key-unusable', exit: 2 });
    expect(alive(pid)).toBe(true);
    expect(await ckpt(freeze, { env: { CKPT_SIGN_KEY: join(keys, 'ours') } })).toMatchObject({ status: 0 });
    owned(pid);
    const [ours = '', theirs = ''] = trust;
    for (const command of ['thaw', 'verify']) {
      const refused = await refusal([command, 'a', '--store', store], { env: { CKPT_TRUST_KEY: theirs } });
      expect(refused).toMatchObject({ code: 'bundle-signature-wrong', exit: 5 });
    }
    const stranger = join(keys, 'stranger.ckpt');
    await packBundle(join(store, 'a'), stranger, 'owner');
    const other = await folder();
    const unknown = await refusal(['thaw', stranger, '--store', other], { env: { CKPT_TRUST_KEY: theirs } });
    expect(unknown).toMatchObject({ code: 'bundle-signature-wrong', exit: 5 });
    expect(readdirSync(other)).toEqual([]);
    const trusted = await ckpt(['thaw', 'a', '--store', store], { env: { CKPT_TRUST_KEY: ours } });
    expect(trusted).toMatchObject({ status: 0 });
    await runsOn();
    expectConsecutive(journal());
  });

  it('refuses a file for --out that exists, or has no folder, before anything is stopped', async () => {
    const store = await folder();
    const { pid, runsOn } = await startCounter();
    const taken = join(await folder(), 'x.ckpt');
    writeFileSync(taken, '');
    const out = ['freeze', String(pid), '--store', store, '--out'];
    expect(await refusal([...out, taken])).toMatchObject({ code: 'archive-exists', exit: 3 });
    expect(await refusal([...out, join(store, 'none', 'x.ckpt')])).toMatchObject({
      code: 'archive-place',
      exit: 3,
    });
    await runsOn();
    expect(readdirSync(store)).toEqual([]);
  });

  it('freezes several trees into one bundle, and thaws them together', async () => {
    const store = await folder();
    const counters = [await startCounter(), await startCounter()];
    const pids = counters.map(({ pid }) => String(pid));
    expect(await ckpt(['freeze', ...pids, '--name', 'two', '--store', store])).toMatchObject({ status: 0 });
    for (const { pid } of counters) {
      expect(alive(pid)).toBe(false);
      owned(pid);
    }
    const thawed = await ckpt(['thaw', 'two', '--store', store, '--json']);
    expect(
      JSON.parse(thawed.stdout).bundles[0].trees.map((tree: { root: number }) => String(tree.root)),
    ).toEqual(pids);
    for (const { runsOn, journal } of counters) {
      await runsOn();
      expectConsecutive(journal());
    }
  });

  it('freezes all trees or none: one that cannot be frozen lets the others run on', async () => {
    const store = await folder();
    const good = await startCounter();
    const bad = await startTied();
    const failure = await refusal([
      'freeze',
      String(good.pid),
      String(bad),
      '--name',
      'both',
      '--unchecked',
      '--store',
      store,
    ]);
    expect(failure).toMatchObject({ code: 'criu-unix-outside', exit: 3 });
    expect(failure.message).toContain(String(bad));
    expect(alive(bad)).toBe(true);
    await good.runsOn();
    expectConsecutive(good.journal());
    expect(readdirSync(store)).toEqual(['.logs']);
  });

  it('changes nothing on a --dry-run of either', async () => {
    const store = await folder();
    const { pid, runsOn, journal } = await startCounter();
    const plan = await ckpt(['freeze', String(pid), '--dry-run', '--store', store, '--json']);
    expect(JSON.parse(plan.stdout)).toMatchObject({
      kind: 'freeze-plan',
      trees: [{ root: pid, processes: 2 }],
    });
    expect(readdirSync(store)).toEqual([]);
    await runsOn();
    expect((await ckpt(['freeze', String(pid), '--name', 'a', '--store', store])).status).toBe(0);
    const dry = await ckpt(['thaw', 'a', '--dry-run', '--store', store]);
    expect(dry).toMatchObject({ status: 0, stderr: '' });
    expect(alive(pid)).toBe(false);
    expect(readdirSync(store)).toEqual(['a']);
    owned(pid);
    expect((await ckpt(['thaw', 'a', '--store', store])).status).toBe(0);
    await runsOn();
    expectConsecutive(journal());
  });
});
