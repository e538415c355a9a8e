import { Command, CommanderError } from 'commander';
import { fail } from '../../errors.js';
import { version } from '../../version.js';
import { type CommandEntry, commands } from '../commands/index.js';
import { asFailure, failureJson, failureText } from '../render/failure.js';
import type { Sink } from '../render/sink.js';
import { styleFor } from '../render/style.js';
import { hasFlag, operands, pinEvents } from './argv.js';
import { fromCommander } from './commander-failure.js';
import { examples } from './examples.js';
import { addGlobals } from './global-options.js';
import type { FrameIo } from './io.js';
import { attachListeners } from './listeners.js';

/**
 * Runs one command line (without `node` and the script's name) and gives its exit status. Never throws: whatever
 * goes wrong is written as a failure. `err` is the sink behind `io.err`, for progress.
 */
export async function run(argv: readonly string[], io: FrameIo, err: Sink): Promise<number> {
  try {
    const program = await buildProgram(io, loadFor(argv));
    program.hook('preAction', (_root, action) => {
      io.configure(action.optsWithGlobals());
      if (process.platform !== 'linux') throw fail('not-linux', { platform: process.platform });
      attachListeners(io, err);
    });
    await parse(program, argv);
    return io.status();
  } catch (thrown) {
    const error = asFailure(thrown);
    io.end();
    const { json, verbose, elsewhere } = io.globals;
    if (json || hasFlag(argv, '--json')) io.json(failureJson(error, elsewhere));
    else {
      const style = hasFlag(argv, '--no-color') ? styleFor(false) : io.errStyle;
      io.err(failureText(error, { verbose: verbose || hasFlag(argv, '--verbose'), style, elsewhere }));
    }
    return error.exit;
  } finally {
    io.end();
  }
}

/** The program with the commands that `wanted` asks for in full, and all others by name and summary only. */
export async function buildProgram(io: FrameIo, wanted: (entry: CommandEntry) => boolean): Promise<Command> {
  const program = new Command('ckpt')
    .description('Freeze process trees, switch the kernel, thaw them.')
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .commandsGroup('Other:')
    .helpCommand('help [command]', 'print help for a command')
    .configureHelp({ showGlobalOptions: true, sortOptions: false })
    .configureOutput({
      writeOut: text => io.out(text),
      writeErr: () => {},
      outputError: () => {},
    })
    .exitOverride();
  examples(program, [
    ['ckpt doctor', 'what works on this machine, what to install'],
    ['ckpt switch redis.service --dry-run', 'would a kernel switch work, and what would be lost?'],
    ['ckpt switch redis.service', 'do it: freeze, start the newest kernel; its boot thaws'],
    ['ckpt freeze redis.service --thaw-at-boot', 'step by step; then: systemctl kexec, or reboot'],
    ['ckpt guard --install', 'by hand: once, before the first switch'],
    ['ckpt freeze 4711 --name db', 'process 4711 and its children into the bundle "db"'],
    ['ckpt thaw db', 'after the switch, or at once if you change your mind'],
    ['ckpt list', 'what is frozen, and what the boot could not thaw'],
  ]);
  addGlobals(program);
  for (const entry of commands) await addCommand(program, io, entry, wanted(entry));
  return program;
}

/** Registers a command in full, or a stub that is enough for the help's list and for "did you mean". */
async function addCommand(program: Command, io: FrameIo, entry: CommandEntry, full: boolean): Promise<void> {
  if (!full) {
    program
      .command(entry.name, { hidden: entry.hidden === true })
      .summary(entry.summary)
      .helpGroup(entry.group)
      .usage('[options]');
    return;
  }
  const { register } = await entry.load();
  register(program, io);
  const made = program.commands.find(command => command.name() === entry.name);
  if (made === undefined) throw new Error(`the file of the command ${entry.name} registers another name`);
  if (made.description() === '') made.description(entry.summary);
  made.summary(entry.summary).helpGroup(entry.group);
}

/** Which commands a command line needs in full: the one that it names, also as `ckpt help NAME`. */
function loadFor(argv: readonly string[]): (entry: CommandEntry) => boolean {
  const [first, second] = operands(argv);
  return entry => entry.name === first || (first === 'help' && entry.name === second);
}

async function parse(program: Command, argv: readonly string[]): Promise<void> {
  const [first, second] = operands(argv);
  const known = (name: string | undefined): boolean =>
    program.commands.some(command => command.name() === name);
  // Commander gives its help for all where there is none for one: as a command, the word is refused, with what it may have meant.
  const mistaken = first === 'help' && second !== undefined && !known(second);
  try {
    await program.parseAsync(mistaken ? [second] : pinEvents(argv), { from: 'user' });
  } catch (thrown) {
    if (!(thrown instanceof CommanderError)) throw thrown;
    if (thrown.exitCode !== 0) throw fromCommander(thrown, known(first) ? `ckpt ${first}` : 'ckpt');
  }
}
