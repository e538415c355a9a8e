import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';

const prefix = 'ckpt-vm-run-';

/** What belongs to one running machine: its overlay, its console, its socket. Short paths: sockets allow 107 bytes. */
export interface RunFolder {
  readonly path: string;
  readonly overlay: string;
  readonly consoleLog: string;
  readonly agentSocket: string;
}

/** Makes a folder for a machine and clears away those whose owner died before it could. */
export async function makeRunFolder(): Promise<RunFolder> {
  await sweep();
  const path = await mkdtemp(join(tmpdir(), prefix));
  await writeFile(join(path, 'owner'), `${process.pid}`);
  return {
    path,
    overlay: join(path, 'root.qcow2'),
    consoleLog: join(path, 'console.log'),
    agentSocket: join(path, 'agent.sock'),
  };
}

/** A copy-on-write disk over a read-only image. */
export async function makeOverlay(image: string, overlay: string): Promise<void> {
  await execa('qemu-img', ['create', '-q', '-f', 'qcow2', '-F', 'raw', '-b', image, overlay]);
}

async function sweep(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    if (!name.startsWith(prefix)) continue;
    const owner = await readFile(join(tmpdir(), name, 'owner'), 'utf8').catch(() => '');
    if (owner === '' || existsSync(`/proc/${owner}`)) continue;
    await rm(join(tmpdir(), name), { recursive: true, force: true });
  }
}
