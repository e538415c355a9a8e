import { fail } from '../../errors.js';
import {
  listTasks,
  readCgroup,
  readCommandLine,
  readProgram,
  readTask,
  type Task,
} from '../../host/proc/index.js';
import { scopesInPlaceOf } from '../../host/systemd/held-back.js';
import { runSystemctl } from '../../host/systemd/systemctl.js';
import { together } from '../../together.js';
import { bearsName } from './bears-name.js';
import { withoutViewers } from './viewers.js';

/** What a person named, and the processes it stands for (roots only: whatever descends from them comes along). */
export interface NamedTarget {
  readonly given: string;
  readonly pids: readonly number[];
}

/**
 * PIDs, systemd units (`redis.service`, or `redis` where a unit of that name runs) and program names as PIDs. A service
 * that was thawed is found by its own name, too, though it lives in a scope now, and a unit without processes stands for
 * those that are parts of it.
 * Throws `target-missing` for a PID that is not there, `target-unit-idle` for a unit without processes,
 * `target-name-unknown` for a name that nothing bears and `bad-option-value` for a blank word.
 */
export async function findTargets(given: readonly string[]): Promise<readonly NamedTarget[]> {
  if (given.some(word => word.trim() === ''))
    throw fail('bad-option-value', { option: '<target>', value: '(nothing)', expected: A_TARGET });
  // Names are looked for among all processes; a PID needs none of the others.
  const tasks = given.every(isPid) ? [] : listTasks().filter(isTarget);
  const found = given.map(async name => ({ given: name, pids: await pidsOf(name, tasks) }));
  return together(await Promise.allSettled(found));
}

/** What a shell makes of a variable that is not set, and nobody means. */
const A_TARGET =
  'a PID, a systemd unit or the name of a program (an empty word is often a variable that is not set)';

function isPid(word: string): boolean {
  return /^\d+$/.test(word);
}

function isTarget(task: Task | undefined): boolean {
  return task !== undefined && !task.kernelThread && task.pid !== process.pid;
}

async function pidsOf(name: string, tasks: readonly Task[]): Promise<readonly number[]> {
  if (isPid(name)) {
    const task = readTask(Number(name));
    // The number of a thread has a folder, too, which no listing shows.
    if (!isTarget(task) || task?.threadGroup !== task?.pid)
      throw fail('target-missing', { pid: Number(name) });
    return [Number(name)];
  }
  const isUnit = /\.(service|scope|slice|socket|target|timer|path|mount)$/.test(name);
  const unit = isUnit ? name : `${name}.service`;
  for (const one of [unit, ...(await scopesInPlaceOf(unit))]) {
    const inUnit = await pidsOfUnit(one, tasks);
    if (inUnit.length > 0) return inUnit;
  }
  const named = isUnit ? [] : withoutViewers(tasks.filter(task => bears(task, name)));
  if (named.length === 0) {
    const inParts = await pidsOfParts(unit, tasks);
    if (inParts.length > 0) return inParts;
    throw isUnit
      ? fail('target-unit-idle', { unit: name, help: helpForUnit(name) })
      : fail('target-name-unknown', { name, help: helpForName(name) });
  }
  // One that has ended is in nobody's way, and is named only where there is no other.
  const living = named.filter(task => task.state !== 'Z');
  return topmost(living.length > 0 ? living : named);
}

/** The processes in the unit's control group; none where systemd does not run or does not know the unit. */
async function pidsOfUnit(unit: string, tasks: readonly Task[]): Promise<readonly number[]> {
  const result = await runSystemctl('maybe', ['show', '-p', 'MainPID,ControlGroup', '--', unit]);
  const group = /^ControlGroup=(.+)$/m.exec(result.stdout)?.[1];
  if (result.status !== 0 || group === undefined || group === '/') return [];
  return topmost(
    tasks.filter(task => {
      const path = readCgroup(task.pid);
      return path === group || path?.startsWith(`${group}/`) === true;
    }),
  );
}

/**
 * Of a unit without processes of its own, as that of PostgreSQL is, those that stop with it (PartOf=): `systemctl stop` of it
 * means them.
 */
async function pidsOfParts(unit: string, tasks: readonly Task[]): Promise<readonly number[]> {
  const { stdout } = await runSystemctl('maybe', ['show', '-p', 'ConsistsOf', '--value', '--', unit]);
  const parts = stdout
    .trim()
    .split(' ')
    .filter(part => part.endsWith('.service'));
  const pids: number[] = [];
  for (const part of parts) {
    for (const one of [part, ...(await scopesInPlaceOf(part))]) pids.push(...(await pidsOfUnit(one, tasks)));
  }
  return topmost(tasks.filter(({ pid }) => pids.includes(pid)));
}

/** PID files are what other tools take. */
function helpForName(name: string): string {
  return name.includes('/')
    ? 'of a file with a PID in it, give what it holds: $(cat FILE)'
    : 'look for it with: systemctl list-units --state=running; or: ps -e -o pid,args';
}

/** A template has no processes, only its instances have some. */
function helpForUnit(unit: string): string {
  const template = /^(.*@)(\.[a-z]+)$/.exec(unit);
  return template === null
    ? `see: systemctl status ${unit}`
    : `name one of its instances: systemctl list-units '${template[1]}*${template[2]}'`;
}

function bears(task: Task, name: string): boolean {
  const commandLine = readCommandLine(task.pid);
  return bearsName({ name: task.name, commandLine, program: () => readProgram(task.pid) }, name);
}

/** Those whose parent is not among them. */
function topmost(tasks: readonly Task[]): readonly number[] {
  const pids = new Set(tasks.map(task => task.pid));
  return tasks.filter(task => !pids.has(task.parent)).map(task => task.pid);
}
