import { basename } from 'node:path';
import type { PolicySocketName } from '../../image-format/bundle/manifest.js';
import type { SeenTree } from '../check/index.js';

/**
 * The names that files of unix sockets have now and CRIU would not give them: it binds each socket to the name that it was
 * bound to at first. Pure.
 */
export function namesOfSockets({ members, processes }: SeenTree): readonly PolicySocketName[] {
  const renamed = members.flatMap(pid => processes.get(pid)?.socketFiles.renamed ?? []);
  const rows = renamed.flatMap(({ path, now, folder }) =>
    folder === undefined ? [] : [{ folder, bound: basename(path), name: now }],
  );
  // Several processes may have one open.
  return [...new Map(rows.map(row => [JSON.stringify(row), row])).values()];
}
