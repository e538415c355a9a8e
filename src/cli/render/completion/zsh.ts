import { shellQuoted } from '../../../host/shell.js';
import {
  type ArgumentShape,
  type CommandShape,
  type OptionShape,
  type ProgramShape,
  RUNNING_UNITS,
  type WordKind,
} from '../shape.js';

/** The zsh action for a kind of word. */
const actions: Record<WordKind, string> = {
  pid: '_pids',
  unit: '_ckpt_units',
  bundle: '_ckpt_bundles',
  archive: '_ckpt_archives',
  folder: '_files -/',
  file: '_files',
  text: ' ',
};

/** Pure: a completion script for zsh, for a folder of `$fpath` or for `source`. */
export function zshCompletion(program: ProgramShape): string {
  return [
    '#compdef ckpt',
    '# zsh completion for ckpt. Made by `ckpt completion zsh`.',
    '_ckpt_bundles() {',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: shell
    '  local -a found; found=(${(f)"$(ls -- $store 2>/dev/null)"})',
    '  compadd "$@" -a found',
    '}',
    '_ckpt_units() {',
    `  local -a found; found=(\${(f)"$(${RUNNING_UNITS})"})`,
    '  compadd "$@" -a found',
    '}',
    // _files would offer every file where no archive is.
    `_ckpt_archives() { _path_files "$@" -g '*.ckpt' }`,
    '_ckpt_commands() {',
    '  local -a commands=(',
    ...program.commands.map(command => `    ${shellQuoted(`${command.name}:${command.summary}`)}`),
    "    'help:print help for a command'",
    '  )',
    '  _describe command commands',
    '}',
    '_ckpt() {',
    // Before _arguments takes the command's words apart: the functions that it calls see `store` (dynamic scope).
    // biome-ignore lint/suspicious/noTemplateCurlyInString: shell
    '  local store=${CKPT_STORE:-/var/lib/ckpt} at=${words[(i)--store]}',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: shell
    '  (( at < $#words )) && store=${words[at+1]}',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: shell
    '  at=${words[(i)--store=*]}; (( at <= $#words )) && store=${words[at]#--store=}',
    '  local curcontext="$curcontext" state line; typeset -A opt_args',
    '  local -a globals=(',
    ...program.options.map(option => `    ${optionSpec(option)}`),
    '  )',
    "  _arguments -C -A '-*' $globals '1: :_ckpt_commands' '*:: :->rest' && return",
    '  case $words[1] in',
    "    help) _arguments '1: :_ckpt_commands' ;;",
    ...program.commands.flatMap(commandCase),
    '  esac',
    '}',
    'if [[ $funcstack[1] == _ckpt ]]; then _ckpt "$@"; else compdef _ckpt ckpt; fi',
    '',
  ].join('\n');
}

function commandCase(command: CommandShape): string[] {
  const specs = [...command.options.map(optionSpec), ...command.arguments.map(argumentSpec)];
  return [`    ${command.name}) _arguments $globals ${specs.join(' ')} ;;`];
}

function optionSpec({ long, description, value }: OptionShape): string {
  if (value === undefined) return shellQuoted(`${long}[${guarded(description)}]`);
  // The value may be the next word, or stand behind a "=".
  const about = `${long}=[${guarded(description)}]`;
  const action = value.choices.length > 0 ? `(${value.choices.join(' ')})` : actions[value.kind];
  return shellQuoted(`${about}:${long.slice(2)}:${action}`);
}

function argumentSpec(argument: ArgumentShape, at: number): string {
  // Without the blank _arguments puts options of compadd behind the first word, which _alternative does not take.
  const several = argument.kinds.length > 1 ? ` _alternative ${alternatives(argument)}` : undefined;
  const [kind = 'text'] = argument.kinds;
  const action = argument.choices.length > 0 ? `(${argument.choices.join(' ')})` : (several ?? actions[kind]);
  const place = argument.variadic ? '*' : `${at + 1}`;
  return shellQuoted(`${place}:${guarded(argument.name)}:${action}`);
}

function alternatives(argument: ArgumentShape): string {
  return argument.kinds.map(kind => `"${kind}:${kind}:${actions[kind]}"`).join(' ');
}

/** Brackets and colons end a part of a specification of _arguments. */
function guarded(text: string): string {
  return text.replace(/[[\]:\\]/g, '\\$&');
}
