import { runPerl } from '../perl.js';
import { PROC, readText } from './files.js';

/** A System V object of the reader's IPC namespace. The PIDs are the last ones the kernel noted; 0 for none. */
export interface SysvObject {
  readonly kind: 'shared memory' | 'message queue' | 'semaphores';
  readonly id: number;
  readonly key: string;
  readonly pids: readonly number[];
  readonly uid: number;
  /** Size of a segment; 0 for the other kinds. */
  readonly bytes: number;
  /** How many semaphores the set has; 0 for the other kinds. */
  readonly members: number;
}

const TABLES = [
  { kind: 'shared memory', file: 'shm', id: 'shmid', pids: ['cpid', 'lpid'] },
  { kind: 'message queue', file: 'msg', id: 'msqid', pids: ['lspid', 'lrpid'] },
  { kind: 'semaphores', file: 'sem', id: 'semid', pids: [] },
] as const;

/** `/proc/sysvipc/*`: a heading line, then a row each. */
export function parseSysv(kind: SysvObject['kind'], text: string): readonly SysvObject[] {
  const table = TABLES.find(row => row.kind === kind);
  const [heading = '', ...rows] = text.split('\n');
  const columns = heading.trim().split(/\s+/);
  return rows
    .filter(row => row.trim() !== '')
    .map(row => {
      const cells = row.trim().split(/\s+/);
      const cell = (name: string): string => cells[columns.indexOf(name)] ?? '';
      return {
        kind,
        id: Number(cell(table?.id ?? '')),
        key: cell('key'),
        pids: (table?.pids ?? []).map(name => Number(cell(name))).filter(pid => pid > 0),
        uid: Number(cell('uid')),
        bytes: kind === 'shared memory' ? Number(cell('size')) || 0 : 0,
        members: Number(cell('nsems')) || 0,
      };
    });
}

/** All System V objects that the reader can see. Semaphores get the PIDs of whoever used each of them last. */
export async function readSysv(proc = PROC): Promise<readonly SysvObject[]> {
  const objects = TABLES.flatMap(table =>
    parseSysv(table.kind, readText(`${proc}/sysvipc/${table.file}`) ?? ''),
  );
  const sets = objects.filter(object => object.kind === 'semaphores');
  if (sets.length === 0) return objects;
  const users = await readSemaphoreUsers(sets);
  return objects.map(object => ({ ...object, pids: users.get(object.id) ?? object.pids }));
}

/** /proc names no users of semaphores; semctl(GETPID), which is 11 (linux/sem.h), does. Perl makes the call. */
const GETPID =
  'while (<STDIN>) { my ($id, $n) = split; my %p; for (0 .. $n - 1) { my $p = semctl($id, $_, 11, 0); $p{$p + 0} = 1 if $p } print "$id ", join(" ", keys %p), "\\n" }';

async function readSemaphoreUsers(
  sets: readonly SysvObject[],
): Promise<ReadonlyMap<number, readonly number[]>> {
  const input = sets.map(set => `${set.id} ${set.members}\n`).join('');
  const result = await runPerl(GETPID, [], { input });
  return parseSemaphoreUsers(result.stdout);
}

/** From lines of a set's id and the PIDs of its last users. The first set of a machine has the id 0. */
export function parseSemaphoreUsers(text: string): ReadonlyMap<number, readonly number[]> {
  const rows = text.split('\n').filter(line => line !== '');
  return new Map(
    rows.map(row => {
      const [id = 0, ...pids] = row.trim().split(' ').map(Number);
      return [id, pids] as const;
    }),
  );
}
