/** A small bundle, made by hand, for tests that damage it. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach } from 'vitest';
import { CkptError, type FailureCode } from '../../src/errors.js';
import { digestBytes } from '../../src/image-format/bundle/digest.js';
import { FORMAT } from '../../src/image-format/neutral/format.js';

const folders: string[] = [];

/** A fresh folder that goes after the test. */
export async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'ckpt-bundle-'));
  folders.push(path);
  return path;
}

afterEach(async () => {
  for (const path of folders.splice(0)) await rm(path, { recursive: true, force: true });
});

export const documentText = JSON.stringify({
  format: FORMAT,
  origin: { kernel: '6.1.0', architecture: 'x86-64', checkpointer: 'criu 4.2.1' },
  sections: [],
  trees: [],
});

/** The members of the bundle, manifest and state included, by path. */
export function bundleFiles(name = 'a'): Map<string, Buffer> {
  const contents = new Map<string, Buffer>([
    ['document.json', Buffer.from(documentText)],
    ['memory/0/pages-1.img', Buffer.alloc(2 * 4096, 7)],
    ['payload/0/pipes', Buffer.from('unread data')],
  ]);
  const manifest = {
    bundle: 1,
    id: '00000000-0000-4000-8000-000000000001',
    name,
    writtenBy: 'ckpt 0.1.0',
    createdAt: '2026-01-01T00:00:00.000Z',
    origin: { kernel: '6.1.0', architecture: 'x86_64', distribution: 'Debian', criu: '4.2.1', bootId: 'b' },
    options: { tcp: 'established', shellJob: false, leftRunning: false },
    trees: [{ root: 4711, command: 'db', processes: 1 }],
    members: [...contents].map(([path, bytes]) => ({ path, size: bytes.length, digest: digestBytes(bytes) })),
  };
  const state = {
    history: [{ state: 'frozen', at: '2026-01-01T00:00:00.000Z', kernel: '6.1.0', bootId: 'b' }],
  };
  return new Map([
    ['manifest.json', Buffer.from(JSON.stringify(manifest))],
    ['state.json', Buffer.from(JSON.stringify(state))],
    ...contents,
  ]);
}

/** Puts files into a directory. */
export async function writeFiles(directory: string, files: ReadonlyMap<string, Buffer>): Promise<void> {
  for (const [path, bytes] of files) {
    await mkdir(dirname(join(directory, path)), { recursive: true });
    await writeFile(join(directory, path), bytes);
  }
}

/** The code of the failure that some work ends with; fails when it succeeds, or ends with anything but a CkptError. */
export async function codeOf(work: Promise<unknown>): Promise<FailureCode> {
  try {
    await work;
  } catch (error) {
    if (error instanceof CkptError) return error.code;
    throw error;
  }
  throw new Error('it succeeded');
}
