import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { DOCUMENT, GUARD } from '../image-format/bundle/layout.js';
import { lookAt } from '../image-format/look-at.js';

/** What the kernel's rules for a bundle's connections are called by, as far as it can still be read. */
export interface RuleNames {
  /** The table of its guard; undefined for one without connections. */
  readonly guard: string | undefined;
  /** See `capture.runId` in docs/format.md, one for each tree whose dump has a name. */
  readonly runIds: readonly string[];
}

/** No word that is looked for is longer, bytes. */
const LONGEST = 64;

/**
 * The names in the members of a bundle whose manifest or document is damaged: they are words of a known form, and need none of
 * what is around them.
 */
export async function ruleNamesOf(path: string): Promise<RuleNames> {
  const [guards, runIds] = await Promise.all([
    wordsIn(join(path, GUARD), /^table inet (ckpt-[0-9a-f]{8})$/gm),
    wordsIn(join(path, DOCUMENT), /"runId": ?"([0-9a-f-]{36})"/g),
  ]);
  return { guard: guards[0], runIds };
}

/** What the pattern captures in a file, each once; nothing of what is no plain file, or only up to where it cannot be read. */
async function wordsIn(path: string, pattern: RegExp): Promise<readonly string[]> {
  const found = new Set<string>();
  if (!(await lookAt(path))?.isFile()) return [];
  let rest = '';
  try {
    for await (const piece of createReadStream(path, 'latin1')) {
      const text = rest + String(piece);
      for (const [, word = ''] of text.matchAll(pattern)) found.add(word);
      rest = text.slice(-LONGEST);
    }
  } catch {
    // A disk that fails: what came before it has been found.
  }
  return [...found];
}
