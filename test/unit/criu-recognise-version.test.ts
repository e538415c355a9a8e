import { describe, expect, it } from 'vitest';
import type { Image, ImageSet } from '../../src/image-format/criu/image-set.js';
import { recogniseVersion } from '../../src/image-format/criu/recognise-version.js';
import { imageOf } from './converters-images.js';

const setOf = (...all: Image[]): ImageSet => ({ images: all, pages: [] });

describe('recogniseVersion', () => {
  it('knows 3.17.1 by the run id that it does not write', () => {
    const set = setOf(imageOf('inventory.img', 'inventory', { img_version: 2 }));
    expect(recogniseVersion(set)).toMatchObject({ candidates: ['3.17.1'], sure: 'certain' });
  });

  it('tells 4.1.1 from 4.2.1 by where the page count is', () => {
    const inventory = imageOf('inventory.img', 'inventory', { img_version: 2, dump_criu_run_id: 'x' });
    const old = imageOf('pagemap-1.img', 'pagemap', { vaddr: 0n, compat_nr_pages: 3 });
    const recent = imageOf('pagemap-1.img', 'pagemap', { vaddr: 0n, compat_nr_pages: 0, nr_pages: 3n });
    expect(recogniseVersion(setOf(inventory, old))).toMatchObject({ candidates: ['4.1.1'], sure: 'certain' });
    expect(recogniseVersion(setOf(inventory, recent))).toMatchObject({
      candidates: ['4.2.1'],
      sure: 'certain',
    });
  });

  it('names both releases where nothing tells them apart', () => {
    const set = setOf(imageOf('inventory.img', 'inventory', { img_version: 2, dump_criu_run_id: 'x' }));
    expect(recogniseVersion(set)).toMatchObject({ candidates: ['4.2.1', '4.1.1'], sure: 'likely' });
  });

  it('knows 4.3 by a field deep in a thread', () => {
    const core = imageOf('core-1.img', 'core', { mtype: 1, thread_core: { timerslack_ns: 50_000n } });
    expect(recogniseVersion(setOf(core))).toMatchObject({ candidates: ['4.3'], sure: 'certain' });
  });

  it('only guesses when the images contradict every release, and says why', () => {
    const set = setOf(
      imageOf('inventory.img', 'inventory', { img_version: 2 }),
      imageOf('core-1.img', 'core', { mtype: 1, thread_core: { timerslack_ns: 1n } }),
    );
    const { sure, evidence } = recogniseVersion(set);
    expect(sure).toBe('guess');
    expect(evidence.join('\n')).toContain('thread_core_entry.timerslack_ns');
  });
});
