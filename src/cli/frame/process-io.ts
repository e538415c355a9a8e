import type { WriteStream } from 'node:tty';
import type { Sink } from '../render/sink.js';
import type { Environment } from './globals.js';
import { createIo, type FrameIo } from './io.js';
import { Terminal } from './terminal.js';

/** One for both streams: what is written to the one comes before what is written to the other afterwards. */
const terminal = new Terminal();

/**
 * A standard stream as a sink. When its reader goes away (EPIPE: `ckpt list | head -1`), the rest is dropped and
 * the work goes on: a freeze must not end half way because nobody reads what it says.
 */
function streamSink(stream: NodeJS.WriteStream & { readonly fd: number }, name: string): Sink {
  let open = true;
  stream.on('error', (error: NodeJS.ErrnoException) => {
    open = false;
    if (error.code !== 'EPIPE') cutShort ??= { stream: name, error };
  });
  return {
    write: text => {
      if (stream.isTTY) terminal.write(stream.fd, text);
      else if (open) stream.write(text);
    },
    isTty: stream.isTTY === true,
    get columns() {
      // A terminal that was never told its size says 0.
      return (stream as Partial<WriteStream>).columns || undefined;
    },
  };
}

/** What was to be read and could not be written, and why: a full disk, say. Who goes on with it must know. */
let cutShort: { readonly stream: string; readonly error: Error } | undefined;

/** The `Io` of the real process. */
export function processIo(): { readonly io: FrameIo; readonly err: Sink } {
  const env: Environment = process.env;
  const out = streamSink(process.stdout, 'standard output');
  const err = streamSink(process.stderr, 'standard error');
  return { io: createIo({ out, err, env }), err };
}

/** Ends the process once both streams have taken what was written: `process.exit` alone would cut a pipe short. */
export async function leave(status: number): Promise<never> {
  await bothDrained();
  process.exit(cutShort === undefined ? status : await tellOfCut(cutShort, status));
}

/** A command that has frozen processes must not end with a failure and not a word. Gives the exit status. */
async function tellOfCut({ stream, error }: NonNullable<typeof cutShort>, status: number): Promise<number> {
  const [{ fail }, { failureText }, { styleFor }] = await Promise.all([
    import('../../errors.js'),
    import('../render/failure.js'),
    import('../render/style.js'),
  ]);
  const failure = fail('output-cut-short', { stream, reason: error.message }, { cause: error });
  const how = { verbose: false, style: styleFor(false), elsewhere: undefined };
  if (process.stderr.writable) process.stderr.write(`${failureText(failure, how)}\n`);
  await bothDrained();
  return status === 0 ? failure.exit : status;
}

async function bothDrained(): Promise<void> {
  // An error of the last write is told of after what runs now.
  await new Promise(resolve => setImmediate(resolve));
  await Promise.all([terminal.idle(), drained(process.stdout), drained(process.stderr)]);
}

function drained(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise(resolve => {
    // A full disk refuses even to write nothing.
    if (stream.destroyed || !stream.writable || stream.writableLength === 0) resolve();
    else stream.write('', () => resolve());
  });
}
