/** A machine within the machine, in which every trace is ours: networks, mounts and IPC objects of its own. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { folder, start, until } from './support.js';

/** Where programs leave what nobody takes away. */
const PLACES = ['/run', '/tmp', '/dev/shm'];
const MADE = `mount --make-rprivate /
for place in ${PLACES.join(' ')}; do mount -t tmpfs none $place; done
ip link set lo up && echo >"$1" && exec sleep 1000`;

/** One thing a line. What a first CRIU on a machine notes of it for the next (criu/kerndat.c, kerndat_save_cache()) is left out. */
const LOOK = `nft list tables | sed 's/^/nft /'
find ${PLACES.join(' ')} -mindepth 1 ! -path /run/criu.kdat
sed 's/^[0-9]* [0-9]* [^ ]* /mount /; s/ - .*//; s/ shared:[0-9]*//; s/ master:[0-9]*//' /proc/self/mountinfo
ip -o addr | sed 's/^/address /'; ip rule | sed 's/^/rule /'; ip route | sed 's/^/route /'
tail -n +2 -q /proc/sysvipc/* | sed 's/^/sysv /'
find /sys/fs/cgroup -type d -name '*ckpt*' -o -type d -name '*criu*' | sed 's/^/cgroup /'
own=$(readlink /proc/self/ns/net)
for process in /proc/[0-9]*; do
  [ "$(readlink $process/ns/net)" = "$own" ] && [ $process != /proc/$$ ] || continue
  words=$(tr '\\0\\n' '  ' <$process/cmdline)
  [ -z "$words" ] || echo "process \${process#/proc/} $words"
done 2>/dev/null`;

export interface SmallMachine {
  /** Runs commands in it. */
  readonly inside: readonly string[];
  /** Everything that is there now, one thing a line, but for what matches. */
  picture(but?: RegExp): Promise<readonly string[]>;
}

export async function smallMachine(): Promise<SmallMachine> {
  const ready = join(await folder(), 'ready');
  const { pid } = start('unshare', ['--net', '--mount', '--ipc', 'sh', '-c', MADE, 'sh', ready]);
  await until('the small machine', () => existsSync(ready));
  const inside = [
    'nsenter',
    ...['net', 'mnt', 'ipc'].map(one => `--${one === 'mnt' ? 'mount' : one}=/proc/${pid}/ns/${one}`),
  ];
  const picture = async (but?: RegExp): Promise<readonly string[]> => {
    const { stdout } = await execa('nsenter', [...inside.slice(1), 'sh', '-c', LOOK]);
    const lines = stdout.split('\n').filter(line => !/^process \d+ (?:sh -c nft|find|tr|sed)/.test(line));
    return lines.filter(line => but === undefined || !but.test(line)).sort();
  };
  return { inside, picture };
}
