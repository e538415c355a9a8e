/** `npm run vm -- COMMAND`: virtual machines for a person. */
import { buildCommand } from './build.js';
import { listCommand } from './list.js';
import { usageText, VmUsageError } from './parse.js';
import { runCommand } from './run.js';
import { setupCommand } from './setup.js';
import { shellCommand } from './shell.js';

const commands: Readonly<Record<string, (args: readonly string[]) => Promise<number>>> = {
  setup: setupCommand,
  list: listCommand,
  build: buildCommand,
  run: runCommand,
  shell: shellCommand,
};

const [name = 'help', ...args] = process.argv.slice(2);
const asksForHelp = (word: string | undefined): boolean => word === '--help' || word === '-h';
const command = asksForHelp(args[0]) ? undefined : commands[name];
if (command === undefined) {
  const asked = name === 'help' || asksForHelp(name) || asksForHelp(args[0]);
  process[asked ? 'stdout' : 'stderr'].write(
    asked ? usageText : `There is no command ${name}.\n\n${usageText}`,
  );
  process.exitCode = asked ? 0 : 2;
} else {
  try {
    process.exitCode = await command(args);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = error instanceof VmUsageError ? 2 : 1;
  }
}
