import { readCommandLine, readStat } from '../../host/proc/index.js';
import type { Closure, TieEnd } from '../closure/index.js';
import type { Graph, GraphProcess, GraphTie } from './graph.js';

/** What of a process the closure does not carry. */
interface Known {
  readonly name: string;
  readonly parent: number;
  readonly command: string;
}

/** The graph of live processes. `look` asks for a process (a test gives its own); by default /proc is asked. */
export function graphOfClosure(
  closure: Closure,
  look: (pid: number) => Known | undefined = lookInProc,
): Graph {
  const members = new Set(closure.members);
  const roots = new Set(closure.roots);
  const processes = new Map<string, GraphProcess>();
  const addProcess = (pid: number, name: string): void => {
    const known = look(pid);
    processes.set(idOf(pid), {
      id: idOf(pid),
      pid,
      name: known?.name ?? name,
      command: known?.command ?? '',
      parent: known !== undefined && members.has(known.parent) ? idOf(known.parent) : undefined,
      inside: members.has(pid),
      root: roots.has(pid),
    });
  };
  for (const pid of closure.members) addProcess(pid, '?');
  for (const tie of closure.ties)
    for (const end of tie.ends) {
      const id = idOfEnd(end);
      if (processes.has(id)) continue;
      if (end.pid !== undefined) addProcess(end.pid, end.name);
      else
        processes.set(id, {
          id,
          pid: undefined,
          name: end.name,
          command: '',
          parent: undefined,
          inside: false,
          root: false,
        });
    }
  const ties: GraphTie[] = closure.ties.map(tie => ({
    ...tie,
    ends: tie.ends.map(end => ({ process: idOfEnd(end), how: end.how })),
  }));
  const title = [...processes.values()]
    .filter(one => one.root)
    .map(one => `${one.name} (PID ${one.pid})`)
    .join(', ');
  return { title, processes: [...processes.values()], ties, unknown: closure.unknown };
}

function lookInProc(pid: number): Known | undefined {
  const stat = readStat(pid);
  if (stat === undefined) return undefined;
  return { name: stat.name, parent: stat.parent, command: readCommandLine(pid).join(' ') };
}

function idOf(pid: number): string {
  return `p${pid}`;
}

function idOfEnd(end: TieEnd): string {
  return end.pid === undefined ? `e:${end.name}` : idOf(end.pid);
}
