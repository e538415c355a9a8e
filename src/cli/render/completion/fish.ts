import { type OptionShape, type ProgramShape, RUNNING_UNITS, type WordKind } from '../shape.js';

/** How fish lists the words of a kind; undefined where its own completion of files does it. */
const generators: Record<WordKind, string | undefined> = {
  pid: '(__fish_complete_pids)',
  unit: '(__ckpt_units)',
  bundle: '(__ckpt_bundles)',
  archive: '(__ckpt_archives)',
  folder: '(__fish_complete_directories)',
  file: undefined,
  text: '',
};

/** Pure: a completion script for fish. */
export function fishCompletion(program: ProgramShape): string {
  const lines = [
    '# fish completion for ckpt. Made by `ckpt completion fish`.',
    'function __ckpt_bundles',
    '  set -l store /var/lib/ckpt',
    '  set -q CKPT_STORE; and test -n "$CKPT_STORE"; and set store $CKPT_STORE',
    '  set -l words (commandline -opc)',
    '  set -l at (contains -i -- --store $words); and set store $words[(math $at + 1)]',
    "  set -l joined (string match -- '--store=*' $words); and set store (string replace -- --store= '' $joined[-1])",
    '  command ls -- $store 2>/dev/null',
    'end',
    'function __ckpt_units',
    `  ${RUNNING_UNITS}`,
    'end',
    'function __ckpt_archives',
    '  set -l word (commandline -ct)',
    '  for file in $word*.ckpt; echo $file; end',
    '  test -n "$word"; and __fish_complete_directories $word',
    'end',
    'complete -c ckpt -f',
    ...program.options.map(option => `complete -c ckpt ${optionSpec(option)}`),
  ];
  for (const { name, summary } of [
    ...program.commands,
    { name: 'help', summary: 'print help for a command' },
  ]) {
    lines.push(`complete -c ckpt -n __fish_use_subcommand -a ${name} -d ${quote(summary)}`);
  }
  for (const command of program.commands) {
    const when = `-n '__fish_seen_subcommand_from ${command.name}'`;
    for (const option of command.options) lines.push(`complete -c ckpt ${when} ${optionSpec(option)}`);
    for (const argument of command.arguments) {
      if (argument.choices.length > 0) {
        lines.push(`complete -c ckpt ${when} -a ${quote(argument.choices.join(' '))}`);
        continue;
      }
      for (const kind of argument.kinds) {
        const words = generators[kind];
        if (words === undefined) lines.push(`complete -c ckpt ${when} -F`);
        else if (words !== '') lines.push(`complete -c ckpt ${when} -a '${words}'`);
      }
    }
  }
  return `${lines.join('\n')}\n`;
}

function optionSpec({ short, long, description, value }: OptionShape): string {
  const parts = [`-l ${long.replace(/^--/, '')}`];
  if (short !== undefined) parts.push(`-s ${short.slice(1)}`);
  if (value !== undefined) {
    const words = value.choices.length > 0 ? value.choices.join(' ') : generators[value.kind];
    parts.push(words === undefined ? '-r -F' : words === '' ? '-x' : `-x -a '${words}'`);
  }
  return `${parts.join(' ')} -d ${quote(description)}`;
}

function quote(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
