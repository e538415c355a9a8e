import { Exit, table } from './failure.js';

/** What is wrong with the command line itself; nothing was touched. */
export const usageFailures = table({
  'no-command': {
    exit: Exit.usage,
    what: 'no command given',
    why: 'ckpt does one thing per call, and the first word says which',
    hint: 'type `ckpt --help` for the commands',
  },
  'unknown-command': {
    exit: Exit.usage,
    what: 'there is no command "{name}"',
    why: 'the first word names the command, and this one is none of them',
    hint: '{suggestion}',
  },
  'unknown-option': {
    exit: Exit.usage,
    what: '`{command}` has no option {option}',
    why: 'an option that is not understood could change what happens, so it is not ignored',
    hint: '{suggestion}',
  },
  'missing-argument': {
    exit: Exit.usage,
    what: '`{command}` needs {argument}',
    why: 'the command line ended before it',
    hint: 'type `{command} --help` for examples',
  },
  'missing-option-value': {
    exit: Exit.usage,
    what: 'the option {option} needs a value',
    why: 'the command line ended, or the next word is an option itself',
    hint: 'type `{command} --help` for examples',
  },
  'excess-arguments': {
    exit: Exit.usage,
    what: '`{command}` was given too many words',
    why: '{detail}',
    hint: 'quote a word that has blanks in it, or type `{command} --help` for examples',
  },
  'bad-option-value': {
    exit: Exit.usage,
    what: '{option} cannot be "{value}"',
    why: 'it takes {expected}',
    hint: 'correct the value and try again',
  },
  'conflicting-options': {
    exit: Exit.usage,
    what: 'these options cannot be used together',
    why: '{detail}',
    hint: 'leave one of them out',
  },
  usage: {
    exit: Exit.usage,
    what: 'the command line cannot be understood',
    why: '{detail}',
    hint: 'type `ckpt --help` for the commands, `ckpt COMMAND --help` for examples',
  },
  'events-target': {
    exit: Exit.usage,
    what: 'events cannot be written to {target}',
    why: '{reason}',
    hint: 'give a file in a folder that exists, or the number of an open descriptor: --events=FILE, --events=3',
  },
  'current-folder-gone': {
    exit: Exit.usage,
    what: 'the current folder is gone, so a path that does not begin with / leads nowhere',
    why: 'the folder that the shell stands in was removed, or may not be entered any more',
    hint: 'go into a folder that is there (cd /), or give whole paths',
  },
  'output-cut-short': {
    exit: Exit.missing,
    what: 'not all of the output could be written to {stream}',
    why: '{reason}',
    hint: 'ckpt has done its work: see `ckpt list`, make room, and do not repeat a freeze or a thaw',
  },
  interrupted: {
    exit: Exit.refused,
    what: '{what} was interrupted',
    why: '{signal} came before it was done',
    hint: 'nothing that was there before has changed, and what it had begun to write is gone: start it again when you are ready',
  },
  bug: {
    exit: Exit.bug,
    what: 'ckpt met something unexpected: {message}',
    why: 'this is a bug of ours, not a mistake of yours',
    hint: 'run it again with --verbose and report what it prints together with `ckpt doctor --json`',
  },
});
