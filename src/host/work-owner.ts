import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { PROC, readPiece, readText } from './proc/files.js';
import { parseStat } from './proc/parse-stat.js';
import { bootId } from './system.js';

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
 * has the directory's name among its arguments. What cannot be judged from here (another PID namespace, a name of
 * another kind) lives.
 */
export function workGoesOn(directory: { readonly owner: string; readonly id: string }, proc = PROC): boolean {
  const [ownerBoot, ownerNamespace, pid, startTime] = directory.owner.split('-');
  if (startTime === undefined || !directory.id) return true;
  if (ownerBoot !== boot()) return false;
  if (ownerNamespace !== namespace(proc)) return true;
  const stat = parseStat(readPiece(`${proc}/${pid}/stat`) ?? '');
  if (stat !== undefined && String(stat.startTime) === startTime && stat.state !== 'Z') return true;
  return readdirSync(proc).some(
    name => /^\d+$/.test(name) && (readText(`${proc}/${name}/cmdline`) ?? '').includes(directory.id),
  );
}

function boot(): string {
  return bootId().slice(0, 8);
}

function namespace(proc: string): string {
  return /\d+/.exec(readlinkSync(`${proc}/self/ns/pid`))?.[0] ?? '0';
}
