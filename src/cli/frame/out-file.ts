import { fail, messageOf } from '../../errors.js';
import { shellWord } from '../render/shell-word.js';
import type { Io } from './io.js';

/** Refuses a place for the file that could be known to fail, before anything is stopped. */
export async function refuseExisting(file: string): Promise<void> {
  const [{ accessSync, constants, existsSync, statSync }, { dirname, resolve }] = await Promise.all([
    import('node:fs'),
    import('node:path'),
  ]);
  if (existsSync(file)) throw fail('archive-exists', { file });
  const folder = dirname(resolve(file));
  if (!existsSync(folder)) throw fail('archive-place', { file, problem: `there is no folder ${folder}` });
  if (!statSync(folder).isDirectory())
    throw fail('archive-place', { file, problem: `${folder} is no folder` });
  try {
    accessSync(folder, constants.W_OK);
  } catch (cause) {
    throw fail('archive-place', { file, problem: `${folder} cannot be written to` }, { cause });
  }
  const { sweepPartial } = await import('../../checkpoint/store/sweep-store.js');
  // What a cut-off one left there takes the room that this one needs.
  await sweepPartial(folder);
}

/** The processes are safe in the store by now, which a failure here must say. */
export async function writeArchive(
  { emit }: Io,
  { name, path }: { readonly name: string; readonly path: string },
  { store, file, abort }: { readonly store: string; readonly file: string; readonly abort: AbortSignal },
): Promise<void> {
  const [{ packBundle }, { workOwner }] = await Promise.all([
    import('../../image-format/bundle/archive.js'),
    import('../../host/work-owner.js'),
  ]);
  const onBytes = (done: number, total: number): void =>
    emit({ type: 'progress', operation: 'freeze', what: `writing ${file}`, done, total, unit: 'bytes' });
  try {
    await packBundle(path, file, workOwner(), { abort, onBytes });
  } catch (cause) {
    const facts = { name, store, path, file: shellWord(file) };
    if (abort.aborted) throw fail('archive-interrupted', { ...facts, signal: String(abort.reason) });
    const problem = messageOf(cause);
    throw fail('archive-failed', { ...facts, problem }, { cause });
  }
}
