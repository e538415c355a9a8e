import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { dueTimers } from '../../src/checkpoint/remember/due-timers.js';
import { armDueTimers } from '../../src/converters/mends/due-timers.js';
import type { Image } from '../../src/image-format/criu/image-set.js';
import type { Tree } from '../../src/image-format/neutral/index.js';

const time = (nanoseconds: string) => ({ seconds: '0', nanoseconds });
const timer = (number: number, expirations: string, left: string, interval: string) => ({
  id: `file-${number}`,
  ...{ kind: 'timerfd', expirations, remaining: time(left), interval: time(interval) },
});

/** A process 77 with these open as descriptors 1, 2 and so on. */
function treeOf(root: number, ...files: readonly ReturnType<typeof timer>[]): Tree {
  const entries = files.map(({ id }, at) => ({ number: at + 1, refersTo: id, closeOnExec: false }));
  const tree = {
    root,
    processes: [{ pid: 77, descriptors: 'descriptors-1' }],
    descriptorTables: [{ id: 'descriptors-1', entries }],
    openFiles: files,
  };
  return tree as unknown as Tree;
}

describe('timerfds that were due when CRIU read them', () => {
  let proc = '';
  beforeEach(() => {
    proc = mkdtempSync(join(tmpdir(), 'ckpt-timers-'));
    mkdirSync(join(proc, '77', 'fdinfo'), { recursive: true });
  });
  afterEach(() => rmSync(proc, { recursive: true }));
  const shows = (fd: number, ticks: number, left: string) =>
    writeFileSync(
      join(proc, '77', 'fdinfo', `${fd}`),
      `pos:\t0\nflags:\t02\nclockid: 1\nticks: ${ticks}\nsettime flags: 00\nit_value: ${left}\nit_interval: (0, 100)\n`,
    );

  it('tick a moment later, and those that are disarmed do not', async () => {
    const tree = treeOf(77, timer(5, '0', '0', '100'), timer(6, '0', '0', '100'), timer(7, '0', '0', '100'));
    shows(1, 1, '(0, 0)');
    shows(2, 0, '(0, 0)');
    shows(3, 0, '(0, 99)');
    expect(await dueTimers(tree, proc)).toEqual([5, 7]);
  });

  it('are seen though they tick only at the last look', async () => {
    shows(1, 0, '(0, 0)');
    const looking = dueTimers(treeOf(77, timer(5, '0', '0', '100')), proc);
    setTimeout(() => shows(1, 1, '(0, 0)'), 5);
    expect(await looking).toEqual([5]);
  });

  it.each([
    ['ticks', treeOf(77, timer(5, '0', '30', '100'))],
    ['has expired', treeOf(77, timer(5, '2', '0', '100'))],
    ['comes once', treeOf(77, timer(5, '0', '0', '0'))],
    ['is in a PID namespace of its own', treeOf(1, timer(5, '0', '0', '100'))],
  ])('are not those of which one %s', async (_, tree) => {
    shows(1, 1, '(0, 7)');
    expect(await dueTimers(tree, proc)).toEqual([]);
  });

  it('get a whole interval in the images, and nothing else is changed', () => {
    const row = (id: number) => ({
      message: { type: 17, id, tfd: { id, ticks: 0n, vsec: 0n, vnsec: 0n, isec: 1n, insec: 5n } },
    });
    const image = { file: 'files.img', kind: 'files', form: 'records' } as const;
    const records = [{ message: { type: 1, id: 4 } }, row(5), row(6)];
    const set = { images: [{ ...image, records } as Image], pages: [] };
    expect(armDueTimers(set, [])).toBe(set);
    const { images } = armDueTimers(set, [6]);
    expect(images).toEqual([
      {
        ...image,
        records: [
          ...records.slice(0, 2),
          { message: { ...row(6).message, tfd: { ...row(6).message.tfd, vsec: 1n, vnsec: 5n } } },
        ],
      },
    ]);
  });
});
