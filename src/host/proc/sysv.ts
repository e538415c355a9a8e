import { PROC, readText } from './files.js';

/** A System V object of the reader's IPC namespace. The PIDs are the last ones the kernel noted; 0 for none. */
export interface SysvObject {
  readonly kind: 'shared memory' | 'message queue' | 'semaphores';
  readonly id: number;
  readonly key: string;
  readonly pids: readonly number[];
  readonly uid: number;
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
      };
    });
}

/** All System V objects that the reader can see. */
export function readSysv(proc = PROC): readonly SysvObject[] {
  return TABLES.flatMap(table => parseSysv(table.kind, readText(`${proc}/sysvipc/${table.file}`) ?? ''));
}
