import type { Command } from 'commander';
import type { Example } from '../render/shape.js';
import { type Style, styleFor } from '../render/style.js';

const known = new WeakMap<Command, readonly Example[]>();

/** Puts examples at the head of a command's help and into its manual page. */
export function examples(command: Command, list: readonly Example[]): Command {
  known.set(command, list);
  return command.addHelpText('before', () => `${renderExamples(list, styleFor(false))}\n`);
}

/** The examples of a command, for the manual page. */
export function examplesOf(command: Command): readonly Example[] {
  return known.get(command) ?? [];
}

/** Pure: the lines of an "Examples" section; a long command line has its explanation on a line of its own. */
function renderExamples(list: readonly Example[], style: Style): string {
  const width = Math.min(44, Math.max(0, ...list.map(([line]) => line.length)));
  const lines = list.map(([line, does]) =>
    line.length <= width
      ? `  ${line}${' '.repeat(width - line.length)}  ${style.dim(does)}`
      : `  ${line}\n  ${' '.repeat(width)}  ${style.dim(does)}`,
  );
  return [style.bold('Examples:'), ...lines].join('\n');
}
