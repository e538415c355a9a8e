import { openSync, writeSync } from 'node:fs';
import { fail, messageOf } from '../../errors.js';
import { progressLine } from '../render/progress.js';
import type { Listener, Sink } from '../render/sink.js';
import { printable } from '../render/text.js';
import { withStore } from '../render/with-store.js';
import { type FrameIo, toLine } from './io.js';

const nothing = (): void => {};

/** Connects the renderers of events that the global options ask for. */
export function attachListeners(io: FrameIo, err: Sink): void {
  const { events, verbose } = io.globals;
  if (events === 'stderr') {
    io.listen(eventLines(err.write));
    return;
  }
  if (events !== undefined) io.listen(eventLines(openTarget(events)));
  if (err.isTty) io.listen(progressLine(err));
  io.listen(messages(io, verbose && !err.isTty));
}

/** Events as NDJSON. */
function eventLines(write: (text: string) => void): Listener {
  return { event: event => write(toLine(event)), clear: nothing, end: nothing };
}

/** Warnings as lines for people; with `stages` also what goes on, for logs of calls without a terminal. */
function messages(io: FrameIo, stages: boolean): Listener {
  return {
    event: event => {
      if (event.type === 'warning') {
        io.err(
          `${io.errStyle.yellow('ckpt: warning:')} ${printable(withStore(event.message, io.globals.elsewhere))}`,
        );
      } else if (event.type === 'stage' && stages) {
        io.err(`ckpt: ${event.operation}: ${printable(event.stage)} (+${Math.round(event.at)} ms)`);
      }
    },
    clear: nothing,
    end: nothing,
  };
}

/** Opens `--events=3` (a descriptor that the caller passed) or `--events=FILE` (appended to). */
function openTarget(target: string): (text: string) => void {
  const descriptor = /^\d+$/.test(target) ? Number(target) : openFile(target);
  try {
    writeSync(descriptor, '');
  } catch (cause) {
    throw fail('events-target', { target, reason: messageOf(cause) }, { cause });
  }
  let broken = false;
  return text => {
    // A reader of events that goes away must not end a freeze half way.
    try {
      if (!broken) writeSync(descriptor, text);
    } catch {
      broken = true;
    }
  };
}

function openFile(target: string): number {
  try {
    return openSync(target, 'a', 0o600);
  } catch (cause) {
    throw fail('events-target', { target, reason: messageOf(cause) }, { cause });
  }
}
