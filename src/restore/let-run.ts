import { type CkptError, fail, messageOf } from '../errors.js';
import { callPeers } from '../host/call-peers.js';
import { endOrStall } from '../host/criu/stall.js';
import { removeFrozenMark } from '../image-format/bundle/open-bundle.js';
import type { Standing, Thawing } from './bring-back.js';
import { noteState } from './note-state.js';
import { missingProcess } from './preflight.js';
import { keptLog, type Rebuilt, restoreFailure } from './rebuild.js';
import type { ThawRequest } from './request.js';
import { isFreeToGo } from './scopes.js';

/** Lets all trees run on, and notes that they do. Throws what went wrong with the first for which something did. */
export async function letRun(thawing: Thawing, standing: Standing): Promise<void> {
  const { request, guarded } = thawing;
  try {
    const failure = await letGo(request, standing.rebuilt);
    // Who ended by itself has run on, and the others do.
    if (failure === undefined || failure.code === 'thaw-gone-after')
      await Promise.all([
        noteThawed(thawing, standing),
        // Not before all CRIUs are done: until then a connection can be in repair mode, and what reaches it be lost.
        callPeers(guarded),
      ]);
    if (failure !== undefined) throw failure;
  } finally {
    await standing.trackAsBefore();
  }
}

async function letGo(request: ThawRequest, trees: readonly Rebuilt[]): Promise<CkptError | undefined> {
  for (const { hold } of trees) hold.release();
  const failures: CkptError[] = [];
  for (const tree of trees) {
    const exit = await endOrStall(tree.run, request.patience);
    if (exit?.status === undefined) {
      const log = await keptLog(request, tree);
      const did = exit === undefined ? 'hangs' : `was ended by ${exit.signal}`;
      failures.push(fail('thaw-not-let-go', { pid: tree.root, name: request.bundle.name, log, did }));
    } else if (exit.status !== 0) failures.push(await restoreFailure(request, tree, exit));
  }
  if (failures.length > 0) return failures[0];
  for (const { tree, here } of trees) {
    const pid = missingProcess({ living: [tree.root] }, here);
    if (pid !== undefined) return fail('thaw-gone-after', { pid, name: request.bundle.name });
  }
  return undefined;
}

/** The processes run whatever becomes of the note, so what goes wrong with it is no failure. */
async function noteThawed(
  { request, unfolded }: Thawing,
  { bundle, scopes, rebuilt }: Standing,
): Promise<void> {
  try {
    if (await isFreeToGo(request, scopes, rebuilt.length)) await removeFrozenMark(bundle);
    await noteState(bundle, 'thawed', unfolded.work);
  } catch (error) {
    const why = messageOf(error);
    const message = `everything runs, but the bundle could not be marked as thawed (${why}): do not thaw it again as long as its processes run`;
    request.emit({ type: 'warning', operation: 'thaw', message });
  }
}
