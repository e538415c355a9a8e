import { type Command, Option } from 'commander';

/** What every command may be told, resolved from the command line and the environment. */
export interface Globals {
  readonly verbose: boolean;
  readonly json: boolean;
  /** Folder that holds the bundles. */
  readonly store: string;
  /** The CRIU to use, where the user chose one. */
  readonly criu: string | undefined;
  /** Where events go as NDJSON: `stderr`, a descriptor number, or a file. */
  readonly events: string | undefined;
  readonly colour: boolean;
}

export type Environment = Readonly<Record<string, string | undefined>>;

export const defaultStore = '/var/lib/ckpt';

/** Global options that take a value as a word of its own; needed to find the command's name before parsing. */
export const globalsWithValue: ReadonlySet<string> = new Set(['--store', '--criu']);

/** Declares the global options on the program. They are understood before and after the command's name. */
export function addGlobals(program: Command): void {
  program
    .addOption(
      new Option('--store <dir>', `folder that holds the bundles (CKPT_STORE; else ${defaultStore})`),
    )
    .addOption(new Option('--criu <path>', 'the CRIU to use (CKPT_CRIU; else the first one found)'))
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

/** Resolves the global options: command line first, then environment, then default. Pure. */
export function resolveGlobals(options: Readonly<Record<string, unknown>>, env: Environment): Globals {
  const text = (key: string, variable: string): string | undefined => {
    const given = options[key];
    if (typeof given === 'string') return given;
    const inherited = env[variable];
    return inherited === undefined || inherited === '' ? undefined : inherited;
  };
  const events = options.events;
  return {
    verbose: options.verbose === true,
    json: options.json === true,
    store: text('store', 'CKPT_STORE') ?? defaultStore,
    criu: text('criu', 'CKPT_CRIU'),
    events: events === true ? 'stderr' : typeof events === 'string' ? events : undefined,
    colour: options.color !== false,
  };
}
