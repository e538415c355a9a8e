import { closeSync, constants, openSync, writeSync } from 'node:fs';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { makeFifos } from '../fifos.js';
import { shellQuoted } from '../shell.js';

/** The stages of CRIU at which `ckpt` decides: after all images are written, and before restored tasks run on. */
export type HoldStage = 'post-dump' | 'post-restore';

/**
 * The stage before each, at which CRIU waits to be let begin: it has started and found out what the kernel can, and has
 * touched nothing yet (criu/cr-dump.c, cr_dump_tasks()). A restore has read images by then, so it does not wait.
 */
const GATES = { 'post-dump': 'pre-dump', 'post-restore': undefined } as const;

/**
 * A point at which CRIU waits for `ckpt`. CRIU runs `script` as its action script; the script says that the stage is
 * reached, waits until `release`, and then tells CRIU yes only if `goal` is the same file as `proof`. The answer thus
 * lies on the disk and not in a message: when `ckpt` dies at any moment, the script's wait ends, and it sees whether
 * the bundle had been put in place or not. Source for yes and no: criu/cr-dump.c, cr_dump_finish(): a script that
 * exits non-zero makes CRIU resume the tree.
 */
export interface Hold {
  readonly script: string;
  /** Lets CRIU begin. Without it, CRIU gives up at once when `ckpt` dies, and has stopped nothing. */
  begin(): void;
  /** Resolves with the PID of the tree's root, as this system counts, when CRIU has reached the stage. */
  readonly reached: Promise<number>;
  /** Lets the script look at the disk and answer. Safe to call twice. */
  release(): void;
  /** Has the script answer no, whatever the disk says, and ends all waits. */
  refuse(): void;
  /** Ends the wait for `reached` when CRIU ended without getting there; one that has not begun gives up. */
  abandon(): void;
}

/** What the gate's reader waits for; the end of the file instead means no. */
const GO = 'go';

/** What takes a yes back that stands on a disk which lets nobody write any more. */
const NO = 'no';

/**
 * The wait needs two tricks. Opening a FIFO read-write never blocks, and the reader that is opened while that
 * descriptor exists does not block either; once it is closed again, `ckpt` is the only writer, so `read` ends when
 * `ckpt` closes its end or dies, even if it died before the script began.
 * Signals are ignored because CRIU takes a script that a signal killed for one that said no, and the disk may
 * already say yes.
 */
function scriptText(stage: HoldStage, directory: string, { goal, proof }: Verdict, top: string): string {
  const word = (path: string): string => `${top}${shellQuoted(path)}`;
  const [reached, held, gate] = ['reached', 'held', 'gate'].map(name => word(join(directory, name)));
  return [
    '#!/bin/sh',
    ...(GATES[stage] === undefined
      ? []
      : [
          `if [ "$CRTOOLS_SCRIPT_ACTION" = ${GATES[stage]} ]; then`,
          `  exec 4<>${gate} 5<${gate} 4>&- || exit 1`,
          '  read -r word <&5',
          `  [ "$word" = ${GO} ]`,
          '  exit',
          'fi',
        ]),
    `[ "$CRTOOLS_SCRIPT_ACTION" = ${stage} ] || exit 0`,
    "trap '' HUP INT QUIT TERM",
    `exec 3<>${reached} 4<>${held} 5<${held} 4>&- || exit 1`,
    // criu/action-scripts.c: the root's PID as this system counts, whatever it is in its own namespace.
    'echo "$CRTOOLS_INIT_PID" >&3',
    'read -r word <&5',
    `[ "$word" != ${NO} ] && [ ${word(goal)} -ef ${word(proof)} ]`,
    '',
  ].join('\n');
}

/** What the script looks at in the end. Both files may not exist yet. */
export interface Verdict {
  readonly goal: string;
  readonly proof: string;
}

/**
 * Makes the script and its FIFOs in `directory` (created).
 * @param top what the script puts in front of a path of this system, a word of sh
 */
export async function makeHold(
  directory: string,
  stage: HoldStage,
  verdict: Verdict,
  top = '',
): Promise<Hold> {
  await mkdir(directory, { mode: 0o700 });
  const script = join(directory, 'hold');
  const fifos = [join(directory, 'reached'), join(directory, 'held'), join(directory, 'gate')] as const;
  await Promise.all([
    writeFile(script, scriptText(stage, directory, verdict, top)).then(() => chmod(script, 0o700)),
    makeFifos(fifos),
  ]);
  const [reachedFifo, heldFifo, gateFifo] = fifos;
  const listener = new Socket({
    fd: openSync(reachedFifo, constants.O_RDWR | constants.O_NONBLOCK),
    readable: true,
    writable: false,
  });
  const held = openDoor(heldFifo);
  const gate = openDoor(gateFifo);
  const reached = new Promise<number>(resolve => {
    listener.once('data', said => {
      listener.destroy();
      resolve(Number(said.toString()));
    });
  });
  const abandon = (): void => {
    listener.destroy();
    gate.close();
    held.close();
  };
  const refuse = (): void => {
    held.say(`${NO}\n`);
    abandon();
  };
  return { script, reached, begin: () => gate.say(`${GO}\n`), release: held.close, refuse, abandon };
}

/** The writing end of a FIFO; what is said stays there as long as it is open. */
function openDoor(path: string): { say(text: string): void; close(): void } {
  let descriptor: number | undefined = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
  return {
    say: text => {
      if (descriptor !== undefined) writeSync(descriptor, text);
    },
    close: () => {
      if (descriptor !== undefined) closeSync(descriptor);
      descriptor = undefined;
    },
  };
}
