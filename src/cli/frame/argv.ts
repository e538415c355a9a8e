import { globalsWithValue } from './globals.js';

/** The words before a bare `--`, which ends the options. */
function beforeTerminator(argv: readonly string[]): readonly string[] {
  const end = argv.indexOf('--');
  return end < 0 ? argv : argv.slice(0, end);
}

/**
 * Gives a bare `--events` its default target. An option with an optional value would otherwise swallow the word
 * after it: in `ckpt freeze --events 4711` that word is the process.
 */
export function pinEvents(argv: readonly string[]): string[] {
  const options = beforeTerminator(argv).length;
  return argv.map((word, index) => (word === '--events' && index < options ? '--events=stderr' : word));
}

/** The words that are not options, the values of global options left out. */
export function operands(argv: readonly string[]): string[] {
  const found: string[] = [];
  let skip = false;
  for (const word of beforeTerminator(argv)) {
    if (skip) skip = false;
    else if (globalsWithValue.has(word)) skip = true;
    else if (!word.startsWith('-')) found.push(word);
  }
  return found;
}

/** Whether a flag stands on the command line, for failures that come before the options are parsed. */
export function hasFlag(argv: readonly string[], flag: string): boolean {
  return beforeTerminator(argv).includes(flag);
}
