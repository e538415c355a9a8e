import type { Slot } from '../../../host/proc/index.js';

/** A descriptor of either side of a terminal of some number, and the file system that its file lies on. */
export interface Side {
  readonly slot: Slot;
  readonly device: number;
  readonly side: 'master' | 'slave';
}

export interface Terminal {
  readonly index: number;
  readonly masters: readonly Slot[];
  readonly slaves: readonly Slot[];
  readonly controlled: readonly number[];
}

/**
 * Terminals of one number are told apart by the devpts they are of: each container has one, and counts from 0. A slave
 * lies on its devpts. So does a master that was opened there; one that was opened as /dev/ptmx lies elsewhere, and has
 * the slaves that no other master has. Pure.
 */
export function byInstance(
  index: number,
  sides: readonly Side[],
  controlled: readonly number[],
): readonly Terminal[] {
  const devices = (side: Side['side']): readonly number[] => [
    ...new Set(sides.filter(one => one.side === side).map(one => one.device)),
  ];
  const masters = devices('master');
  const slaves = devices('slave');
  if (masters.length < 2 && slaves.length < 2) return [terminal(index, sides, () => true, controlled)];
  const unmatched = masters.filter(device => !slaves.includes(device));
  const free = slaves.filter(device => !masters.includes(device));
  const instances = [
    ...masters.filter(device => slaves.includes(device)).map(device => [device]),
    // Several of each cannot be told apart: one instance, as if nothing were known.
    ...(unmatched.length > 1 && free.length > 0 ? [[...unmatched, ...free]] : []),
    ...(unmatched.length > 1 && free.length > 0 ? [] : pairs(unmatched, free)),
  ];
  const owned = new Set(sides.filter(one => one.side === 'slave').map(one => one.slot.pid));
  return instances.map((own, at) => {
    const has = ({ device }: Side): boolean => own.includes(device);
    const pids = new Set(sides.filter(one => one.side === 'slave' && has(one)).map(one => one.slot.pid));
    // Whose terminal is known by number alone counts with the first.
    return terminal(
      index,
      sides,
      has,
      controlled.filter(pid => pids.has(pid) || (at === 0 && !owned.has(pid))),
    );
  });
}

function pairs(unmatched: readonly number[], free: readonly number[]): readonly (readonly number[])[] {
  const [master] = unmatched;
  if (master === undefined) return free.map(device => [device]);
  if (free.length === 0) return unmatched.map(device => [device]);
  return [[master, free[0] ?? master], ...free.slice(1).map(device => [device])];
}

function terminal(
  index: number,
  sides: readonly Side[],
  has: (side: Side) => boolean,
  controlled: readonly number[],
): Terminal {
  const slots = (side: Side['side']): readonly Slot[] =>
    sides.filter(one => one.side === side && has(one)).map(one => one.slot);
  return { index, masters: slots('master'), slaves: slots('slave'), controlled };
}
