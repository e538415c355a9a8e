import { closeSync, constants, openSync } from 'node:fs';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { run } from '../run.js';

/** The stages of CRIU at which `ckpt` decides: after all images are written, and before restored tasks run on. */
export type HoldStage = 'post-dump' | 'post-restore';

/**
 * A point at which CRIU waits for `ckpt`. CRIU runs `script` as its action script; the script says that the stage is
 * reached, waits until `release`, and then tells CRIU yes only if `goal` is the same file as `proof`. The answer thus
 * lies on the disk and not in a message: when `ckpt` dies at any moment, the script's wait ends, and it sees whether
 * the bundle had been put in place or not. Source for yes and no: criu/cr-dump.c, cr_dump_finish(): a script that
 * exits non-zero makes CRIU resume the tree.
 */
export interface Hold {
  readonly script: string;
  /** Resolves with the PID of the tree's root, as this system counts, when CRIU has reached the stage. */
  readonly reached: Promise<number>;
  /** Lets the script look at the disk and answer. Safe to call twice. */
  release(): void;
  /** Ends the wait for `reached` when CRIU ended without getting there. */
  abandon(): void;
}

const quote = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

/**
 * The wait needs two tricks. Opening a FIFO read-write never blocks, and the reader that is opened while that
 * descriptor exists does not block either; once it is closed again, `ckpt` is the only writer, so `read` ends when
 * `ckpt` closes its end or dies, even if it died before the script began.
 * Signals are ignored because CRIU takes a script that a signal killed for one that said no, and the disk may
 * already say yes.
 */
function scriptText(stage: HoldStage, directory: string, goal: string, proof: string): string {
  const reached = quote(join(directory, 'reached'));
  const held = quote(join(directory, 'held'));
  return [
    '#!/bin/sh',
    `[ "$CRTOOLS_SCRIPT_ACTION" = ${stage} ] || exit 0`,
    "trap '' HUP INT QUIT TERM",
    `exec 3<>${reached} 4<>${held} 5<${held} 4>&- || exit 1`,
    // criu/action-scripts.c: the root's PID as this system counts, whatever it is in its own namespace.
    'echo "$CRTOOLS_INIT_PID" >&3',
    'read -r _ <&5',
    `[ ${quote(goal)} -ef ${quote(proof)} ]`,
    '',
  ].join('\n');
}

/** Makes the script and its two FIFOs in `directory` (created). Both files of the verdict may not exist yet. */
export async function makeHold(
  directory: string,
  stage: HoldStage,
  verdict: { readonly goal: string; readonly proof: string },
): Promise<Hold> {
  await mkdir(directory, { mode: 0o700 });
  const script = join(directory, 'hold');
  const fifos = [join(directory, 'reached'), join(directory, 'held')] as const;
  await Promise.all([
    writeFile(script, scriptText(stage, directory, verdict.goal, verdict.proof)).then(() =>
      chmod(script, 0o700),
    ),
    makeFifos(fifos),
  ]);
  const [reachedFifo, heldFifo] = fifos;
  const listener = new Socket({
    fd: openSync(reachedFifo, constants.O_RDWR | constants.O_NONBLOCK),
    readable: true,
    writable: false,
  });
  let held: number | undefined = openSync(heldFifo, constants.O_RDWR | constants.O_NONBLOCK);
  const reached = new Promise<number>(resolve => {
    listener.once('data', said => {
      listener.destroy();
      resolve(Number(said.toString()));
    });
  });
  const release = (): void => {
    if (held !== undefined) closeSync(held);
    held = undefined;
  };
  const abandon = (): void => {
    listener.destroy();
    release();
  };
  return { script, reached, release, abandon };
}

async function makeFifos(paths: readonly string[]): Promise<void> {
  const { status, startError, stderr } = await run('mkfifo', ['-m', '600', ...paths], {
    // A Ctrl-C is for ckpt to take in its own time.
    detached: true,
  });
  if (status !== 0) throw new Error(`mkfifo: ${startError ?? stderr.trim()}`);
}
