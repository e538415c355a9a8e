import { existsSync } from 'node:fs';
import { copyFile, link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from '../driver/ports.js';
import { type Account, own } from './account.js';
import type { Box } from './current-box.js';

const vagrantfile = fileURLToPath(new URL('../../Vagrantfile', import.meta.url));

/** Where the folders of the account's machines are. */
export async function machinesFolder(account: Account): Promise<string> {
  const folder = join(account.home, 'ckpt-machines');
  await mkdir(folder, { recursive: true });
  await own(folder, account);
  return folder;
}

/**
 * Puts into `folder` (made if absent, refreshed if not) all that one machine needs, readable for the account, which
 * cannot enter a clone or a cache below /root: the Vagrantfile, the executable, the box, and who made it.
 *
 * @returns the variables that tell the Vagrantfile where these are
 */
export async function layOut(
  folder: string,
  account: Account,
  box: Box,
  executable: string,
): Promise<Readonly<Record<string, string>>> {
  const inside = (name: string) => join(folder, name);
  await mkdir(folder, { recursive: true });
  await own(folder, account);
  await writeFile(inside('owner'), String(process.pid));
  await place(vagrantfile, inside('Vagrantfile'));
  await place(executable, inside('ckpt'));
  await place(box.file, inside('ckpt.box'));
  await writeFile(inside('box.json'), JSON.stringify({ ...box, file: inside('ckpt.box') }));
  if (!existsSync(inside('port'))) await writeFile(inside('port'), String(await freePort()));
  if (!existsSync(inside('console'))) await writeFile(inside('console'), '');
  await own(inside('console'), account);
  return variablesOf(folder);
}

/** The variables that tell the Vagrantfile what a laid-out folder holds. */
export async function variablesOf(folder: string): Promise<Readonly<Record<string, string>>> {
  return {
    CKPT_BOX: join(folder, 'box.json'),
    CKPT_EXECUTABLE: join(folder, 'ckpt'),
    CKPT_VAGRANT_PORT: (await readFile(join(folder, 'port'), 'utf8')).trim(),
    CKPT_VAGRANT_CONSOLE: join(folder, 'console'),
  };
}

/** Gives a folder that was laid out by others today's Vagrantfile: theirs may be one that Vagrant refuses to read. */
export function refreshVagrantfile(folder: string): Promise<void> {
  return place(vagrantfile, join(folder, 'Vagrantfile'));
}

/** True if the process that laid out the folder is gone: it was killed before it could destroy its machine. */
export async function isAbandoned(folder: string): Promise<boolean> {
  const owner = await readFile(join(folder, 'owner'), 'utf8').catch(() => '');
  return owner !== '' && !existsSync(`/proc/${owner}`);
}

// A link costs nothing where the cache is on the same file system, and lets the account read the file.
async function place(from: string, to: string): Promise<void> {
  await rm(to, { force: true });
  await link(from, to).catch(() => copyFile(from, to));
}
