import { resolve } from 'node:path';
import type { Io } from './io.js';

/** How systemd calls this `ckpt` at the next boot to thaw a bundle: the same program, CRIU and trusted key as now. */
export async function bootThaw({ globals, env }: Io, name: string, store: string, patience: number) {
  const criu = globals.criu === undefined ? [] : ['--criu', resolve(globals.criu)];
  const inherited = ['CKPT_CRIU', 'CKPT_TRUST_KEY'].flatMap(key => {
    const value = env[key];
    return value === undefined || value === '' ? [] : [[key, resolve(value)] as const];
  });
  return {
    command: [
      ...(await ownCommand()),
      'thaw',
      name,
      '--store',
      store,
      ...criu,
      '--patience',
      `${patience}ms`,
    ],
    environment: Object.fromEntries(inherited),
  };
}

/** How this `ckpt` is called: the self-contained executable, or Node.js with the script that it runs. */
export async function ownCommand(): Promise<readonly string[]> {
  // Older than 20.12, Node.js has no such module.
  const { isSea } = await import('node:sea').catch(() => ({ isSea: () => false }));
  const { execPath, execArgv, argv } = process;
  return isSea() ? [execPath] : [execPath, ...execArgv, ...(argv[1] === undefined ? [] : [argv[1]])];
}
