import { globalsWithValue } from '../../frame/globals.js';
import type { CommandShape, OptionShape, ProgramShape, WordKind } from '../../frame/shape.js';

/** How bash lists the words of a kind that begin with "$cur". */
const generators: Record<WordKind, string> = {
  pid: `COMPREPLY+=($(compgen -W "$(ps -eo pid= 2>/dev/null)" -- "$cur"))`,
  // compgen -W expands its words as the shell does, so only plain names may come near it.
  bundle: `COMPREPLY+=($(compgen -W "$(ls -- "$store" 2>/dev/null | grep -E '^[A-Za-z0-9._@:+-]+$')" -- "$cur"))`,
  folder: `compopt -o filenames 2>/dev/null; COMPREPLY+=($(compgen -d -- "$cur"))`,
  file: `compopt -o filenames 2>/dev/null; COMPREPLY+=($(compgen -f -- "$cur"))`,
  text: ':',
};

/** Pure: a completion script for bash that needs nothing but bash. */
export function bashCompletion(program: ProgramShape): string {
  const names = program.commands.map(command => command.name);
  return [
    '# bash completion for ckpt. Made by `ckpt completion bash`.',
    '_ckpt() {',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: shell
    '  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} store=${CKPT_STORE:-/var/lib/ckpt} command= word i',
    '  COMPREPLY=()',
    '  for ((i = 1; i < COMP_CWORD; i++)); do',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: shell
    '    word=${COMP_WORDS[i]}',
    '    case $word in',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: shell
    '      --store) i=$((i + 1)); store=${COMP_WORDS[i]} ;;',
    `      ${[...globalsWithValue].filter(name => name !== '--store').join('|')}) i=$((i + 1)) ;;`,
    '      -*) ;;',
    '      *) [[ -n $command ]] || command=$word ;;',
    '    esac',
    '  done',
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
  const kinds = [...new Set(command.arguments.flatMap(argument => argument.kinds))];
  const choices = command.arguments.flatMap(argument => argument.choices);
  return [
    `    ${command.name})`,
    ...valueCases('    ', command.options),
    `      if [[ $cur == -* ]]; then ${words(flags([...command.options, ...globals]))}; return; fi`,
    ...(choices.length > 0 ? [`      ${words(choices)}`] : kinds.map(kind => `      ${generators[kind]}`)),
    '      ;;',
  ];
}

/** The word after an option that takes a value is that value. */
function valueCases(indent: string, options: readonly OptionShape[]): string[] {
  const withValue = options.flatMap(({ short, long, value }) =>
    value === undefined ? [] : [{ names: short === undefined ? [long] : [short, long], value }],
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

function flags(options: readonly OptionShape[]): string[] {
  return [...new Set(options.map(option => option.long))];
}

function words(list: readonly string[]): string {
  return `COMPREPLY+=($(compgen -W '${list.join(' ')}' -- "$cur"))`;
}
