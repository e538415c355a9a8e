import { describe, expect, it } from 'vitest';
import { mendImages } from '../../src/converters/mends/index.js';
import type { Image, ImageSet, WireMessage } from '../../src/image-format/criu/image-set.js';
import { imageOf } from './converters-images.js';

const stream = (mask: number): Image =>
  imageOf('tcp-stream-1f.img', 'tcp-stream', { inq_len: 0, opt_mask: mask, snd_wscale: 0, mss_clamp: 1460 });

const set = (image: Image): ImageSet => ({ images: [image], pages: [] });

describe('mends before a restore', () => {
  it('names the scale 0 for a connection that agreed to none', () => {
    const { images, applied } = mendImages(set(stream(0)), '4.2.1');
    expect(images.images[0]).toMatchObject({
      records: [{ message: { opt_mask: 4, snd_wscale: 0, rcv_wscale: 0 } }],
    });
    expect(applied.map(mend => mend.name)).toEqual(['unscaled-window']);
  });

  it('leaves a connection with scaled windows as it is', () => {
    const { images, applied } = mendImages(set(stream(5)), '4.2.1');
    expect(images).toEqual(set(stream(5)));
    expect(applied).toEqual([]);
  });

  const timer = (ticks: bigint, vnsec: bigint): Image =>
    imageOf(
      'files.img',
      'files',
      { type: 1, id: 1 },
      { type: 17, id: 2, tfd: { ticks, vsec: 0n, vnsec, isec: 1n, insec: 5n } },
    );

  it('arms a periodic timerfd that expired before the freeze', () => {
    const { images, applied } = mendImages(set(timer(3n, 0n)), '4.2.1');
    expect(images.images[0]).toMatchObject({
      records: [{ message: { id: 1 } }, { message: { tfd: { ticks: 3n, vsec: 1n, vnsec: 5n } } }],
    });
    expect(applied.map(mend => mend.name)).toEqual(['expired-timerfd']);
  });

  it.each([
    ['ticks', 0n, 7n],
    ['was disarmed', 0n, 0n],
    ['is armed again', 3n, 7n],
  ])('leaves a timerfd that %s as it is', (_, ticks, vnsec) => {
    expect(mendImages(set(timer(ticks, vnsec)), '4.2.1')).toEqual({
      images: set(timer(ticks, vnsec)),
      applied: [],
    });
  });

  const coreOf = (tid: number, message: WireMessage): Image =>
    imageOf(`core-${tid}.img`, 'core', { mtype: 1, ...message });
  const scheduled = (sched_policy: number): Image => coreOf(7, { thread_core: { sched_policy } });

  it('takes SCHED_RESET_ON_FORK from a thread for a CRIU that would refuse it', () => {
    const { images, applied } = mendImages(set(scheduled(0x4000_0003)), '3.17.1');
    expect(images).toEqual(set(scheduled(3)));
    expect(applied.map(mend => mend.name)).toEqual(['reset-on-fork']);
  });

  it.each([
    ['3.17.1', 3],
    ['4.0', 0x4000_0003],
  ])('leaves the policy that CRIU %s takes (%i)', (criu, policy) => {
    expect(mendImages(set(scheduled(policy)), criu)).toEqual({ images: set(scheduled(policy)), applied: [] });
  });

  const alarm = (isec: bigint, vsec: bigint): Image => {
    const real = { isec, iusec: 0n, vsec, vusec: 0n };
    const virt = { isec: 0n, iusec: 0n, vsec: 0n, vusec: 0n };
    return coreOf(7, { tc: { comm: 'it', timers: { real, virt } } });
  };

  it.each(['3.17.1', '4.0'])('keeps the alarm of a process, which CRIU %s would forget', criu => {
    const { images, applied } = mendImages(set(alarm(0n, 30n)), criu);
    expect(images.images[0]).toMatchObject({
      records: [
        {
          message: {
            mtype: 1,
            tc: {
              comm: 'it',
              timers: {
                real: { isec: 315_360_000n, iusec: 0n, vsec: 30n, vusec: 0n },
                virt: { isec: 0n, iusec: 0n, vsec: 0n, vusec: 0n },
              },
            },
          },
        },
      ],
    });
    expect(applied.map(mend => mend.name)).toEqual(['one-shot-timer']);
  });

  it.each([
    ['that is not set', 0n, 0n, '3.17.1'],
    ['that repeats', 5n, 30n, '3.17.1'],
    ['for a CRIU that keeps it', 0n, 30n, '4.1'],
    ['for a newer CRIU that keeps it', 0n, 30n, '4.2.1'],
  ])('leaves a timer %s as it is', (_, isec, vsec, criu) => {
    const images = set(alarm(isec, vsec));
    expect(mendImages(images, criu)).toEqual({ images, applied: [] });
  });

  const core = (tid: number): Image => coreOf(tid, { thread_core: { sched_nice: 0, pdeath_sig: 15 } });
  const family: ImageSet = {
    images: [
      imageOf(
        'pstree.img',
        'pstree',
        { pid: 7, ppid: 0, pgid: 7, sid: 7, threads: [7, 8] },
        { pid: 9, ppid: 7, pgid: 7, sid: 7, threads: [9] },
      ),
      ...[7, 8, 9].map(core),
    ],
    pages: [],
  };

  it('takes the signal at the death of its parent from the root alone', () => {
    const { images, applied } = mendImages(family, '4.2.1');
    const signals = images.images
      .slice(1)
      .map(image => image.form === 'records' && image.records[0]?.message.thread_core);
    expect(signals).toEqual([{ sched_nice: 0 }, { sched_nice: 0 }, { sched_nice: 0, pdeath_sig: 15 }]);
    expect(applied.map(mend => mend.name)).toEqual(['parent-death-signal']);
  });

  const EINTR = 2n ** 64n - 4n;
  /** A thread that CRIU stopped in a system call. */
  const waiting = (registers: object, waits: readonly object[] = []): ImageSet =>
    set(
      coreOf(7, {
        thread_info: { gpregs: { ip: 1002n, ax: EINTR, orig_ax: 7n, dx: 0xffffffffn, ...registers } },
        thread_core: { sched_nice: 0, signals_p: { signals: waits as [] } },
      }),
    );

  it.each([
    ['a poll', 7n, {}],
    ['a poll with a limit', 7n, { dx: 5000n }],
    ['a sleep whose caller wants to know nothing', 35n, { di: 4096n, si: 0n }],
    ['a sleep with its rest where its length was', 35n, { di: 4096n, si: 4096n }],
    ['a sleep by a clock', 230n, { dx: 4096n, r10: 4096n }],
    ['a wait for a futex', 202n, { si: 128n }],
    ['a wait for some bits of a futex, by the clock of the day', 202n, { si: 256n | 128n | 9n }],
  ])('begins %s again that CRIU would end with EINTR', (_, call, registers) => {
    const { images, applied } = mendImages(waiting({ orig_ax: call, ...registers }), '4.2.1');
    expect(images.images[0]).toMatchObject({
      records: [
        { message: { thread_info: { gpregs: { ip: 1000n, ax: call, orig_ax: call, ...registers } } } },
      ],
    });
    expect(applied.map(mend => mend.name)).toEqual(['interrupted-call']);
  });

  it.each([
    ['another call', waiting({ orig_ax: 232n })],
    ['a sleep whose caller takes the rest', waiting({ orig_ax: 35n, di: 4096n, si: 4112n })],
    ['another operation on a futex', waiting({ orig_ax: 202n, si: 128n | 6n })],
    ['a poll that has an answer', waiting({ ax: 1n })],
    ['a program of 32 bits', waiting({ mode: 2 })],
    ['a thread for which a signal waits', waiting({}, [{ siginfo: new Uint8Array(4) }])],
  ])('leaves %s as it is', (_, images) => {
    expect(mendImages(images, '4.2.1')).toEqual({ images, applied: [] });
  });
});
