import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { SourceOptions } from '../../conversion/source.js';
import type { Operation } from '../../events.js';
import type { Bundle } from '../../image-format/bundle/open-bundle.js';
import { untilInterrupted } from './interrupt.js';
import type { Io } from './io.js';

/** How something frozen is opened by somebody who only looks at it: where a `.ckpt` file is unpacked to, and who hears how far that is. */
export async function lookingAt(
  io: Io,
  operation: Operation,
  { abort, scratch }: { readonly abort: AbortSignal; readonly scratch?: string },
): Promise<SourceOptions> {
  const [{ sweepPartial }, { workOwner }] = await Promise.all([
    import('../../checkpoint/store/sweep-store.js'),
    import('../../host/work-owner.js'),
  ]);
  const { store } = io.globals;
  const place = scratch ?? (await roomFor(store));
  // What a cut-off one left there takes the room that this one needs.
  await sweepPartial(place);
  const onBytes = (done: number, total: number): void =>
    io.emit({ type: 'progress', operation, what: 'unpacking', done, total, unit: 'bytes' });
  return { store, scratch: place, owner: workOwner(), abort, onBytes };
}

/** A `.ckpt` file can be large: the store is where there is room for such; /var/tmp is meant for it (file-hierarchy(7)). */
async function roomFor(store: string): Promise<string> {
  const writable = access(store, constants.W_OK | constants.X_OK);
  return writable.then(
    () => store,
    () => '/var/tmp',
  );
}

/** Lends the bundle of that name in the store, or the one that a path leads to: a `.ckpt` file is unpacked for that long. With it comes where it lies for the user. */
export async function withBundle<T>(
  io: Io,
  name: string,
  operation: Operation,
  look: (bundle: Bundle, path: string) => Promise<T>,
): Promise<T> {
  if (!name.includes('/') && !name.endsWith('.ckpt')) {
    const { findBundle, unlessRemoved } = await import('../../image-format/bundle/open-bundle.js');
    const bundle = await findBundle(io.globals.store, name);
    return unlessRemoved(bundle, look(bundle, bundle.path));
  }
  const [{ openBundleAt }, { unlessAborted }] = await Promise.all([
    import('../../conversion/source.js'),
    import('../../image-format/bundle/watch.js'),
  ]);
  return untilInterrupted('the look into it', async abort => {
    const { bundle, close } = await openBundleAt(name, await lookingAt(io, operation, { abort }));
    try {
      return await unlessAborted(look(bundle, resolve(name)), abort);
    } finally {
      await close();
    }
  });
}
