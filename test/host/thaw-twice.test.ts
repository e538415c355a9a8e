import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  alive,
  cannotFreeze,
  ckpt,
  criu,
  expectConsecutive,
  folder,
  owned,
  python,
  refusal,
  running,
  sessionOf,
  start,
  startCounter,
  until,
} from './support.js';

/** Ends a tree that a test started, by PID, and waits until its numbers are free. */
async function end(pid: number): Promise<void> {
  const members = await sessionOf(pid);
  for (const member of members) process.kill(member, 'SIGKILL');
  await until('the tree to be gone', () => !members.some(alive));
}

describe.skipIf(cannotFreeze)(`thawing more than once${cannotFreeze ? ` (${cannotFreeze})` : ''}`, () => {
  it('needs --again, and then brings the past back', async () => {
    const store = await folder();
    const { pid, count, journal } = await startCounter();
    await ckpt(['freeze', String(pid), '--name', 'a', '--store', store]);
    const stopped = count();
    owned(pid);
    expect((await ckpt(['thaw', '--store', store])).status).toBe(0);
    await until('the count to go on', () => count() > stopped + 2);
    const again = ['thaw', 'a', '--store', store];
    expect(await refusal(again)).toMatchObject({ code: 'thaw-used', exit: 3 });
    expect(await refusal(['thaw', '--store', store])).toMatchObject({ code: 'thaw-nothing' });
    expect(await refusal([...again, '--again'])).toMatchObject({ code: 'thaw-pid-taken' });
    await end(pid);
    expect(await refusal(again)).toMatchObject({ code: 'thaw-used', exit: 3 });
    const before = journal();
    expect((await ckpt([...again, '--again'])).status).toBe(0);
    // Its file has grown since, but its memory is that of the freeze.
    await until('the count to go on from its past', () => journal().length > before.length + 2);
    expectConsecutive(before);
    const after = journal().slice(before.length);
    expect(after.slice(0, 2)).toEqual([stopped + 1, stopped + 2]);
  });

  it('of several that are named begins with none when one is missing, and takes each once', async () => {
    const [store, place] = [await folder(), await folder()];
    const [a, b] = [await startCounter(), await startCounter()];
    const carried = join(place, 'b.ckpt');
    await ckpt(['freeze', String(a.pid), '--name', 'a', '--store', store]);
    await ckpt(['freeze', String(b.pid), '--name', 'b', '--out', carried, '--store', place]);
    for (const { pid } of [a, b]) owned(pid);
    const thaw = (...words: string[]) => ['thaw', ...words, '--store', store];
    expect(await refusal(thaw('a', carried, 'none'))).toMatchObject({ code: 'bundle-missing' });
    expect(readdirSync(store).filter(name => !name.startsWith('.'))).toEqual(['a']);
    expect(await ckpt(thaw('a', 'b', '--dry-run'))).toMatchObject({ status: 3 });
    expect(await ckpt(thaw('a', carried, '--dry-run'))).toMatchObject({ status: 0 });
    expect([a, b].map(({ pid }) => alive(pid))).toEqual([false, false]);
    expect(await ckpt(thaw('a', carried, join(store, 'a')))).toMatchObject({ status: 0, stderr: '' });
    for (const { count } of [a, b]) {
      const stopped = count();
      await until('the count to go on', () => count() > stopped + 2);
    }
  });

  it('once more says which of its files have gone on, of which its memory knows nothing', async () => {
    const [store, place] = [await folder(), await folder()];
    const [still, busy] = [join(place, 'still'), join(place, 'busy')];
    const { pid } = start(python, [
      '-c',
      `import time\nstill = open("${still}", "w")\nbusy = open("${busy}", "w")\nfor n in range(1000, 9999): busy.seek(0); busy.write(str(n)); busy.flush(); time.sleep(0.02)`,
    ]);
    await until('it to write', () => existsSync(busy) && Number(readFileSync(busy, 'utf8')) > 1002);
    expect(await ckpt(['freeze', String(pid), '--name', 'a', '--store', store])).toMatchObject({ status: 0 });
    owned(pid);
    const stopped = Number(readFileSync(busy, 'utf8'));
    expect(await ckpt(['thaw', 'a', '--store', store])).toMatchObject({ status: 0, stderr: '' });
    await until('it to write on', () => Number(readFileSync(busy, 'utf8')) > stopped);
    await end(pid);
    const again = await ckpt(['thaw', 'a', '--again', '--store', store]);
    expect(again).toMatchObject({ status: 0, stderr: expect.stringContaining(`does not know: ${busy};`) });
    expect(again.stderr).not.toContain(still);
  });

  it('says what nobody can begin with, and thaws the others', async () => {
    const store = await folder();
    const { pid, runsOn } = await startCounter();
    await ckpt(['freeze', String(pid), '--name', 'a', '--store', store]);
    cpSync(join(store, 'a'), join(store, 'b'), { recursive: true });
    writeFileSync(join(store, 'b', 'manifest.json'), '{');
    owned(pid);
    const thawed = await ckpt(['thaw', '--store', store, '--json']);
    expect(thawed.status).toBe(5);
    const { bundles, failed } = JSON.parse(thawed.stdout);
    expect(bundles.map((one: { name: string }) => one.name)).toEqual(['a']);
    expect(failed.map((one: { code: string }) => one.code)).toEqual(['bundle-manifest-invalid']);
    await runsOn();
    const nothingElse = await refusal(['thaw', '--store', store]);
    expect(nothingElse).toMatchObject({ code: 'bundle-manifest-invalid', exit: 5 });
  });

  it('at once leaves one of the two, also where no number is in the way', async () => {
    const store = await folder();
    const outside = await startCounter({ inside: ['unshare', '--pid', '--fork', 'setsid'] });
    const child = readFileSync(`/proc/${outside.pid}/task/${outside.pid}/children`, 'utf8').trim();
    await ckpt(['freeze', child, '--name', 'a', '--store', store]);
    const both = await Promise.all([0, 1].map(() => ckpt(['thaw', 'a', '--store', store, '--json'])));
    for (const pid of running(outside.file)) owned(pid);
    expect(both.map(({ status }) => status).sort()).toEqual([0, 3]);
    const refused = JSON.parse(both.find(({ status }) => status === 3)?.stdout ?? '{}');
    expect(['thaw-under-way', 'thaw-used']).toContain(refused.error.code);
    await outside.runsOn();
    expectConsecutive(outside.journal());
    expect(readdirSync(store)).toEqual(['a']);
  });

  it('is not taken its bundle away while it rebuilds the processes', async () => {
    const [store, place] = [await folder(), await folder()];
    const { pid, runsOn } = await startCounter();
    await ckpt(['freeze', String(pid), '--name', 'a', '--store', store]);
    owned(pid);
    expect((await ckpt(['thaw', '--store', store])).status).toBe(0);
    await end(pid);
    const [slow, reached, go] = [join(place, 'criu'), join(place, 'reached'), join(place, 'go')];
    const wait = `restore) touch ${reached}; until [ -e ${go} ]; do sleep 0.05; done ;;`;
    writeFileSync(slow, `#!/bin/sh\ncase "$1" in ${wait} esac\nexec "${await criu()}" "$@"\n`, {
      mode: 0o700,
    });
    const thaw = ckpt(['thaw', 'a', '--again', '--store', store], { env: { CKPT_CRIU: slow } });
    await until('CRIU to begin', () => existsSync(reached));
    expect(await refusal(['rm', 'a', '--store', store])).toMatchObject({ code: 'thaw-under-way', exit: 3 });
    writeFileSync(go, '');
    expect(await thaw).toMatchObject({ status: 0 });
    await runsOn();
    const removed = await ckpt(['rm', 'a', 'a', '--store', store]);
    expect(removed).toMatchObject({ status: 0, stdout: 'removed a' });
    expect(readdirSync(store)).toEqual([]);
  });

  it('is not what a tree needs that has ended by itself: it has run on', async () => {
    const store = await folder();
    const due = join(await folder(), 'due');
    const { pid, runsOn } = await startCounter();
    const job = start(python, [
      '-c',
      `import os, time\nwhile not os.path.exists("${due}"): time.sleep(0.001)`,
    ]);
    const freeze = ['freeze', String(job.pid), String(pid), '--name', 'a', '--store', store];
    expect(await ckpt(freeze)).toMatchObject({ status: 0 });
    writeFileSync(due, '');
    owned(pid);
    // Right when it runs on; a moment later it is nobody's business any more.
    const thawed = await ckpt(['thaw', 'a', '--store', store]);
    if (thawed.status !== 0) expect(thawed.stderr).toContain('came back and ended at once');
    await runsOn();
    expect(existsSync(join(store, 'a', 'frozen'))).toBe(false);
    expect(await refusal(['thaw', 'a', '--store', store])).toMatchObject({ code: 'thaw-used' });
  });

  it('waits for a zombie in the way, and says whose it is when it stays', async () => {
    const store = await folder();
    const directory = await folder();
    // A parent that does not reap; the child leads a session of its own, so that it can be frozen.
    const program = [
      'import os, sys, time',
      'child = os.fork()',
      'if child == 0:',
      '    os.setsid()',
      '    open(sys.argv[1], "w").write(str(os.getpid()))',
      '    time.sleep(1000)',
      'time.sleep(1000)',
    ].join('\n');
    const file = join(directory, 'pid');
    const { pid: parent } = start(python, ['-c', program, file]);
    const child = await until('the child to start', () => {
      try {
        return Number(readFileSync(file, 'utf8')) || undefined;
      } catch {
        return undefined;
      }
    });
    owned(child);
    await rm(file);
    expect((await ckpt(['freeze', String(child), '--name', 'a', '--store', store])).status).toBe(0);
    expect(readFileSync(`/proc/${child}/stat`, 'utf8')).toMatch(/\) Z /);
    const stays = await refusal(['thaw', 'a', '--store', store]);
    expect(stays).toMatchObject({ code: 'thaw-pid-zombie', exit: 3 });
    expect(stays.why).toContain(`process ${parent}`);
    const thaw = ckpt(['thaw', 'a', '--store', store]);
    process.kill(parent, 'SIGKILL');
    expect((await thaw).status).toBe(0);
    expect(alive(child)).toBe(true);
  });

  it('thaws the others when one of several bundles cannot be thawed', async () => {
    const store = await folder();
    const [one, two] = [await startCounter(), await startCounter()];
    await ckpt(['freeze', String(one.pid), '--name', 'one', '--store', store]);
    await ckpt(['freeze', String(two.pid), '--name', 'two', '--store', store]);
    const document = join(store, 'one', 'document.json');
    const text = readFileSync(document, 'utf8');
    writeFileSync(document, text.replace('"root"', '"r0ot"'));
    owned(two.pid);
    const partly = await ckpt(['thaw', '--store', store, '--json']);
    expect(partly.status).toBe(5);
    const { bundles, failed } = JSON.parse(partly.stdout);
    expect(bundles).toMatchObject([{ name: 'two' }]);
    expect(failed).toMatchObject([{ code: 'bundle-member-damaged' }]);
    await two.runsOn();
    expect(alive(one.pid)).toBe(false);
    writeFileSync(document, text);
    owned(one.pid);
    expect((await ckpt(['thaw', '--store', store])).status).toBe(0);
    await one.runsOn();
    for (const counter of [one, two]) expectConsecutive(counter.journal());
  });
});
