import { type Command, Option } from 'commander';
import { defaultStore } from './globals.js';
import { filled } from './values.js';

/** Declares the global options on the program. They are understood before and after the command's name. */
export function addGlobals(program: Command): void {
  program
    .addOption(
      new Option(
        '--store <dir>',
        `folder that holds the bundles (CKPT_STORE; else ${defaultStore})`,
      ).argParser(filled('--store', 'a folder')),
    )
    .addOption(
      new Option('--criu <path>', 'the CRIU to use (CKPT_CRIU; else the first one found)').argParser(
        filled('--criu', 'the path of a program'),
      ),
    )
    .addOption(new Option('--json', 'print one JSON document on standard output'))
    .addOption(
      new Option(
        '--events [=target]',
        'write events as lines of JSON to standard error, a descriptor or a file',
      ),
    )
    .addOption(new Option('--verbose', 'with a failure, show the log around its cause'))
    .addOption(new Option('--no-color', 'no colours (also: NO_COLOR)'));
}
