import { resolve } from 'node:path';

/** What every command may be told, resolved from the command line and the environment. */
export interface Globals {
  readonly verbose: boolean;
  readonly json: boolean;
  /** Folder that holds the bundles. */
  readonly store: string;
  /** The same, absolute, where a command without `--store` would act on another: what is to be typed next must name it. */
  readonly elsewhere: string | undefined;
  /** The CRIU of `--criu`; without it `findCriu` looks into CKPT_CRIU and the usual places. */
  readonly criu: string | undefined;
  /** Where events go as NDJSON: `stderr`, a descriptor number, or a file. */
  readonly events: string | undefined;
  readonly colour: boolean;
}

export type Environment = Readonly<Record<string, string | undefined>>;

export const defaultStore = '/var/lib/ckpt';

/** Global options that take a value as a word of its own; needed to find the command's name before parsing. */
export const globalsWithValue: ReadonlySet<string> = new Set(['--store', '--criu']);

/** Resolves the global options: command line first, then environment, then default. Pure, but for the working folder. */
export function resolveGlobals(options: Readonly<Record<string, unknown>>, env: Environment): Globals {
  const text = (key: string, variable: string): string | undefined => {
    const given = options[key];
    if (typeof given === 'string') return given;
    const inherited = env[variable];
    return inherited === undefined || inherited === '' ? undefined : inherited;
  };
  const events = options.events;
  const store = text('store', 'CKPT_STORE') ?? defaultStore;
  const usual = env.CKPT_STORE || defaultStore;
  return {
    verbose: options.verbose === true,
    json: options.json === true,
    store,
    elsewhere: store === usual ? undefined : resolve(store),
    criu: typeof options.criu === 'string' ? options.criu : undefined,
    events: events === true ? 'stderr' : typeof events === 'string' ? events : undefined,
    colour: options.color !== false,
  };
}
