import { existsSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import {
  alive,
  cannotFreeze,
  ckpt,
  criuThat,
  expectConsecutive,
  folder,
  owned,
  python,
  refusal,
  running,
  sessionOf,
  start,
  startCkpt,
  startCounter,
  until,
} from './support.js';

/** A process that answers a client of this test, and what the client has seen. */
interface Answering {
  readonly pid: number;
  /** Asks, and waits for the answer on the connection that there was from the beginning. */
  ask(): Promise<void>;
  readonly answers: number[];
}

let client: Socket | undefined;
afterEach(() => {
  client?.destroy();
});

async function startAnswering(): Promise<Answering> {
  const port = join(await folder(), 'port');
  const { pid } = start(python, [join(import.meta.dirname, 'programs', 'answering.py'), port]);
  await until('the server to listen', () => existsSync(port));
  const answers: number[] = [];
  const socket = connect(Number(readFileSync(port, 'utf8')), '127.0.0.1');
  client = socket;
  let ended = 'is there';
  socket.on('data', data => answers.push(...String(data).trim().split('\n').map(Number)));
  socket.on('error', error => {
    ended = error.message;
  });
  socket.on('end', () => {
    ended = 'was closed';
  });
  const ask = async (): Promise<void> => {
    const before = answers.length;
    socket.write('?');
    await until(
      `an answer after ${before} (process ${pid} ${alive(pid) ? 'lives' : 'has ended'}; connection ${ended})`,
      () => answers.length > before,
    );
  };
  await ask();
  return { pid, ask, answers };
}

/**
 * A CRIU that does something, in the words of sh, when it is done with a dump or has rebuilt a tree: before ours asks it to
 * wait, for it runs the script named last first.
 */
async function criuThatEnds(action: 'dump' | 'restore', how: string): Promise<string> {
  const script = join(await folder(), 'script');
  await writeFile(script, `#!/bin/sh\n[ "$CRTOOLS_SCRIPT_ACTION" = post-${action} ] || exit 0\n${how}\n`, {
    mode: 0o700,
  });
  return criuThat(`set -- "$@" --action-script ${script}`, action);
}

const KILLED = 'kill -9 $PPID';
const HANGS = 'kill -STOP $PPID';

/** A process whose parent takes no notice when it ends. */
async function startNeglected(): Promise<number> {
  const file = join(await folder(), 'pid');
  const fork = `import os, sys, time
pid = os.fork()
if pid == 0:
    os.setsid(); time.sleep(1000)
print(pid, file=open(sys.argv[1], 'w'), flush=True); time.sleep(1000)`;
  start(python, ['-c', fork, file]);
  // The file is there before its content is.
  const written = (): string => (existsSync(file) ? readFileSync(file, 'utf8').trim() : '');
  const pid = await until('the child', () => (written() === '' ? undefined : Number(written())));
  owned(pid);
  return pid;
}

describe.skipIf(cannotFreeze)(`a tree that ends${cannotFreeze ? ` (${cannotFreeze})` : ''}`, () => {
  it('before it is stopped, and is still waited for: its end is named, and nobody who would trace it', async () => {
    const pid = await startNeglected();
    const freeze = ['freeze', String(pid), '--name', 'a', '--store', await folder(), '--unchecked'];
    const env = { CKPT_CRIU: await criuThat(`kill -9 ${pid}`) };
    expect(await refusal(freeze, { env })).toMatchObject({ code: 'freeze-tree-vanished', facts: { pid } });
  });
});

describe.skipIf(cannotFreeze)(`a CRIU that ends${cannotFreeze ? ` (${cannotFreeze})` : ''}`, () => {
  it.each([
    ['is killed when all is written', KILLED, 'criu-sigkill'],
    ['hangs when all is written', HANGS, 'criu-hung'],
  ])('%s: the tree runs on, with its connection', async (_, how, code) => {
    const store = await folder();
    const { pid, ask, answers } = await startAnswering();
    const freeze = ['freeze', String(pid), '--name', 'a', '--store', store, '--patience', '2s'];
    const env = { CKPT_CRIU: await criuThatEnds('dump', how) };
    expect(await refusal(freeze, { env })).toMatchObject({ code, exit: 6 });
    expect(existsSync(join(store, 'a'))).toBe(false);
    await ask();
    owned(pid);
    expect(await ckpt(freeze)).toMatchObject({ status: 0 });
    expect(await ckpt(['thaw', 'a', '--store', store])).toMatchObject({ status: 0 });
    await ask();
    expectConsecutive(answers);
  });

  it('hangs, and ckpt is killed while its tree stands still for that: the tree runs on, with its connection', async () => {
    const [store, tools] = [await folder(), await folder()];
    const { pid, ask, answers } = await startAnswering();
    const [reached, go] = [join(tools, 'reached'), join(tools, 'go')];
    const nft = `#!/bin/sh\ntouch ${reached}; until [ -e ${go} ]; do sleep 0.05; done\nPATH="$LATER" exec nft "$@"\n`;
    await writeFile(join(tools, 'nft'), nft, { mode: 0o700 });
    const { PATH = '' } = process.env;
    const env = {
      ...{ CKPT_CRIU: await criuThatEnds('dump', HANGS), LATER: PATH },
      PATH: `${tools}:${PATH}`,
    };
    const freeze = ['freeze', String(pid), '--name', 'a', '--store', store, '--patience', '2s'];
    const cutOff = await startCkpt(freeze, { env });
    await until('the rules of CRIU to be asked for', () => existsSync(reached));
    expect(readFileSync(`/proc/${pid}/stat`, 'utf8')).toMatch(/\) T /);
    process.kill(cutOff.pid, 'SIGKILL');
    await cutOff.ended;
    await writeFile(go, '');
    await ask();
    expectConsecutive(answers);
    expect(running(store)).toEqual([]);
  });

  /** A CRIU that is killed when ours has said yes to the end of a tree: it runs the scripts named first last. */
  async function criuKilledAfterSeal(root: number): Promise<string> {
    const script = join(await folder(), 'script');
    const when = `[ "$CRTOOLS_SCRIPT_ACTION $CRTOOLS_INIT_PID" = "post-dump ${root}" ] || exit 0`;
    await writeFile(script, `#!/bin/sh\n${when}\n${KILLED}\n`, { mode: 0o700 });
    return criuThat(`shift; set -- dump --action-script ${script} "$@"`);
  }

  it('is killed after the seal: it is taken back, and the tree runs on, with its connection', async () => {
    const store = await folder();
    const { pid, ask, answers } = await startAnswering();
    const env = { CKPT_CRIU: await criuKilledAfterSeal(pid) };
    expect(await refusal(['freeze', String(pid), '--name', 'a', '--store', store], { env })).toMatchObject({
      code: 'criu-sigkill',
      exit: 6,
    });
    expect(existsSync(join(store, 'a'))).toBe(false);
    await ask();
    expectConsecutive(answers);
  });

  it('is killed after the seal with one of two trees gone: the bundle stays, and both are named', async () => {
    const store = await folder();
    const [gone, kept] = [await startCounter(), await startCounter()];
    const env = { CKPT_CRIU: await criuKilledAfterSeal(kept.pid) };
    const freeze = ['freeze', String(gone.pid), String(kept.pid), '--name', 'a', '--store', store];
    const failure = await refusal(freeze, { env });
    expect(failure).toMatchObject({ code: 'freeze-half-gone', exit: 6 });
    expect(failure.facts).toMatchObject({ running: String(kept.pid), gone: String(gone.pid) });
    expect([alive(gone.pid), alive(kept.pid)]).toEqual([false, true]);
    await kept.runsOn();
    expect(await ckpt(['verify', 'a', '--store', store])).toMatchObject({ status: 0 });
    // As the failure says.
    for (const pid of await sessionOf(kept.pid)) process.kill(pid, 'SIGKILL');
    owned(gone.pid);
    owned(kept.pid);
    await until('its number to be free', () => !existsSync(`/proc/${kept.pid}`));
    expect(await ckpt(['thaw', 'a', '--store', store])).toMatchObject({ status: 0 });
    await gone.runsOn();
    await kept.runsOn();
    expectConsecutive(gone.journal());
  });

  it.each([
    ['is killed when all is rebuilt', KILLED, 'criu-sigkill-thaw'],
    ['hangs when all is rebuilt', HANGS, 'criu-hung'],
  ])('%s: nothing half-built is left, and the bundle can be thawed', async (_, how, code) => {
    const store = await folder();
    const { pid, runsOn, journal } = await startCounter();
    expect(await ckpt(['freeze', String(pid), '--name', 'a', '--store', store])).toMatchObject({ status: 0 });
    owned(pid);
    const thaw = ['thaw', 'a', '--store', store];
    const env = { CKPT_CRIU: await criuThatEnds('restore', how) };
    expect(await refusal([...thaw, '--patience', '2s'], { env })).toMatchObject({ code, exit: 6 });
    expect(existsSync(`/proc/${pid}`)).toBe(false);
    expect(await ckpt(thaw)).toMatchObject({ status: 0, stderr: '' });
    await runsOn();
    expectConsecutive(journal());
  });

  it('is killed while it waits: nothing half-built is left, and the bundle can be thawed', async () => {
    const [store, tools] = [await folder(), await folder()];
    const { pid, runsOn } = await startCounter({ inside: ['taskset', '-c', '0'] });
    expect(await ckpt(['freeze', String(pid), '--name', 'a', '--store', store])).toMatchObject({ status: 0 });
    owned(pid);
    // What binds the threads to their processors again is called when all is rebuilt, and waits.
    const kills = `#!/bin/sh\nkill -9 $(pgrep -o -f -- '--images-dir ${store}')\nsleep 0.2\n`;
    await writeFile(join(tools, 'perl'), kills, { mode: 0o700 });
    const thaw = ['thaw', 'a', '--store', store];
    const env = { PATH: `${tools}:${process.env.PATH}` };
    expect(await refusal(thaw, { env })).toMatchObject({ code: 'criu-sigkill-thaw', exit: 6 });
    expect(existsSync(`/proc/${pid}`)).toBe(false);
    expect(await ckpt(thaw)).toMatchObject({ status: 0, stderr: '' });
    await runsOn();
  });

  it.each([
    ['when all is rebuilt', KILLED],
    ['and hangs first', HANGS],
  ])('is killed %s: nothing is left of a tree in a PID namespace of its own either', async (_, how) => {
    const store = await folder();
    const outside = await startCounter({ inside: ['unshare', '--pid', '--fork', 'setsid'] });
    const child = readFileSync(`/proc/${outside.pid}/task/${outside.pid}/children`, 'utf8').trim();
    expect(await ckpt(['freeze', child, '--name', 'a', '--store', store])).toMatchObject({ status: 0 });
    const thaw = ['thaw', 'a', '--store', store];
    const env = { CKPT_CRIU: await criuThatEnds('restore', how) };
    expect(await refusal([...thaw, '--patience', '2s'], { env })).toMatchObject({ exit: 6 });
    expect(running(outside.file)).toEqual([]);
    expect(running(store)).toEqual([]);
    expect(await ckpt(thaw)).toMatchObject({ status: 0 });
    for (const pid of running(outside.file)) owned(pid);
    await outside.runsOn();
  });
});
