/** The logs of real runs of CRIU that tests keep. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LogOrigin } from '../../src/host/criu/log.js';

const directory = join(import.meta.dirname, '..', 'fixtures', 'criu-logs');

export interface KeptLog {
  readonly name: string;
  /** What ckpt should make of it. */
  readonly code: string;
  readonly origin: LogOrigin;
  readonly text: string;
}

/** Reads them all; throws on one whose header does not say what it is of. */
export function keptLogs(): KeptLog[] {
  return readdirSync(directory)
    .filter(file => file.endsWith('.log'))
    .map(file => {
      const lines = readFileSync(join(directory, file), 'utf8').split('\n');
      const header = new Map(
        lines.flatMap(line => {
          const [, key, value] = /^# (\w+): (.+)$/.exec(line) ?? [];
          return key === undefined || value === undefined ? [] : [[key, value] as const];
        }),
      );
      const said = (key: string): string => {
        const value = header.get(key);
        if (value === undefined) throw new Error(`${file} does not say its ${key}`);
        return value;
      };
      said('kernel');
      said('command');
      const action = said('action');
      if (action !== 'dump' && action !== 'restore') throw new Error(`${file}: action ${action}`);
      return {
        name: file,
        code: said('code'),
        origin: { action, criu: said('criu') },
        text: lines.filter(line => !line.startsWith('# ')).join('\n'),
      };
    });
}
