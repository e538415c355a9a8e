/** What shapes of several kinds of open file share. */
import type { FileHandle, SignalOwner } from '../../image-format/neutral/index.js';
import { openFlags, openModes, ownerTypes } from '../../image-format/neutral/words/files.js';
import { bits, decimal, hex, list, named, nested, number, signal, silently, text } from './reps.js';
import { type Rep, shape } from './shape.js';

const flagBits = bits(openFlags);

/** open(2)'s flags: the access mode first, then the others. */
export const openFlagNames: Rep<string[]> = {
  lift: value => {
    const flags = value as number;
    return [openModes[flags & 3] as string, ...flagBits.lift((flags & ~3) >>> 0)];
  },
  lower: value => {
    const mode = (openModes as readonly string[]).indexOf(value[0] ?? '');
    return ((flagBits.lower(value.slice(mode < 0 ? 0 : 1) as never) as number) | Math.max(mode, 0)) >>> 0;
  },
};

const ownerSignal: Rep<string> = {
  lift: value => (value === 0 ? 'none' : signal.lift(value)),
  lower: value => (value === 'none' ? 0 : signal.lower(value)),
};

const owner = shape<SignalOwner>('fown_entry', {
  uid: ['user', number],
  euid: ['effectiveUser', number],
  signum: ['signal', ownerSignal as Rep<SignalOwner['signal']>],
  pid_type: ['type', named(ownerTypes)],
  pid: ['id', number],
});

/** Nobody is told. */
export const signalOwner = silently({ uid: 0, euid: 0, signum: 0, pid_type: 0, pid: 0 }, nested(owner));

export const fileHandle = nested(
  shape<FileHandle>('fh_entry', {
    bytes: ['bytes', number],
    type: ['type', number],
    handle: ['handle', list(hex)],
    path: ['path', text],
    mnt_id: ['mount', number],
  }),
);

/** Two numbers as a point or span of time, in the messages that have one of their own. */
export const timeval = nested(
  shape<{ seconds: string; microseconds: string }>('timeval', {
    tv_sec: ['seconds', decimal],
    tv_usec: ['microseconds', decimal],
  }),
);
