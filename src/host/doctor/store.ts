import type { StoreFacts } from '../store-facts.js';
import type { Finding } from './finding.js';

/** Below this a freeze of anything but a small program fails for lack of space, in bytes. */
const little = 512n * 2n ** 20n;

interface Drawback {
  readonly of: (facts: StoreFacts) => boolean;
  readonly finding: (facts: StoreFacts) => Omit<Finding, 'area'>;
}

/** What can be wrong with a folder of bundles, in the order in which it is told. */
const DRAWBACKS: readonly Drawback[] = [
  {
    of: ({ writable }) => !writable,
    finding: () => ({
      id: 'store.writable',
      grade: 'bad',
      what: 'it cannot be written to',
      consequence: 'no bundle can be made there',
      remedy: 'mount its file system read-write, or choose another folder with --store DIR',
      prevents: 'freeze',
    }),
  },
  {
    of: ({ noexec }) => noexec,
    finding: ({ path }) => ({
      id: 'store.noexec',
      grade: 'bad',
      what: 'its file system is mounted with noexec',
      consequence:
        'CRIU cannot start the script there by which it and ckpt agree: nothing can be frozen or thawed',
      remedy: `choose a folder on another file system with --store DIR or CKPT_STORE; or, until the next boot: mount --bind ${path} ${path} && mount -o remount,bind,exec ${path}`,
      prevents: 'freeze',
    }),
  },
  {
    of: ({ free }) => free < little,
    finding: facts => ({
      id: 'store.space',
      grade: 'limited',
      what: `only ${roomIn(facts)}`,
      consequence: 'a bundle takes as much space as the frozen memory',
      remedy: 'remove old bundles (`ckpt list`, `ckpt rm`), or choose another folder with --store DIR',
    }),
  },
  {
    of: ({ volatile }) => volatile !== undefined,
    finding: ({ volatile }) => ({
      id: 'store.volatile',
      grade: 'limited',
      what: `it lies on a ${volatile}`,
      consequence: 'bundles there are gone after a kernel switch',
      remedy: 'choose a folder on a disk with --store DIR',
    }),
  },
  {
    of: ({ kind, mode, owner }) => kind === 'folder' && ((mode & 0o077) !== 0 || owner !== 0),
    finding: ({ path, mode, owner }) => ({
      id: 'store.mode',
      grade: 'limited',
      what: `others can look into it (mode ${octal(mode)}, uid ${owner})`,
      consequence: 'a bundle holds the memory of processes: keys and passwords in it',
      remedy: `chown root ${path} && chmod 0700 ${path}`,
    }),
  },
];

/** Whether bundles can be made in this folder and kept, a finding for each thing that matters. Pure. */
export function judgeStore(facts: StoreFacts): Finding[] {
  const findings = facts.kind === 'other' ? [noFolder(facts)] : [asItIs(facts), ...drawbacks(facts)];
  return findings.map(({ id, ...rest }) => ({ id, area: 'store', ...rest }));
}

function noFolder({ path }: StoreFacts): Omit<Finding, 'area'> {
  return {
    id: 'store',
    grade: 'bad',
    what: `${path} is no folder`,
    consequence: 'there is no place for bundles',
    remedy: 'give a folder with --store DIR or CKPT_STORE',
    prevents: 'freeze',
  };
}

function asItIs(facts: StoreFacts): Omit<Finding, 'area'> {
  const { kind, path, mode } = facts;
  const state = kind === 'absent' ? 'not there yet: the first freeze makes it' : `mode ${octal(mode)}`;
  return { id: 'store', grade: 'good', what: `${path}: ${state}; ${roomIn(facts)}` };
}

function drawbacks(facts: StoreFacts): Omit<Finding, 'area'>[] {
  return DRAWBACKS.flatMap(row => (row.of(facts) ? [row.finding(facts)] : []));
}

function roomIn({ free }: StoreFacts): string {
  return `${(Number(free) / 2 ** 30).toFixed(1)} GiB free`;
}

function octal(mode: number): string {
  return mode.toString(8).padStart(4, '0');
}
