import { describe, expect, it } from 'vitest';
import {
  ancestors,
  commonAncestor,
  descendants,
  isKernelThread,
  parseStat,
  parseStatus,
  readProcess,
} from '../../src/host/proc/index.js';

const line = (name: string, flags = 4194560) =>
  `4711 (${name}) S 1 4711 4700 34816 4800 ${flags} 1 2 3 4 5 6 7 8 20 0 3 0 90893 1000 20 ${'0 '.repeat(16)}6 7\n`;

describe('stat', () => {
  it('reads a name with spaces and parentheses', () => {
    expect(parseStat(line('a) R (b'))).toMatchObject({
      pid: 4711,
      name: 'a) R (b',
      state: 'S',
      parent: 1,
      group: 4711,
      session: 4700,
      terminal: 34816,
      foregroundGroup: 4800,
      threads: 3,
      startTime: 90893,
      policy: 6,
    });
  });
  it('knows a kernel thread by its flag', () => {
    expect(isKernelThread({ flags: 0x0020_8040 })).toBe(true);
    expect(isKernelThread({ flags: 4194560 })).toBe(false);
  });
  it('gives nothing for text that is no stat line', () => {
    expect(parseStat('')).toBeUndefined();
    expect(parseStat('12 (x')).toBeUndefined();
  });
});

describe('status', () => {
  it('reads identities, tracer and nested PIDs', () => {
    const status = parseStatus(
      'Name:\tx\nTgid:\t9\nTracerPid:\t12\nUid:\t0\t1\t2\t3\nGid:\t4\t5\t6\t7\nNSpid:\t9\t1\nVmSize:\t     900 kB\nVmRSS:\t  640 kB\nSigIgn:\t8000000000380004\nSeccomp:\t2\nSeccomp_filters:\t3\nx86_Thread_features:\tshstk \n',
    );
    expect(status).toEqual({
      threadGroup: 9,
      uids: [0, 1, 2, 3],
      gids: [4, 5, 6, 7],
      tracer: 12,
      namespacePids: [9, 1],
      seccomp: 2,
      seccompFilters: 3,
      virtualKiB: 900,
      residentKiB: 640,
      hugetlbKiB: undefined,
      ignoredSignals: 0x380004,
      threadFeatures: ['shstk'],
    });
  });
  it('reads lines in any order, and takes what is missing for what the process does not have', () => {
    const status = parseStatus('Name:\tx\nSeccomp:\t1\nUid:\t7\t7\t7\t7\nTgid:\t9\n');
    expect(status).toMatchObject({
      threadGroup: 9,
      uids: [7, 7, 7, 7],
      seccomp: 1,
      tracer: 0,
      ignoredSignals: 0,
    });
    expect(status).toMatchObject({ gids: [], virtualKiB: undefined, seccompFilters: undefined });
  });
});

describe('this process', () => {
  it('finds itself, and nothing at an unused PID', () => {
    expect(readProcess(process.pid)).toMatchObject({ parent: process.ppid, kernelThread: false });
    expect(readProcess(2 ** 22 + 1)).toBeUndefined();
  });
});

describe('family', () => {
  const kin = [
    { pid: 1, parent: 0 },
    { pid: 2, parent: 1 },
    { pid: 3, parent: 2 },
    { pid: 4, parent: 2 },
    { pid: 5, parent: 1 },
  ];
  const byPid = new Map(kin.map(k => [k.pid, k]));
  it('lists descendants parents first', () => {
    expect(descendants(2, kin).map(k => k.pid)).toEqual([2, 3, 4]);
    expect(descendants(99, kin)).toEqual([]);
  });
  it('finds ancestors and the nearest common one', () => {
    expect(ancestors(4, byPid).map(k => k.pid)).toEqual([2, 1]);
    expect(commonAncestor([3, 4], byPid)?.pid).toBe(2);
    expect(commonAncestor([2, 4], byPid)?.pid).toBe(2);
    expect(commonAncestor([3, 5], byPid)?.pid).toBe(1);
  });
});
