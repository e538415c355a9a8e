import type { CkptEvent } from '../../events.js';
import type { Listener, Sink } from './sink.js';
import { cut, printable } from './text.js';
import { bytes, count, duration } from './units.js';

const spinner = '⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏';

/** So long something has to go on before it is said how fast, in milliseconds. */
const MEASURED = 1000;

/** Redraws no more often than this, in milliseconds; the first event of a stage is drawn at once. */
const interval = 80;

interface Timer {
  readonly now: () => number;
  readonly every: (milliseconds: number, call: () => void) => () => void;
}

/**
 * One line on a terminal that says what goes on, redrawn in place. Off a terminal it is never made.
 * It begins to draw with the first event, so a command emits its first stage before its first work.
 */
export function progressLine(sink: Sink, timer: Timer = systemTimer): Listener {
  let current: CkptEvent | undefined;
  let began = 0;
  let drawn = false;
  let frame = 0;
  let stop: (() => void) | undefined;
  /** When the first event of what goes on came, and how far it was then. */
  let pace: { readonly what: string; readonly at: number; readonly done: number } | undefined;
  const draw = (): void => {
    if (current === undefined) return;
    const sign = spinner[frame % spinner.length] ?? '';
    frame += 1;
    const said = describe(current, timer.now() - began, bytesPerSecond());
    const text = cut(`${sign} ${printable(said)}`, (sink.columns ?? 80) - 1);
    sink.write(`\r\u001b[2K${text}`);
    drawn = true;
  };
  const bytesPerSecond = (): number | undefined => {
    if (current?.type !== 'progress' || current.unit !== 'bytes' || pace === undefined) return undefined;
    const passed = timer.now() - pace.at;
    return passed < MEASURED ? undefined : ((current.done - pace.done) * 1000) / passed;
  };
  const clear = (): void => {
    if (drawn) sink.write('\r\u001b[2K');
    drawn = false;
  };
  return {
    event: event => {
      if (event.type === 'warning') return;
      const isNew = current === undefined || current.type !== event.type || event.type === 'stage';
      if (current === undefined) began = timer.now();
      current = event;
      if (event.type !== 'progress') pace = undefined;
      else if (event.what !== pace?.what) pace = { what: event.what, at: timer.now(), done: event.done };
      if (isNew) draw();
      stop ??= timer.every(interval, draw);
    },
    clear,
    end: () => {
      stop?.();
      clear();
      current = undefined;
    },
  };
}

/** Pure: what an event says on the progress line, `elapsed` in milliseconds; how many bytes a second, where that is known. */
export function describe(event: CkptEvent, elapsed: number, rate?: number): string {
  const time = duration(elapsed);
  switch (event.type) {
    case 'stage':
      return `${event.operation}: ${event.stage} (${time})`;
    case 'progress': {
      const share = event.total > 0 ? ` ${Math.floor((100 * event.done) / event.total)} %` : '';
      const pace = rate === undefined ? '' : `, ${bytes(rate)}/s`;
      return `${event.operation}: ${event.what}${share}, ${amount(event.done, event.total, event.unit)}${pace} (${time})`;
    }
    case 'warning':
      return `warning: ${event.message}`;
  }
}

const nouns = { processes: ['process', 'processes'], bundles: ['bundle', 'bundles'] } as const;

function amount(done: number, total: number, unit: 'bytes' | 'processes' | 'bundles'): string {
  if (unit === 'bytes') return total > 0 ? `${bytes(done)} of ${bytes(total)}` : bytes(done);
  const [one, many] = nouns[unit];
  return total > 0 ? `${done} of ${count(total, one, many)}` : count(done, one, many);
}

const systemTimer: Timer = {
  now: () => performance.now(),
  every: (milliseconds, call) => {
    const handle = setInterval(call, milliseconds);
    handle.unref();
    return () => clearInterval(handle);
  },
};
