import { fail } from '../../errors.js';

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
}

/** The processes are safe in the store by now, which a failure here must say. */
export async function writeArchive(
  { name, path }: { readonly name: string; readonly path: string },
  store: string,
  file: string,
): Promise<void> {
  const { packBundle } = await import('../../image-format/bundle/archive.js');
  try {
    await packBundle(path, file);
  } catch (cause) {
    const problem = cause instanceof Error ? cause.message : String(cause);
    throw fail('archive-failed', { name, store, path, file, problem }, { cause });
  }
}
