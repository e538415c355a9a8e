import {
  type ArgumentShape,
  type CommandShape,
  type OptionShape,
  type ProgramShape,
  RUNNING_UNITS,
  type WordKind,
} from '../shape.js';

/** How bash lists the words of a kind that begin with "$cur". */
const generators: Record<WordKind, string> = {
  pid: `COMPREPLY+=($(compgen -W "$(ps -eo pid= 2>/dev/null)" -- "$cur"))`,
  // compgen -W expands its words as the shell does, so only plain names may come near it.
  bundle: `COMPREPLY+=($(compgen -W "$(ls -- "$store" 2>/dev/null | grep -E '^[A-Za-z0-9._@:+-]+$')" -- "$cur"))`,
  unit: `COMPREPLY+=($(compgen -W "$(${RUNNING_UNITS})" -- "$cur"))`,
  // Folders lead to files, and are in the way where nothing was typed yet.
  archive: `compopt -o filenames 2>/dev/null; COMPREPLY+=($(compgen -f -X '!*.ckpt' -- "$cur")); [[ -z $cur ]] || COMPREPLY+=($(compgen -d -- "$cur"))`,
  folder: `compopt -o filenames 2>/dev/null; COMPREPLY+=($(compgen -d -- "$cur"))`,
  file: `compopt -o filenames 2>/dev/null; COMPREPLY+=($(compgen -f -- "$cur"))`,
  text: ':',
};

/* biome-ignore-start lint/suspicious/noTemplateCurlyInString: shell */

/**
 * Where the word to complete stands: `prev` is the option that it is the value of, if it is one, `command` and `at` say
 * which command's argument it is else. Bash takes `--store=/x` for three words, unless COMP_WORDBREAKS was changed.
 */
const place = (withValue: readonly string[]): readonly string[] => [
  '  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} store=${CKPT_STORE:-/var/lib/ckpt}',
  '  local command= at=0 word i',
  '  COMPREPLY=()',
  '  if [[ $cur == = ]]; then cur=; elif [[ $prev == = ]]; then prev=${COMP_WORDS[COMP_CWORD-2]}; fi',
  '  for ((i = 1; i < COMP_CWORD; i++)); do',
  '    word=${COMP_WORDS[i]}',
  '    if [[ $word == --* && ${COMP_WORDS[i+1]} == = ]]; then',
  '      i=$((i + 2))',
  '      [[ $word != --store || $i -ge COMP_CWORD ]] || store=${COMP_WORDS[i]}',
  '      continue',
  '    fi',
  '    case $word in',
  '      --store) i=$((i + 1)); store=${COMP_WORDS[i]} ;;',
  '      --store=*) store=${word#*=} ;;',
  `      ${withValue.join('|')}) i=$((i + 1)) ;;`,
  '      -*) ;;',
  '      *) if [[ -n $command ]]; then at=$((at + 1)); else command=$word; fi ;;',
  '    esac',
  '  done',
];

/* biome-ignore-end lint/suspicious/noTemplateCurlyInString: shell */

/** Pure: a completion script for bash that needs nothing but bash. */
export function bashCompletion(program: ProgramShape): string {
  const names = program.commands.map(command => command.name);
  const all = [program, ...program.commands].flatMap(command => command.options);
  const withValue = [
    ...new Set(all.flatMap(option => (option.value === undefined ? [] : spellings(option)))),
  ];
  return [
    '# bash completion for ckpt. Made by `ckpt completion bash`.',
    '_ckpt() {',
    ...place(withValue.filter(name => name !== '--store')),
    ...valueCases('', program.options),
    '  case $command in',
    `    '') if [[ $cur == -* ]]; then ${words(flags(program.options))}; else ${words([...names, 'help'])}; fi ;;`,
    `    help) ${words(names)} ;;`,
    ...program.commands.flatMap(command => commandCase(command, program.options)),
    '  esac',
    '}',
    'complete -F _ckpt ckpt',
    '',
  ].join('\n');
}

function commandCase(command: CommandShape, globals: readonly OptionShape[]): string[] {
  return [
    `    ${command.name})`,
    ...valueCases('    ', command.options),
    `      if [[ $cur == -* ]]; then ${words(flags([...command.options, ...globals]))}; return; fi`,
    ...(command.arguments.length === 0
      ? []
      : ['      case $at in', ...command.arguments.map(argumentCase), '      esac']),
    '      ;;',
  ];
}

function argumentCase({ variadic, choices, kinds }: ArgumentShape, at: number): string {
  const offers = choices.length > 0 ? [words(choices)] : kinds.map(kind => generators[kind]);
  return `        ${variadic ? '*' : at}) ${offers.join('; ')} ;;`;
}

/** The word after an option that takes a value is that value. */
function valueCases(indent: string, options: readonly OptionShape[]): string[] {
  const withValue = options.flatMap(option =>
    option.value === undefined ? [] : [{ names: spellings(option), value: option.value }],
  );
  if (withValue.length === 0) return [];
  return [
    `${indent}  case $prev in`,
    ...withValue.map(({ names, value }) => {
      const action = value.choices.length > 0 ? words(value.choices) : generators[value.kind];
      return `${indent}    ${names.join('|')}) ${action}; return ;;`;
    }),
    `${indent}  esac`,
  ];
}

function spellings({ short, long }: OptionShape): readonly string[] {
  return short === undefined ? [long] : [short, long];
}

function flags(options: readonly OptionShape[]): string[] {
  return [...new Set(options.map(option => option.long))];
}

function words(list: readonly string[]): string {
  return `COMPREPLY+=($(compgen -W '${list.join(' ')}' -- "$cur"))`;
}
