/**
 * `npm run build:executable [-- ENTRY OUTPUT]`: one file that needs no Node, no npm and no modules beside it.
 *
 * The Node that runs this script becomes the runtime inside, so it must not ask for a newer C library than the
 * oldest Debian that `ckpt` runs on has: bullseye's glibc 2.31.
 */
import { chmod, copyFile, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { execa } from 'execa';
import { bundle } from './bundle.js';
import { newestGlibc, versionsNeeded } from './elf-needs.js';

const root = join(import.meta.dirname, '..', '..');
const oldestGlibc = [2, 31] as const;
const fuse = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2';

const [entry = join(root, 'src', 'cli', 'main.ts'), output = join(root, 'dist', 'ckpt')] =
  process.argv.slice(2);

try {
  await buildExecutable(resolve(entry), resolve(output));
  process.stderr.write(`built ${output}\n`);
} catch (error) {
  process.stderr.write(`cannot build ${output}: ${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
}

async function buildExecutable(from: string, to: string): Promise<void> {
  await checkRuntime(process.execPath);
  await mkdir(dirname(to), { recursive: true });
  const work = await mkdtemp(join(dirname(to), '.executable-'));
  try {
    const script = join(work, 'ckpt.cjs');
    await bundle(from, script);
    const blob = await prepareBlob(work, script);
    const runtime = join(work, 'ckpt');
    await copyFile(process.execPath, runtime);
    await chmod(runtime, 0o755);
    await stripSymbols(runtime);
    await injectBlob(runtime, blob);
    await rename(runtime, to);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function checkRuntime(node: string): Promise<void> {
  const needed = newestGlibc(versionsNeeded(await readFile(node)));
  if (needed === undefined)
    throw new Error(`${node} is not linked with glibc, so it would not run on Debian`);
  const [major, minor] = needed;
  if (major > oldestGlibc[0] || (major === oldestGlibc[0] && minor > oldestGlibc[1])) {
    throw new Error(
      `${node} needs glibc ${needed.join('.')}, but the executable must run with ${oldestGlibc.join('.')}; ` +
        'build with the Node from nodejs.org or its Debian package repository, which need less',
    );
  }
}

async function prepareBlob(work: string, script: string): Promise<string> {
  const config = join(work, 'sea.json');
  const output = join(work, 'ckpt.blob');
  const settings = { main: script, output, useCodeCache: true, disableExperimentalSEAWarning: true };
  await writeFile(config, JSON.stringify(settings));
  await execa(process.execPath, ['--experimental-sea-config', config]);
  return output;
}

// Symbols are an eighth of the file and serve nobody; where there is no strip, the program is only larger.
async function stripSymbols(program: string): Promise<void> {
  await execa('strip', ['--strip-unneeded', program], { reject: false });
}

// As a program of its own, since it prints warnings about its own earlier notes that are of no use here.
async function injectBlob(program: string, blob: string): Promise<void> {
  const postject = join(root, 'node_modules', 'postject', 'dist', 'cli.js');
  await execa(process.execPath, [postject, program, 'NODE_SEA_BLOB', blob, '--sentinel-fuse', fuse]);
}
