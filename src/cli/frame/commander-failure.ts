import type { CommanderError } from 'commander';
import { type CkptError, fail } from '../../errors.js';

/** Turns what commander says about a bad command line into a failure of ours; `command` is "ckpt list", say. Pure. */
export function fromCommander(error: CommanderError, command: string): CkptError {
  const text = error.message.replace(/^error: /, '');
  const quoted = /'([^']*)'/.exec(text)?.[1] ?? text;
  const extra = { cause: error };
  switch (error.code) {
    case 'commander.help':
      return fail('no-command', {}, extra);
    case 'commander.unknownCommand':
      return fail('unknown-command', { name: quoted, suggestion: suggestionFor(quoted, text) }, extra);
    case 'commander.unknownOption': {
      const facts = {
        command,
        option: quoted,
        suggestion: suggestion(text, `${command} --help`),
      };
      return fail('unknown-option', facts, extra);
    }
    case 'commander.missingArgument':
      return fail('missing-argument', { command, argument: `<${quoted}>` }, extra);
    case 'commander.missingMandatoryOptionValue':
      return fail('missing-argument', { command, argument: quoted }, extra);
    case 'commander.optionMissingArgument':
      return fail('missing-option-value', { command, option: quoted }, extra);
    case 'commander.excessArguments':
      return fail('excess-arguments', { command, detail: expected(text) }, extra);
    case 'commander.conflictingOption':
      return fail('conflicting-options', { detail: text }, extra);
    case 'commander.invalidArgument': {
      const match = invalid.exec(text);
      if (match === null) return fail('usage', { detail: text }, extra);
      const option = match[1] ?? `<${match[3]}>`;
      const choices = (match[4] ?? '').replace(/^Allowed choices are (.*)\.$/, 'one of $1');
      return fail('bad-option-value', { option, value: match[2] ?? '', expected: choices }, extra);
    }
    default:
      return fail('usage', { detail: text }, extra);
  }
}

/** "option '--a <b>' argument 'c' is invalid. …", "command-argument value 'c' is invalid for argument 'b'. …". */
const invalid =
  /^(?:option '([^']+)' argument|command-argument value) '(.*)' is invalid(?: for argument '([^']+)')?\. (.*)$/;

/** What others call our commands: CRIU, container engines, package managers. */
const ALSO_CALLED: Readonly<Record<string, string>> = {
  ...{ dump: 'freeze', checkpoint: 'freeze', save: 'freeze', suspend: 'freeze' },
  ...{ restore: 'thaw', resume: 'thaw', unfreeze: 'thaw', undo: 'thaw' },
  ...{
    status: 'list',
    ps: 'list',
    remove: 'rm',
    delete: 'rm',
    inspect: 'show',
    info: 'show',
    version: '--version',
  },
};

function suggestionFor(name: string, text: string): string {
  const meant = ALSO_CALLED[name];
  return suggestion(meant === undefined ? text : `(Did you mean ${meant}?)`, 'ckpt --help');
}

/** Commander appends "(Did you mean --json?)" or "(Did you mean one of a, b?)" where it has an idea. */
function suggestion(text: string, help: string): string {
  const near = /\(Did you mean (?:one of )?(.*)\?\)/.exec(text)?.[1];
  const all = `type \`${help}\` for all of them`;
  return near === undefined ? all : `did you mean ${near}? ${all[0]?.toUpperCase()}${all.slice(1)}`;
}

function expected(text: string): string {
  const match = /Expected (\d+) argument(s?) but got (\d+)/.exec(text);
  return match === null ? text : `it takes ${match[1]} word${match[2]} and got ${match[3]}`;
}
