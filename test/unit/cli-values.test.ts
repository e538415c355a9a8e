import { expect, test } from 'vitest';
import { resolveGlobals } from '../../src/cli/frame/globals.js';
import {
  append,
  archivePath,
  duration,
  filled,
  integer,
  oneOf,
  pid,
  size,
} from '../../src/cli/frame/values.js';

test('values are read', () => {
  expect(oneOf('--tcp', ['established', 'close'])('close')).toBe('close');
  expect(integer('--n', 0, 9)('7')).toBe(7);
  expect(pid('--pid')('4194304')).toBe(4194304);
  expect(['500ms', '10s', '10', '2m', '1.5h'].map(duration('--limit'))).toEqual([
    500, 10_000, 10_000, 120_000, 5_400_000,
  ]);
  expect(['4096', '512K', '64MiB', '2g'].map(size('--size'))).toEqual([
    4096, 524_288, 67_108_864, 2_147_483_648,
  ]);
  expect(append(value => value)('b', ['a'])).toEqual(['a', 'b']);
});

const bad: readonly (readonly [name: string, read: () => unknown, message: RegExp])[] = [
  ['word', () => oneOf('--tcp', ['established', 'close'])('closed'), /--tcp cannot be "closed"/],
  ['empty', () => integer('--n', 0, 9)(''), /--n cannot be "\(nothing\)"/],
  ['too large', () => integer('--n', 0, 9)('10'), /"10"/],
  ['hexadecimal', () => integer('--n', 0, 99)('0x10'), /"0x10"/],
  ['negative PID', () => pid('PID')('-1'), /PID cannot be "-1"/],
  ['PID 0', () => pid('PID')('0'), /"0"/],
  ['time', () => duration('--limit')('soon'), /--limit cannot be "soon"/],
  ['empty word', () => filled('--store', 'a folder')(''), /--store cannot be "\(nothing\)"/],
  ['blank word', () => filled('--store', 'a folder')(' '), /--store cannot be "\(nothing\)"/],
  ['file that no thaw would know', () => archivePath('--out')('db'), /--out cannot be "db"/],
  ['size', () => size('--size')('12 parsecs'), /--size cannot be "12 parsecs"/],
];
test.each(bad)('%s is refused by name, with what is expected', (_name, read, message) => {
  expect(read).toThrow(message);
  expect(read).toThrow(
    expect.objectContaining({ code: 'bad-option-value', exit: 2, why: expect.stringMatching(/^it takes /) }),
  );
});

test('a store is elsewhere where a command without --store would act on another', () => {
  const elsewhere = (store: string | undefined, inherited?: string) =>
    resolveGlobals({ store }, { CKPT_STORE: inherited }).elsewhere;
  expect(elsewhere('/mnt/x')).toBe('/mnt/x');
  expect(elsewhere('x')).toBe(`${process.cwd()}/x`);
  expect(elsewhere('/var/lib/ckpt', '/mnt/x')).toBe('/var/lib/ckpt');
  expect(elsewhere(undefined, '/mnt/x')).toBeUndefined();
  expect(elsewhere('/mnt/x', '/mnt/x')).toBeUndefined();
  expect(elsewhere('/var/lib/ckpt')).toBeUndefined();
});
