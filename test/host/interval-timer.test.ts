import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cannotFreeze, ckpt, folder, owned, python, start, until } from './support.js';

/** Its timer has expired and the signal waits, as it may at any moment: here it is kept waiting. */
const PROGRAM = `
import os, signal, sys, time
alarms = 0
def alarm(*_):
    global alarms
    alarms += 1
signal.signal(signal.SIGALRM, alarm)
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGALRM])
signal.setitimer(signal.ITIMER_REAL, 0.05, 0.05)
while signal.SIGALRM not in signal.sigpending(): time.sleep(0.01)
open(sys.argv[1] + "/ready", "w")
while not os.path.exists(sys.argv[1] + "/go"): time.sleep(0.01)
signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGALRM])
while True:
    open(sys.argv[1] + "/alarms", "w").write(str(alarms))
    time.sleep(0.01)
`;

/** A timerfd that was disarmed, and kept its interval. */
const DISARMED = `
import ctypes, os, struct, sys, time
libc = ctypes.CDLL(None)
timer = libc.timerfd_create(1, os.O_NONBLOCK)
libc.timerfd_settime(timer, 0, struct.pack("qqqq", 0, 50000000, 0, 0), None)
open(sys.argv[1] + "/ready", "w")
while not os.path.exists(sys.argv[1] + "/go"): time.sleep(0.01)
time.sleep(0.3)
try: said = "%d ticks" % struct.unpack("Q", os.read(timer, 8))
except BlockingIOError: said = "silent"
open(sys.argv[1] + "/said.new", "w").write(said)
os.rename(sys.argv[1] + "/said.new", sys.argv[1] + "/said")
time.sleep(1000)
`;

describe.skipIf(cannotFreeze)(`a timer${cannotFreeze ? ` (${cannotFreeze})` : ''}`, () => {
  /** Freezes and thaws a program once it is ready, and tells it to go on; gives its folder. */
  async function journey(program: string): Promise<string> {
    const [store, place] = [await folder(), await folder()];
    const { pid } = start(python, ['-c', program, place]);
    await until('the program to be ready', () => existsSync(join(place, 'ready')));
    expect(await ckpt(['freeze', String(pid), '--name', 'a', '--store', store])).toMatchObject({ status: 0 });
    owned(pid);
    expect(await ckpt(['thaw', 'a', '--store', store])).toMatchObject({ status: 0 });
    writeFileSync(join(place, 'go'), '');
    return place;
  }

  it('ticks on although it had expired when its process was stopped', async () => {
    const alarms = join(await journey(PROGRAM), 'alarms');
    await until('five alarms', () => existsSync(alarms) && Number(readFileSync(alarms, 'utf8')) >= 5);
  });

  it('that was disarmed stays so', async () => {
    const said = join(await journey(DISARMED), 'said');
    await until('what it says', () => existsSync(said));
    expect(readFileSync(said, 'utf8')).toBe('silent');
  });
});
