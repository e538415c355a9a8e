import { majorOf, minorOf, type OpenFile } from '../../../host/proc/index.js';
import { put } from '../../../lists.js';
import { end, type Look, slotOf } from '../look.js';
import { makeTie } from '../make-tie.js';
import type { Tie, TieEnd } from '../tie.js';
import { byInstance, type Side, type Terminal } from './terminal-instances.js';

/** Device numbers of pseudo-terminal slaves (Documentation/admin-guide/devices.txt): majors 136 to 143. */
const PTS_MAJOR = 136;
const PTS_LAST_MAJOR = 143;

/**
 * Pseudo-terminals that a target has as its controlling terminal or holds either side of: who is on the slave side,
 * and who holds the master (a terminal emulator, tmux, sshd).
 */
export function findTerminals(look: Look): readonly Tie[] {
  const sides = new Map<number, Side[]>();
  for (const [key, file] of look.snapshot.openFiles) {
    if (file.type !== 'character') continue;
    const held = { slot: slotOf(key), device: file.device };
    put(sides, masterIndex(file), { ...held, side: 'master' });
    put(sides, slaveIndex(file), { ...held, side: 'slave' });
  }
  const controlled = new Map<number, number[]>();
  for (const process of look.snapshot.processes.values())
    put(controlled, indexOfDevice(process.terminal), process.pid);

  const indexes = new Set([...sides.keys(), ...controlled.keys()]);
  return [...indexes]
    .sort((a, b) => a - b)
    .flatMap(index => byInstance(index, sides.get(index) ?? [], controlled.get(index) ?? []))
    .flatMap(one => terminalTie(look, one));
}

function terminalTie(look: Look, { index, masters, slaves, controlled }: Terminal): readonly Tie[] {
  const ends = new Map<number, { hows: string[]; master: boolean }>();
  const add = (pid: number, how: string, master: boolean): void => {
    const known = ends.get(pid) ?? { hows: [], master: false };
    ends.set(pid, { hows: [...known.hows, how], master: known.master || master });
  };
  for (const slot of masters) add(slot.pid, `master fd ${slot.fd}`, true);
  for (const pid of controlled) add(pid, 'controlling terminal', false);
  for (const slot of slaves) add(slot.pid, `fd ${slot.fd}`, false);
  const pids = [...ends.keys()];
  if (!pids.some(pid => look.inside.has(pid))) return [];
  const made: TieEnd[] = [...ends].map(([pid, { hows }]) => end(look, pid, hows.join(', ')));
  const masterInside = [...ends].some(([pid, one]) => one.master && look.inside.has(pid));
  const masterOutside = [...ends].some(([pid, one]) => one.master && !look.inside.has(pid));
  if (!masterInside && !masterOutside)
    made.push({
      pid: undefined,
      name: 'a terminal outside this machine’s view',
      how: 'master',
      inside: false,
    });
  if (made.length < 2) return [];
  return [
    makeTie(look, {
      kind: 'terminal',
      key: index,
      name: `terminal /dev/pts/${index}`,
      ends: made,
      ...(masterInside && !masterOutside
        ? {
            crossing: {
              standing: 'crossing' as const,
              happens:
                '{others} sees its terminal hang up, and keeps its number in use: a thaw before {others} closes it fails.',
              remedy: 'Freeze {others} as well (--with-ties)',
            },
          }
        : {}),
    }),
  ];
}

/** The kernel prints `tty-index:` for masters only. */
function masterIndex(file: OpenFile): number | undefined {
  if (!file.target.endsWith('ptmx')) return undefined;
  const value = file.lines.find(([key]) => key === 'tty-index')?.[1];
  return value === undefined ? undefined : Number(value);
}

/** The slave of a master that has been closed is hung up for good, and its number another terminal's to have. */
function slaveIndex(file: OpenFile): number | undefined {
  return file.target.endsWith(' (deleted)') ? undefined : indexOfDevice(file.deviceNumber);
}

/** The index of a slave from its device number, as stat(2) and /proc/PID/stat encode it; undefined for other devices. */
function indexOfDevice(device: number): number | undefined {
  const major = majorOf(device);
  if (major < PTS_MAJOR || major > PTS_LAST_MAJOR) return undefined;
  return (major - PTS_MAJOR) * 256 + minorOf(device);
}
