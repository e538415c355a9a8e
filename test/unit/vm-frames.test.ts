import fc from 'fast-check';
import { expect, test } from 'vitest';
import { encodeFrame, FrameReader } from '../../vm-tests/driver/frames.js';

const frames = fc.array(
  fc.record({
    header: fc.record({ id: fc.nat(), op: fc.string() }),
    body: fc.uint8Array({ maxLength: 300 }),
  }),
  { maxLength: 8 },
);

test('frames come out as they went in, however the stream is cut', () => {
  fc.assert(
    fc.property(frames, fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }), (sent, cuts) => {
      const stream = Buffer.concat(sent.map(({ header, body }) => encodeFrame(header, Buffer.from(body))));
      const reader = new FrameReader();
      const received = [];
      for (let at = 0, turn = 0; at < stream.length; turn++) {
        const length = cuts[turn % cuts.length] ?? 1;
        received.push(...reader.push(stream.subarray(at, at + length)));
        at += length;
      }
      expect(received.map(frame => frame.header)).toEqual(sent.map(frame => frame.header));
      expect(received.map(frame => [...frame.body])).toEqual(sent.map(frame => [...frame.body]));
    }),
  );
});

test('what is left of a frame whose sender went away is skipped', () => {
  const reader = new FrameReader();
  const rest = encodeFrame({ id: 1 }, Buffer.from('lost')).subarray(5);
  const received = reader.push(Buffer.concat([rest, encodeFrame({ id: 2 }, Buffer.from('whole'))]));
  expect(received).toHaveLength(1);
  expect(received[0]?.header).toEqual({ id: 2 });
  expect(received[0]?.body.toString()).toBe('whole');
});
