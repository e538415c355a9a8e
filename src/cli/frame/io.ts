import type { CkptEvent, Emit } from '../../events.js';
import type { Listener, Sink } from '../render/sink.js';
import { type Style, styleFor } from '../render/style.js';
import { harmless } from '../render/text.js';
import { type Environment, type Globals, resolveGlobals } from './globals.js';
import { withoutControls, writeJson } from './write-json.js';

/**
 * Everything through which a command meets the outside, so that tests can run commands in process.
 * Data goes to `out` (or `json`), everything else to `err`.
 */
export interface Io {
  /**
   * Writes a text to standard output and ends it with a newline where it has none. Control characters in it, other
   * than colours, become visible escapes: names of processes and files are not to be trusted.
   */
  readonly out: (text: string) => void;
  /** The same to standard error. */
  readonly err: (text: string) => void;
  /** Writes one JSON document to standard output, version first. A bigint becomes a decimal string. */
  readonly json: (value: { readonly kind: string; readonly [key: string]: unknown }) => void;
  readonly emit: Emit;
  /** The global options. They hold once an action runs. */
  readonly globals: Globals;
  readonly env: Environment;
  /** Whether standard output is a terminal. */
  readonly isTty: boolean;
  /** Whether standard output takes colours. */
  readonly colour: boolean;
  readonly style: Style;
  /** The same for standard error. */
  readonly errStyle: Style;
  /** Width of the terminal in columns; infinite off a terminal, so that nothing is cut there. */
  readonly columns: number;
  /** Sets the exit status of a command that ends without a failure (a verdict, say). */
  readonly setStatus: (status: number) => void;
}

/** The side of an `Io` that only the frame uses. */
export interface FrameIo extends Io {
  readonly status: () => number;
  readonly configure: (options: Readonly<Record<string, unknown>>) => void;
  readonly listen: (listener: Listener) => void;
  readonly end: () => void;
}

/** Version of the JSON documents that commands print. It rises when a reader of the old one would misread. */
const jsonVersion = 1;

/** Makes an `Io` over two sinks and an environment. */
export function createIo(sinks: {
  readonly out: Sink;
  readonly err: Sink;
  readonly env: Environment;
}): FrameIo {
  const { out, err, env } = sinks;
  let globals = resolveGlobals({}, env);
  let status = 0;
  const listeners: Listener[] = [];
  const clear = (): void => {
    for (const listener of listeners) listener.clear();
  };
  const wanted = (sink: Sink): boolean => sink.isTty && globals.colour && coloursWanted(env);
  return {
    out: text => {
      clear();
      out.write(endLine(harmless(text)));
    },
    err: text => {
      clear();
      err.write(endLine(harmless(text)));
    },
    json: value => {
      clear();
      writeJson({ version: jsonVersion, ...value }, piece => out.write(piece));
      out.write('\n');
    },
    emit: event => {
      for (const listener of listeners) listener.event(event);
    },
    get globals() {
      return globals;
    },
    env,
    isTty: out.isTty,
    get colour() {
      return wanted(out);
    },
    get style() {
      return styleFor(wanted(out));
    },
    get errStyle() {
      return styleFor(wanted(err));
    },
    get columns() {
      return out.isTty ? (out.columns ?? 80) : Number.POSITIVE_INFINITY;
    },
    setStatus: value => {
      status = value;
    },
    status: () => status,
    configure: options => {
      globals = resolveGlobals(options, env);
    },
    listen: listener => {
      listeners.push(listener);
    },
    end: () => {
      for (const listener of listeners) listener.end();
      listeners.length = 0;
    },
  };
}

/** An event as one line of JSON. */
export function toLine(event: CkptEvent): string {
  return `${withoutControls(JSON.stringify(event, decimal))}\n`;
}

function decimal(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value;
}

function endLine(text: string): string {
  return text.endsWith('\n') ? text : `${text}\n`;
}

/** https://no-color.org: any value but the empty one. */
function coloursWanted(env: Environment): boolean {
  return (env.NO_COLOR ?? '') === '' && env.TERM !== 'dumb';
}
