import type { Argument, Command, Option } from 'commander';
import type { ArgumentShape, CommandShape, OptionShape, ProgramShape, WordKind } from '../render/shape.js';
import { examplesOf } from './examples.js';
import { wordsOf } from './values.js';

/** Pure: a fully registered program as data; hidden commands and options left out. */
export function shapeOf(program: Command): ProgramShape {
  const visible = program.createHelp().visibleCommands(program);
  return {
    ...commandShape(program),
    version: program.version() ?? '',
    commands: visible.filter(command => command.name() !== 'help').map(commandShape),
  };
}

function commandShape(command: Command): CommandShape {
  return {
    name: command.name(),
    summary: command.summary(),
    description: command.description(),
    usage: command.usage(),
    arguments: command.registeredArguments.map(argumentShape),
    options: command
      .createHelp()
      .visibleOptions(command)
      .filter(option => command.parent === null || option.long !== '--help')
      .map(optionShape),
    examples: examplesOf(command),
    group: command.helpGroup(),
  };
}

function optionShape(option: Option): OptionShape {
  const placeholder = /[<[]([^\]>]+)[\]>]/.exec(option.flags)?.[1];
  return {
    short: option.short,
    long: option.long ?? option.flags,
    flags: option.flags,
    description: option.description,
    byDefault: defaultOf(option),
    value:
      placeholder === undefined || option.optional
        ? undefined
        : { kind: valueKind(placeholder), choices: option.argChoices ?? wordsOf(option.parseArg) },
  };
}

/** An option that is on or off says by its name which of them it is by default. */
function defaultOf({ defaultValue, defaultValueDescription }: Option): string | undefined {
  if (defaultValueDescription !== undefined) return defaultValueDescription;
  return typeof defaultValue === 'number' || typeof defaultValue === 'string' ? `${defaultValue}` : undefined;
}

/** The value of an option: a name there is a new one, while a name as an argument is that of a bundle. */
function valueKind(placeholder: string): WordKind {
  return placeholder.startsWith('name') ? 'text' : (kindsOf(placeholder)[0] ?? 'text');
}

function argumentShape(argument: Argument): ArgumentShape {
  return {
    name: argument.name(),
    description: argument.description,
    required: argument.required,
    variadic: argument.variadic,
    kinds: kindsOf(argument.name()),
    choices: argument.argChoices ?? wordsOf(argument.parseArg),
  };
}

/**
 * Placeholders say what they stand for: `<target...>`, `[name|file]`, `<dir>`. Rows are tried in order. A PID is that of a
 * process that runs: those of frozen ones are known to nobody but the bundle.
 */
const placeholders: readonly (readonly [pattern: RegExp, kinds: readonly WordKind[]])[] = [
  [/^target\|bundle/, ['pid', 'unit', 'bundle']],
  [/^target/, ['pid', 'unit']],
  [/^(name|bundle)\|file/, ['bundle', 'archive']],
  [/^(bundle|name)s?(\.\.\.)?$/, ['bundle']],
  [/^(dir|folder|store)/, ['folder']],
  [/^(file|path|destination)/, ['file']],
  [/^(source|a|b)$/, ['file', 'bundle']],
];

function kindsOf(placeholder: string): readonly WordKind[] {
  const name = placeholder.toLowerCase();
  return placeholders.find(([pattern]) => pattern.test(name))?.[1] ?? ['text'];
}
