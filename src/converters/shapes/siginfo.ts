/** siginfo_t as the kernel keeps it: 128 bytes, of which the reason says how the union is to be read. */
import type { PendingSignal } from '../../image-format/neutral/index.js';
import { signalCodes } from '../../image-format/neutral/words/signals.js';
import { named, signal } from './reps.js';
import type { Rep } from './shape.js';

const SIZE = 128;
const UNION = 16;
const code = named(signalCodes);
/** Reasons that come with the sender, and those that come with a value too. */
const WITH_SENDER: readonly string[] = ['user', 'thread', 'queue', 'message-queue'];
const WITH_VALUE: readonly string[] = ['queue', 'message-queue'];

export const signalInformation: Rep<PendingSignal> = {
  lift(value) {
    const whole = Buffer.alloc(SIZE, 0);
    Buffer.from(value as Uint8Array).copy(whole);
    const why = code.lift(whole.readInt32LE(8));
    const error = whole.readInt32LE(4);
    const base: PendingSignal = { signal: signal.lift(whole.readInt32LE(0)), code: why };
    if (error !== 0) base.error = error;
    if (WITH_SENDER.includes(why)) {
      const read = { ...base, pid: whole.readInt32LE(UNION), user: whole.readUInt32LE(UNION + 4) };
      if (WITH_VALUE.includes(why)) read.value = `0x${whole.readBigUInt64LE(UNION + 8).toString(16)}`;
      if (Buffer.compare(bytesOf(read), whole) === 0) return read;
    }
    let end = SIZE;
    while (end > UNION && whole[end - 1] === 0) end--;
    return { ...base, details: whole.subarray(UNION, end).toString('base64') };
  },
  lower: value => new Uint8Array(bytesOf(value)),
};

function bytesOf(value: PendingSignal): Buffer {
  const bytes = Buffer.alloc(SIZE, 0);
  bytes.writeInt32LE(signal.lower(value.signal) as number, 0);
  bytes.writeInt32LE(value.error ?? 0, 4);
  bytes.writeInt32LE(code.lower(value.code as 'user') as number, 8);
  if (value.details !== undefined) {
    Buffer.from(value.details, 'base64').copy(bytes, UNION);
    return bytes;
  }
  bytes.writeInt32LE(value.pid ?? 0, UNION);
  bytes.writeUInt32LE(value.user ?? 0, UNION + 4);
  if (value.value !== undefined) bytes.writeBigUInt64LE(BigInt(value.value), UNION + 8);
  return bytes;
}
