/**
 * What CRIU's status word says of a mapping grew: guard regions (bit 16, 4.2), uprobes (17, 4.2), and memory
 * that does not count towards the commit limit (18, 4.3). An older CRIU takes a guard region for a
 * mapping of its own that overlaps another, so it has to go; the other bits only have to be cleared.
 */
import type { CriuVersion, WireMessage } from '../../image-format/criu/image-set.js';
import { many } from '../image-index.js';
import { type Lost, mapRecords, type WireStep, withMessage } from './step.js';

const GUARD = 1 << 16;
const UPROBES = 1 << 17;
const NOT_ACCOUNTED = 1 << 18;

function eachMapping(
  name: string,
  since: CriuVersion,
  change: (vma: WireMessage, file: string, lost: Lost) => WireMessage | undefined,
): WireStep {
  return {
    name,
    since,
    together: [],
    up: images => images,
    down: (images, lost) =>
      mapRecords(images, ['mm'], (record, file) => {
        const before: readonly WireMessage[] = many(record.message, 'vmas');
        const vmas = before.flatMap(vma => {
          const kept = change(vma, file, lost);
          return kept === undefined ? [] : [kept];
        });
        return vmas.length === 0 ? record : withMessage(record, { ...record.message, vmas });
      }),
  };
}

export const guardMappings = eachMapping('guard-mappings', '4.2.1', (vma, file, lost) => {
  const status = vma.status as number;
  if (status & GUARD) {
    const range = `0x${(vma.start as bigint).toString(16)}-0x${(vma.end as bigint).toString(16)}`;
    lost({
      field: 'vma_entry.status.guard',
      at: `${file}, ${range}`,
      severity: 'degrading',
      reason:
        'CRIU before 4.2 does not know guard regions (MADV_GUARD_INSTALL): access there no longer faults',
    });
    return undefined;
  }
  return status & UPROBES ? undefined : vma;
});

export const notAccounted = eachMapping('not-accounted-mappings', '4.3', vma => {
  const status = vma.status as number;
  return status & NOT_ACCOUNTED ? { ...vma, status: (status & ~NOT_ACCOUNTED) >>> 0 } : vma;
});
