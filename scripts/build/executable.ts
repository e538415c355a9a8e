/**
 * `npm run build:executable [-- ENTRY OUTPUT]`: one file that needs no Node, no npm and no modules beside it.
 *
 * The Node that runs this script becomes the runtime inside, so it must not ask for a newer C library than the
 * oldest Debian that `ckpt` runs on has: bullseye's glibc 2.31.
 */
import { chmod, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { execa } from 'execa';
import { bundle, wrap } from './bundle.js';
import { newestGlibc, versionsNeeded } from './elf-needs.js';

const root = join(import.meta.dirname, '..', '..');
const oldestGlibc = [2, 31] as const;
/** Variables by which people set up other programs that run on Node. */
const NOT_OURS = ['NODE_OPTIONS', 'NODE_EXTRA_CA_CERTS'];

/** Ends with 1 where another process of this V8 does not take the code of a program. */
const TAKES = `
const { readFileSync } = require('node:fs');
const [program, code] = process.argv.slice(1);
const { Script } = require('node:vm');
const script = new Script(readFileSync(program, 'latin1'), { filename: 'ckpt.cjs', cachedData: readFileSync(code) });
if (script.cachedDataRejected) { console.error('V8 does not take the code that it made'); process.exit(1); }
`;
const fuse = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2';

const [entry = join(root, 'src', 'cli', 'main.ts'), output = join(root, 'dist', 'ckpt')] =
  process.argv.slice(2);

try {
  await buildExecutable(resolve(entry), resolve(output));
  process.stderr.write(`built ${output}\n`);
} catch (error) {
  process.stderr.write(`cannot build ${output}: ${message(error)}\n`);
  process.exitCode = 1;
}

function message(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

async function buildExecutable(from: string, to: string): Promise<void> {
  await checkRuntime(process.execPath);
  await mkdir(dirname(to), { recursive: true });
  const work = await mkdtemp(join(dirname(to), '.executable-'));
  try {
    const program = join(work, 'program.js');
    await bundle(from, program);
    await writeFile(program, wrap(await readFile(program, 'utf8')));
    const blob = await prepareBlob(work, { program, ...(await warmUp(work, program)) });
    const runtime = join(work, 'ckpt');
    await writeFile(runtime, deaf(await readFile(process.execPath)));
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

/**
 * Runs the program at what matters and gives the file with the code that V8 made of it. Where that fails, the machine
 * is to blame rather than the program; the executable is whole without the code, and only starts more slowly.
 */
async function warmUp(work: string, program: string): Promise<{ readonly code?: string }> {
  try {
    return { code: await record(work, program) };
  } catch (error) {
    process.stderr.write(`built without V8's code, starts more slowly: ${message(error)}\n`);
    return {};
  }
}

async function record(work: string, program: string): Promise<string> {
  const recorder = join(work, 'record.cjs');
  const code = join(work, 'code');
  await bundle(join(import.meta.dirname, 'warm-up', 'record.ts'), recorder);
  // Flags of V8 in the environment would make the code worthless elsewhere.
  const env = { NODE_OPTIONS: '' };
  await execa(process.execPath, [recorder, program, code], { env });
  await execa(process.execPath, ['-e', TAKES, program, code], { env });
  return code;
}

async function prepareBlob(work: string, assets: Readonly<Record<string, string>>): Promise<string> {
  const config = join(work, 'sea.json');
  const output = join(work, 'ckpt.blob');
  const settings = {
    main: join(import.meta.dirname, 'loader.cjs'),
    output,
    disableExperimentalSEAWarning: true,
    assets,
  };
  await writeFile(config, JSON.stringify(settings));
  await execa(process.execPath, ['--experimental-sea-config', config]);
  return output;
}

/**
 * A runtime that no longer hears what is said to other Node programs: options that `ckpt` was never tried with, and
 * certificates, which cost it 80 ms at each start. Pure. The names are C strings in the program; none begins with "=".
 */
function deaf(runtime: Buffer): Buffer {
  const changed = Buffer.from(runtime);
  for (const name of NOT_OURS) {
    const wanted = Buffer.from(`\0${name}\0`);
    for (let at = changed.indexOf(wanted); at >= 0; at = changed.indexOf(wanted, at + 1))
      changed[at + 1] = 0x3d;
  }
  return changed;
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
