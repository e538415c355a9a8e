import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { fail } from '../../errors.js';
import { compareVersions } from '../../versions.js';
import { findProgram, isExecutableFile, usualFolders } from '../find-program.js';
import { run } from '../run.js';

/** A CRIU that was found and said its version. */
export interface Criu {
  /** Absolute path. */
  readonly path: string;
  /** As it says it: 4.1.1. */
  readonly version: string;
  /** Why this one: the option, the variable, or the first in the search. */
  readonly chosenBy: 'option' | 'CKPT_CRIU' | 'PATH' | 'usual place';
}

type ChosenBy = Criu['chosenBy'];

/** Oldest CRIU whose images we know. */
const oldest = '3.17.1';

/**
 * Finds the CRIU to use and asks its version. A chosen one (`path`, `CKPT_CRIU`) is used or refused, never passed over.
 * Throws `criu-not-found`, `criu-not-executable`, `criu-unknown-version`, `criu-too-old`.
 */
export async function findCriu(
  options: {
    readonly path?: string | undefined;
    readonly env?: Readonly<Record<string, string | undefined>>;
    /** How long it may take to say its version, ms: five minutes by default. */
    readonly limit?: number;
  } = {},
): Promise<Criu> {
  const { env = process.env, limit = VERSION_LIMIT } = options;
  const fromEnv = env.CKPT_CRIU;
  if (options.path !== undefined) return identify(options.path, 'option', limit);
  if (fromEnv !== undefined && fromEnv !== '') return identify(fromEnv, 'CKPT_CRIU', limit);
  const found = findProgram('criu', env.PATH);
  if (found === undefined) throw fail('criu-not-found', { places: ['$PATH', ...usualFolders].join(', ') });
  return identify(found.file, found.inPath ? 'PATH' : 'usual place', limit);
}

/** Reads "Version: 4.1.1" (with an optional "GitID: …" line after it) as `criu --version` prints it. Pure. */
export function parseCriuVersion(output: string): string | undefined {
  return /^Version:\s*v?(\d+\.\d+(?:\.\d+)?)\S*\s*$/m.exec(output)?.[1];
}

/** A cold start on an emulated, busy machine was seen to take over 10 s; a boot from a slow disk is worse, ms. */
const VERSION_LIMIT = 300_000;

async function identify(given: string, chosenBy: ChosenBy, limit: number): Promise<Criu> {
  const path = resolve(given);
  if (!isExecutableFile(path)) {
    throw fail('criu-not-executable', { path, reason: await whyNot(path) });
  }
  const result = await run(path, ['--version'], { waitingFor: `${path} --version`, limit });
  if (result.startError !== undefined) {
    throw fail('criu-not-executable', { path, reason: `it does not start (${result.startError})` });
  }
  const version = parseCriuVersion(result.stdout);
  if (version === undefined) {
    const output = (result.stdout + result.stderr).trim().split('\n')[0]?.slice(0, 120) ?? '';
    throw fail('criu-unknown-version', { path, output });
  }
  if (compareVersions(version, oldest) < 0) throw fail('criu-too-old', { path, version });
  return { path, version, chosenBy };
}

async function whyNot(path: string): Promise<string> {
  try {
    const found = await stat(path);
    if (found.isDirectory()) return 'it is a folder';
    if (!found.isFile()) return 'it is not an ordinary file';
    return 'it is not executable';
  } catch (cause) {
    const denied = cause instanceof Error && 'code' in cause && cause.code === 'EACCES';
    return denied ? 'its folder may not be entered' : 'there is no such file';
  }
}
