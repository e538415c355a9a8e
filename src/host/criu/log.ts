import { readFile } from 'node:fs/promises';

/**
 * Lines that say "Error" and mean no harm: CRIU prints them while it probes for features, and goes on.
 * (Sources: FACTS; criu/kerndat.c, criu/tun.c, criu/util.c.)
 */
const HARMLESS: readonly RegExp[] = [
  /Can't setup RLIMIT_NOFILE for self/,
  /[Uu]nable to create tun/,
  /\/dev\/net\/tun/,
  /Dumping FAILED/,
  /Restoring FAILED/,
  /hold exited, status=1/,
  /Script .*hold exited with -1/,
  /One of more action scripts failed/,
];

/** What a CRIU log says went wrong. */
export interface LogFinding {
  /** The first error that is not known to be harmless, without CRIU's file and line; undefined when there is none. */
  readonly cause: string | undefined;
  /** The lines around it. */
  readonly excerpt: readonly string[];
}

/**
 * Finds the probable cause in the text of a CRIU log. Pure. The first harmful error is taken: later ones are mostly
 * its consequences, and the last ("Dumping FAILED") says nothing.
 */
export function readLog(text: string): LogFinding {
  const lines = text.split('\n').filter(line => line !== '');
  const at = lines.findIndex(line => isError(line) && !HARMLESS.some(harmless => harmless.test(line)));
  if (at < 0) return { cause: undefined, excerpt: lines.slice(-5) };
  const line = lines[at] ?? '';
  return {
    cause: line.replace(/^.*?Error \([^)]*\): /, ''),
    excerpt: lines.slice(Math.max(0, at - 5), at + 6),
  };
}

/** Reads a log that may never have been made. */
export async function readLogFile(path: string): Promise<LogFinding> {
  return readLog(await readFile(path, 'utf8').catch(() => ''));
}

function isError(line: string): boolean {
  return /\bError \(/.test(line);
}
