/** What each outcome leaves on a machine: nothing but the bundle, and the guard of one that waits. */
import {
  cpSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type SmallMachine, smallMachine } from './small-machine.js';
import {
  alive,
  cannotFreeze,
  ckpt,
  criuThat,
  folder,
  owned,
  python,
  running,
  start,
  startCkpt,
  until,
} from './support.js';

/** With a connection, shared memory, and a pipe. */
const TALK = `
import mmap, os, socket, sys, time
here = socket.create_server(('127.0.0.1', 7000))
there = socket.create_connection(('127.0.0.1', 7000))
peer, _ = here.accept()
shared, pipe = mmap.mmap(-1, 8192), os.pipe()
open(sys.argv[1], 'w').close()
while True: time.sleep(0.05)
`;

interface Scene extends SmallMachine {
  readonly store: string;
  readonly pid: number;
  /** What is there before anything is done; the tree is part of it. */
  readonly before: readonly string[];
}

async function scene(): Promise<Scene> {
  const [machine, store, ready] = [await smallMachine(), await folder(), join(await folder(), 'ready')];
  const reopen = ['sh', '-c', 'exec "$@" </dev/null >/dev/null 2>&1', 'sh'];
  const [first = '', ...words] = [...machine.inside, ...reopen, python, '-c', TALK, ready];
  const { pid } = start(first, words);
  await until('the connection', () => existsSync(ready));
  return { ...machine, store, pid, before: await machine.picture() };
}

const freezing = ({ pid, store }: Scene): string[] => ['freeze', `${pid}`, '--name', 'a', '--store', store];
const thawing = ({ store }: Scene): string[] => ['thaw', 'a', '--store', store];

/** Waits until nothing works in the store any more: a CRIU goes on for a moment when its ckpt was killed. */
async function settled({ store }: Scene): Promise<void> {
  await until('what works in the store to end', () => running(store).length === 0);
}

async function frozen(): Promise<Scene> {
  const it = await scene();
  expect(await ckpt(freezing(it), it)).toMatchObject({ status: 0 });
  await until('the tree to be gone', () => !alive(it.pid));
  owned(it.pid);
  return it;
}

/** Of frozen processes the kernel keeps silent by rules of CRIU's; by ours, too, once a thaw was begun. */
const SILENT = /^nft table inet (?:CRIU-|ckpt-[0-9a-f]{8}$)/;
const withoutTree = ({ before, pid }: Scene): readonly string[] =>
  before.filter(line => !line.startsWith(`process ${pid} `));

const SIGNALS = ['SIGINT', 'SIGKILL'] as const;

/** A CRIU that stands still at one of the points at which it calls its scripts (criu(8), --action-script), until `goOn`. */
async function pausing(action: 'dump' | 'restore', stage: string) {
  const place = await folder();
  const [script, file, own] = ['script', 'paused', 'pid'].map(name => join(place, name)) as [
    string,
    string,
    string,
  ];
  const text = `#!/bin/sh\n[ "$CRTOOLS_SCRIPT_ACTION" = ${stage} ] || exit 0\n: >${file}\nwhile [ -e ${file} ]; do sleep 0.05; done\n`;
  writeFileSync(script, text, { mode: 0o700 });
  return {
    env: { CKPT_CRIU: await criuThat(`set -- "$@" --action-script ${script}; echo $$ >${own}`, action) },
    /** Its PID. */
    criu: () => Number(readFileSync(own, 'utf8')),
    paused: () => until(`CRIU to come to ${stage}`, () => existsSync(file)),
    goOn: () => rmSync(file),
  };
}

