import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { PROC, readPiece, readText } from './proc/files.js';
import { parseStat } from './proc/parse-stat.js';
import { bootId } from './system.js';

/** The PID namespace of the machine, in which every process can be seen (PROC_PID_INIT_INO, include/linux/proc_ns.h). */
const INITIAL_NAMESPACE = '4026531836';
/** Of a process that has ended between two looks. */
const GONE = new Set(['ENOENT', 'ESRCH']);

/**
 * Who owns a work directory of the store, as its name says it: the boot, the PID namespace, the PID and its start
 * time. Together they name one process for good, so that a directory that its owner left behind can be told from one
 * that is in use.
 */
export function workOwner(proc = PROC): string {
  const stat = parseStat(readFileSync(`${proc}/self/stat`, 'utf8'));
  return `${boot()}-${namespace(proc)}-${stat?.pid ?? process.pid}-${stat?.startTime ?? 0}`;
}

/**
 * Whether somebody may still work in a directory: its owner, or a CRIU or a hook that the owner left behind and that
 * has the directory's name among its arguments. What cannot be judged from here (another PID namespace, unless it can be
 * seen that nobody is in it; a name of another kind) lives.
 */
export function workGoesOn(directory: { readonly owner: string; readonly id: string }, proc = PROC): boolean {
  if (!directory.id) return true;
  const alive = judge(directory.owner, proc);
  if (alive !== 'ended here') return alive === 'lives';
  return readdirSync(proc).some(
    name => /^\d+$/.test(name) && (readText(`${proc}/${name}/cmdline`) ?? '').includes(directory.id),
  );
}

/** Whether an owner may still be there: itself, not what it left behind. What cannot be judged from here is; none is not. */
export function ownerLives(owner: string, proc = PROC): boolean {
  return owner !== '' && judge(owner, proc) === 'lives';
}

/** The PID of an owner, as a person knows it. */
export function ownerPid(owner: string): number {
  return Number(owner.split('-')[2] ?? 0);
}

function judge(owner: string, proc: string): 'lives' | 'ended here' | 'ended with its boot' {
  const [ownerBoot, ownerNamespace, pid, startTime] = owner.split('-');
  if (startTime === undefined) return 'lives';
  if (ownerBoot !== boot()) return 'ended with its boot';
  const here = namespace(proc);
  if (ownerNamespace !== here) {
    return here === INITIAL_NAMESPACE && !isInhabited(ownerNamespace, proc) ? 'ended here' : 'lives';
  }
  const stat = parseStat(readPiece(`${proc}/${pid}/stat`) ?? '');
  const same = stat !== undefined && String(stat.startTime) === startTime && stat.state !== 'Z';
  return same ? 'lives' : 'ended here';
}

/**
 * Whether a process of a PID namespace is there, as seen from one that sees all: a container that was ended takes all its
 * processes along. Of one that may not be looked at nobody knows.
 */
function isInhabited(namespaceId: string | undefined, proc: string): boolean {
  const isThere = (pid: string): boolean => {
    try {
      return readlinkSync(`${proc}/${pid}/ns/pid`) === `pid:[${namespaceId}]`;
    } catch (error) {
      if (GONE.has((error as NodeJS.ErrnoException).code ?? '')) return false;
      // One number, in the namespace that sees all, is that of a process of this namespace (proc_pid_status(5)).
      return !/^NSpid:\s+\d+$/m.test(readText(`${proc}/${pid}/status`) ?? '');
    }
  };
  return readdirSync(proc).some(name => /^\d+$/.test(name) && isThere(name));
}

function boot(): string {
  return bootId().slice(0, 8);
}

function namespace(proc: string): string {
  return /\d+/.exec(readlinkSync(`${proc}/self/ns/pid`))?.[0] ?? '0';
}
