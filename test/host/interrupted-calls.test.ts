import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cannotFreeze, ckpt, folder, owned, python, start, until } from './support.js';

/** A process for each call, which says what the call returned, and its clock. ETIMEDOUT (110) is a wait's usual end. */
const CALLERS = `
import ctypes, os, struct, sys, time
LENGTH = 3
call = ctypes.CDLL(None, use_errno=True).syscall
call.restype = ctypes.c_long
def place(seconds):
    return ctypes.create_string_buffer(struct.pack('qq', int(seconds), int(seconds % 1 * 1e9)))
def sleep_of_perl():
    length = place(LENGTH)
    return call(35, length, length)
def by_clock():
    length = place(LENGTH)
    return call(230, time.CLOCK_MONOTONIC, 0, length, length)
def until_moment():
    return call(230, time.CLOCK_MONOTONIC, 1, place(time.monotonic() + LENGTH), None)
def carefree():
    return call(35, place(LENGTH), None)
def poll():
    return call(7, None, 0, LENGTH * 1000)
def futex():
    return call(202, ctypes.create_string_buffer(4), 128, 0, place(LENGTH), None, 0)
def futex_until_moment():
    return call(202, ctypes.create_string_buffer(4), 128 | 9, 0, place(time.monotonic() + LENGTH), None, 0xffffffff)
def say(name, text):
    path = os.path.join(sys.argv[1], name)
    with open(path + '.new', 'w') as file: file.write(text)
    os.rename(path + '.new', path)
for one in sleep_of_perl, by_clock, until_moment, carefree, poll, futex, futex_until_moment:
    if os.fork() == 0:
        began = time.monotonic()
        status = one()
        error = ctypes.get_errno() if status < 0 else 0
        say(one.__name__, '%d %d' % (error, time.monotonic() - began >= LENGTH - 0.01))
        while True: time.sleep(1000)
say('ready', '')
while True: time.sleep(1000)
`;

const ENDS: readonly (readonly [call: string, error: number])[] = [
  ['sleep_of_perl', 0],
  ['by_clock', 0],
  ['until_moment', 0],
  ['carefree', 0],
  ['poll', 0],
  ['futex', 110],
  ['futex_until_moment', 110],
];

describe.skipIf(cannotFreeze)(`thawing${cannotFreeze ? ` (${cannotFreeze})` : ''}`, () => {
  it('calls that sleep or wait end when their time is over, and none because of the freeze', async () => {
    const [said, store] = [await folder(), await folder()];
    const { pid } = start(python, ['-c', CALLERS, said]);
    const read = (name: string): string | undefined => {
      try {
        return readFileSync(join(said, name), 'utf8');
      } catch {
        return undefined;
      }
    };
    await until('the callers to be there', () => read('ready') !== undefined);
    expect(await ckpt(['freeze', String(pid), '--name', 'a', '--store', store])).toMatchObject({ status: 0 });
    owned(pid);
    // Where the machine was so slow that one ended before, there is nothing to see of it.
    const before = ENDS.filter(([call]) => read(call) !== undefined).map(([call]) => call);
    expect(before).not.toEqual(ENDS.map(([call]) => call));
    expect(await ckpt(['thaw', 'a', '--store', store])).toMatchObject({ status: 0 });
    for (const [call, error] of ENDS)
      expect([call, await until(`${call} to end`, () => read(call))]).toEqual([call, `${error} 1`]);
  });
});
