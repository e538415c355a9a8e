import { readFile } from 'node:fs/promises';

/** The text of a file, or undefined where it is not there or may not be read: its absence is a finding, no failure. */
export async function textOf(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch {
    return undefined;
  }
}
