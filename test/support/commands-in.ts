import type { CommandShape, OptionShape, ProgramShape } from '../../src/cli/render/shape.js';

/** What is wrong with the command lines of ckpt in a text, as far as they can be told from prose. */
export function mistakesIn(text: string, program: ProgramShape): readonly string[] {
  return linesIn(text).flatMap(line => mistakesOf(line, program).map(what => `${line}: ${what}`));
}

/** `ckpt` with the words behind it, up to what ends a command line in a sentence or in a shell. */
function linesIn(text: string): readonly string[] {
  return [...text.matchAll(/(?<![\w/.-])ckpt (?:[^`;|&)\n"'#]|(?<= )')+/g)].map(([line]) => line.trim());
}

function mistakesOf(line: string, program: ProgramShape): readonly string[] {
  const [, ...words] = line.split(/\s+/);
  const at = words.findIndex(word => program.commands.some(({ name }) => name === bare(word)));
  const command = program.commands.find(({ name }) => name === bare(words[at] ?? ''));
  // "ckpt runs as …" is a sentence.
  if (command === undefined || words.slice(0, at).some(word => !word.startsWith('-'))) return [];
  return mistakesBehind(command, words.slice(at + 1), program);
}

function mistakesBehind(
  command: CommandShape,
  words: readonly string[],
  program: ProgramShape,
): readonly string[] {
  const options = [...command.options, ...program.options];
  const mistakes: string[] = [];
  let given = 0;
  for (let at = 0; at < words.length; at += 1) {
    const word = bare(words[at] ?? '');
    if (word.startsWith('--') && word !== '--') {
      const [name = word, value] = word.split('=');
      const option = options.find(({ long }) => long === name);
      if (option === undefined) mistakes.push(`no option ${name}`);
      else if (option.value !== undefined && value === undefined) {
        at += 1;
        mistakes.push(...mistakesOfValue(option, bare(words[at] ?? '')));
      }
    } else if (standsForSomething(word)) given += 1;
    else break;
    if (/[,.:]$/.test(words[at] ?? '')) break;
  }
  const most = command.arguments.some(({ variadic }) => variadic) ? Infinity : command.arguments.length;
  if (given > most) mistakes.push(`takes ${most} words, not ${given}`);
  return mistakes;
}

function mistakesOfValue({ long, value }: OptionShape, word: string): readonly string[] {
  if (word === '' || word.startsWith('--')) return [`${long} needs a value`];
  const choices = value?.choices ?? [];
  const known = choices.length === 0 || choices.includes(word) || standsForSomething(word);
  return known ? [] : [`${long} takes no ${word}`];
}

/** `{name}`, `${name}`, PID, 4711, /mnt/db.ckpt: what no sentence goes on with. */
function standsForSomething(word: string): boolean {
  return /^\$?\{|^<|^\[|^\d+$|^[A-Z][A-Z0-9|-]*(?:\.ckpt|…)?$|^["']|\//.test(word);
}

function bare(word: string): string {
  return word.replace(/[,.:)]+$/, '');
}
