import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';

/** Where programs lie, most of them for root, that the PATH of a user or of a cron job may leave out. */
export const usualFolders: readonly string[] = [
  '/usr/sbin',
  '/usr/local/sbin',
  '/sbin',
  '/usr/local/bin',
  '/usr/bin',
  '/bin',
];

export interface FoundProgram {
  /** Absolute path. */
  readonly file: string;
  /** Whether it is found by its bare name, too: so ckpt and CRIU start what they need. */
  readonly inPath: boolean;
}

/** Where a program lies: in the folders of `path` (as in PATH), or in the usual ones. */
export function findProgram(name: string, path = ''): FoundProgram | undefined {
  const inPath = path.split(delimiter).filter(isAbsolute);
  const folders = [
    ...inPath.map(folder => ({ folder, inPath: true })),
    ...usualFolders.map(folder => ({ folder, inPath: false })),
  ];
  return folders
    .map(one => ({ file: join(one.folder, name), inPath: one.inPath }))
    .find(({ file }) => isExecutableFile(file));
}

/** Whether a program can be started from this path by this user; false for what may not be looked at. */
export function isExecutableFile(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
