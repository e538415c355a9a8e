import type { Image, ImageSet, WireMessage } from '../../image-format/criu/image-set.js';
import type { Mend } from './mend.js';

/**
 * A process that asked for a signal at its parent's death (prctl PR_SET_PDEATHSIG) gets it as soon as the thaw is over
 * where it is the root of the tree: its parent is CRIU then, which ends (kernel/exit.c, reparent_leader). The parent it
 * meant stayed outside. Below the root parents are thawed, and the wish is kept.
 */
export const parentDeathSignal: Mend = {
  name: 'parent-death-signal',
  reason:
    'roots that were to end with their parent outlive the thaw (they would get the signal when CRIU ends)',
  apply(image: Image, set: ImageSet): Image | undefined {
    if (image.kind !== 'core' || image.form !== 'records') return undefined;
    if (!image.records.some(record => signalOf(record.message) !== 0)) return undefined;
    if (!coresOfRoots(set).has(image.file)) return undefined;
    return {
      ...image,
      records: image.records.map(record => ({ ...record, message: withoutSignal(record.message) })),
    };
  },
};

function signalOf(core: WireMessage): number {
  return Number((core.thread_core as WireMessage | undefined)?.pdeath_sig ?? 0);
}

function withoutSignal(core: WireMessage): WireMessage {
  const { pdeath_sig: _, ...rest } = core.thread_core as WireMessage;
  return { ...core, thread_core: rest };
}

/** Any thread of a process may have asked. */
function coresOfRoots(set: ImageSet): ReadonlySet<string> {
  return new Set(
    set.images
      .flatMap(image => (image.kind === 'pstree' && image.form === 'records' ? image.records : []))
      .filter(({ message }) => Number(message.ppid ?? 0) === 0)
      .flatMap(({ message }) => message.threads as readonly number[])
      .map(tid => `core-${tid}.img`),
  );
}
