import type { WriteStream } from 'node:tty';
import { Exit } from '../../errors/failure.js';
import type { Environment } from './globals.js';
import { createIo, type FrameIo, type Sink } from './io.js';

/**
 * A standard stream as a sink. When its reader goes away (EPIPE: `ckpt list | head -1`), the rest is dropped and
 * the work goes on: a freeze must not end half way because nobody reads what it says.
 */
function streamSink(stream: NodeJS.WriteStream): Sink {
  let open = true;
  stream.on('error', (error: NodeJS.ErrnoException) => {
    open = false;
    if (error.code !== 'EPIPE') cutShort = true;
  });
  return {
    write: text => {
      if (open) stream.write(text);
    },
    isTty: stream.isTTY === true,
    get columns() {
      // A terminal that was never told its size says 0.
      return (stream as Partial<WriteStream>).columns || undefined;
    },
  };
}

/** Whether something that was to be read could not be written: a full disk, say. Who goes on with it must know. */
let cutShort = false;

/** The `Io` of the real process. */
export function processIo(): { readonly io: FrameIo; readonly err: Sink } {
  const env: Environment = process.env;
  const out = streamSink(process.stdout);
  const err = streamSink(process.stderr);
  return { io: createIo({ out, err, env }), err };
}

/** Ends the process once both streams have taken what was written: `process.exit` alone would cut a pipe short. */
export async function leave(status: number): Promise<never> {
  await Promise.all([drained(process.stdout), drained(process.stderr)]);
  process.exit(status === 0 && cutShort ? Exit.bug : status);
}

function drained(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise(resolve => {
    if (stream.destroyed || !stream.writable) resolve();
    else stream.write('', () => resolve());
  });
}
