import type { OpenedPath } from '../converters/opened-paths.js';
import { fail } from '../errors.js';
import { thisMachine } from '../host/machine.js';
import { readLinkBytes } from '../host/proc/files.js';
import { makeWays } from '../host/ways.js';
import { decodeText } from '../image-format/criu/text.js';
import type { Numbering } from './preflight.js';

/**
 * CRIU opens files by their paths, as root, follows links, and compares size and mode (criu/files-reg.c, open_path() and
 * validate_file()). The kernel's own paths, which it saved, have no links: who put one there since would have the processes read, or
 * write to, what he may not.
 * @throws thaw-link for the first link of somebody else than root
 */
export function refuseLinks(opened: readonly OpenedPath[]): void {
  const wayTo = makeWays();
  for (const { path } of opened) {
    const { foreign } = wayTo(path);
    if (foreign === undefined) continue;
    const user = thisMachine().users.get(foreign.uid) ?? `with number ${foreign.uid}`;
    throw fail('thaw-link', { path, link: foreign.path, to: foreign.to, user });
  }
}

/**
 * The same for links that came later: looks at what rebuilt processes have, none of which has run yet.
 * @throws thaw-elsewhere for the first that has something else, unless a link of root explains it
 */
export function refuseLedElsewhere(opened: readonly OpenedPath[], here: Numbering): void {
  const wayTo = makeWays();
  for (const { pid, place, path } of opened) {
    const bytes = readLinkBytes(`/proc/${here(pid)}/${place}`);
    if (bytes === undefined) continue;
    const found = decodeText(bytes, 0, bytes.length);
    if (found === path || found === `${path} (deleted)`) continue;
    const { linked, foreign } = wayTo(path);
    if (linked && foreign === undefined) continue;
    throw fail('thaw-elsewhere', { pid, path, found });
  }
}
