import { run } from '../../../host/run.js';
import { bootThaw, ownCommand } from '../../frame/boot-thaw.js';
import type { Io } from '../../frame/io.js';

/** A bundle that was made for a switch. */
export interface Frozen {
  readonly name: string;
  readonly store: string;
  /** Milliseconds, as for the freeze. */
  readonly patience: number;
}

/**
 * Thaws what was frozen for a switch that did not begin, by what the boot would have run, and removes the bundle: what
 * runs on has left its state behind.
 * @returns why it could not be thawed, undefined when all run on
 */
export async function undo(io: Io, { name, store, patience }: Frozen): Promise<string | undefined> {
  const { command, environment } = await bootThaw(io, name, store, patience);
  const ckpt = ([program = process.execPath, ...words]: readonly string[]) =>
    // Not to be cut off: a thaw has limits of its own.
    run(program, words, { env: environment, limit: 0, detached: true });
  const thawed = await ckpt(command);
  if (thawed.status !== 0) return thawed.startError ?? thawed.stderr.trim();
  await ckpt([...(await ownCommand()), 'rm', name, '--store', store]);
  return undefined;
}