describe.skipIf(cannotFreeze)('what is left of', () => {
  it('a freeze and a thaw', async () => {
    const it = await frozen();
    expect(await it.picture(SILENT)).toEqual(withoutTree(it));
    expect(await ckpt(thawing(it), it)).toMatchObject({ status: 0, stderr: '' });
    expect(await it.picture()).toEqual(it.before);
    expect(readdirSync(it.store)).toEqual(['a']);
    expect(await ckpt(['rm', 'a', '--store', it.store], it)).toMatchObject({ status: 0 });
    expect(readdirSync(it.store)).toEqual([]);
  });

  it('a freeze that is given up', async () => {
    const it = await frozen();
    expect(await ckpt(['rm', 'a', '--force', '--store', it.store], it)).toMatchObject({ status: 0 });
    expect(await it.picture()).toEqual(withoutTree(it));
    expect(readdirSync(it.store)).toEqual([]);
  });

  it('a freeze whose CRIU fails', async () => {
    const it = await scene();
    const CKPT_CRIU = await criuThat('set -- "$@" --external file[1:2] --no-such-option');
    expect((await ckpt(freezing(it), { ...it, env: { CKPT_CRIU } })).status).toBe(6);
    expect(await it.picture()).toEqual(it.before);
    expect(readdirSync(it.store)).toEqual(['.logs']);
  });

  for (const signal of SIGNALS) {
    it(`a freeze that ${signal} ends when its images are written`, async () => {
      const it = await scene();
      const { env, paused, goOn } = await pausing('dump', 'post-dump');
      const { pid, ended } = await startCkpt(freezing(it), { ...it, env });
      await paused();
      process.kill(pid, signal);
      goOn();
      await ended;
      await settled(it);
      expect(await it.picture()).toEqual(it.before);
      // What was killed is swept by the next.
      expect(await ckpt(freezing(it), it)).toMatchObject({ status: 0 });
      owned(it.pid);
      expect(readdirSync(it.store).filter(name => name !== '.logs')).toEqual(['a']);
    });

    for (const stage of signal === 'SIGINT' ? ['post-restore'] : ['pre-restore', 'post-restore'])
      it(`a thaw that ${signal} ends at CRIU's ${stage}`, async () => {
        const it = await frozen();
        const { env, paused, goOn } = await pausing('restore', stage);
        const { pid, ended } = await startCkpt(thawing(it), { ...it, env });
        await paused();
        process.kill(pid, signal);
        goOn();
        await ended;
        await settled(it);
        expect(await it.picture(SILENT)).toEqual(withoutTree(it));
        expect(await it.picture()).toContainEqual(expect.stringMatching(SILENT));
        expect(await ckpt(thawing(it), it)).toMatchObject({ status: 0, stderr: '' });
        expect(await it.picture()).toEqual(it.before);
        expect(readdirSync(it.store).filter(name => name !== '.logs')).toEqual(['a']);
      });
  }

  it('a freeze whose CRIU is killed', async () => {
    const it = await scene();
    const { env, criu, paused, goOn } = await pausing('dump', 'post-dump');
    const { ended } = await startCkpt(freezing(it), { ...it, env });
    await paused();
    process.kill(criu(), 'SIGKILL');
    goOn();
    expect((await ended).status).toBe(6);
    await settled(it);
    expect(await it.picture()).toEqual(it.before);
  });

  it('a thaw whose CRIU is killed', async () => {
    const it = await frozen();
    const { env, criu, paused, goOn } = await pausing('restore', 'post-restore');
    const { ended } = await startCkpt(thawing(it), { ...it, env });
    await paused();
    process.kill(criu(), 'SIGKILL');
    goOn();
    expect((await ended).status).toBe(6);
    await settled(it);
    expect(await it.picture(SILENT)).toEqual(withoutTree(it));
    expect(await ckpt(thawing(it), it)).toMatchObject({ status: 0, stderr: '' });
    expect(await it.picture()).toEqual(it.before);
  });

  it('a freeze that is killed together with its CRIU, once the next command has swept the store', async () => {
    const it = await scene();
    const { env, criu, paused, goOn } = await pausing('dump', 'post-dump');
    const { pid, ended } = await startCkpt(freezing(it), { ...it, env });
    await paused();
    for (const one of [pid, criu()]) process.kill(one, 'SIGKILL');
    goOn();
    await ended;
    await settled(it);
    expect(await it.picture()).toContainEqual(expect.stringMatching(SILENT));
    expect(await ckpt(['rm', 'none', '--store', it.store], it)).toMatchObject({ status: 3 });
    expect(await it.picture()).toEqual(it.before);
    expect(readdirSync(it.store)).toEqual([]);
    // CRIU refuses a socket that is still in repair mode.
    expect(await ckpt(freezing(it), it)).toMatchObject({ status: 0 });
    owned(it.pid);
  });

  it('a thaw whose CRIU fails, and of the bundle that is given up then', async () => {
    const it = await frozen();
    const CKPT_CRIU = await criuThat('set -- "$@" --no-such-option', 'restore');
    expect((await ckpt(thawing(it), { ...it, env: { CKPT_CRIU } })).status).toBe(6);
    expect(await it.picture(SILENT)).toEqual(withoutTree(it));
    expect(await ckpt(['rm', 'a', '--force', '--store', it.store], it)).toMatchObject({ status: 0 });
    expect(await it.picture()).toEqual(withoutTree(it));
  });

  for (const member of ['manifest.json', 'document.json'])
    it(`a thaw whose CRIU fails, and of the bundle that is given up then, with its ${member} cut short`, async () => {
      const it = await frozen();
      const CKPT_CRIU = await criuThat('set -- "$@" --no-such-option', 'restore');
      expect((await ckpt(thawing(it), { ...it, env: { CKPT_CRIU } })).status).toBe(6);
      expect(await it.picture()).toContainEqual(expect.stringMatching(SILENT));
      const path = join(it.store, 'a', member);
      truncateSync(path, statSync(path).size - 3);
      expect(await ckpt(['rm', 'a', '--force', '--store', it.store], it)).toMatchObject({ status: 0 });
      expect(await it.picture()).toEqual(withoutTree(it));
    });

  it('one of two copies of a bundle that is removed: the rules of the other', async () => {
    const it = await frozen();
    cpSync(join(it.store, 'a'), join(it.store, 'b'), { recursive: true });
    expect(await ckpt(['rm', 'b', '--force', '--store', it.store], it)).toMatchObject({ status: 0 });
    expect(await it.picture()).toContainEqual(expect.stringMatching(SILENT));
    expect(await ckpt(thawing(it), it)).toMatchObject({ status: 0, stderr: '' });
    expect(await it.picture()).toEqual(it.before);
  });
});
