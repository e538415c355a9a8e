import { describe, expect, it } from 'vitest';
import type { Image, ImageSet, WireMessage } from '../../src/image-format/criu/image-set.js';
import { recogniseVersion } from '../../src/image-format/criu/recognise-version.js';
import { imageOf } from './converters-images.js';

const setOf = (...all: Image[]): ImageSet => ({ images: all, pages: [] });

describe('recogniseVersion', () => {
  const ancient = imageOf('inventory.img', 'inventory', { img_version: 2 });
  const core = (thread_core: WireMessage) => imageOf('core-1.img', 'core', { mtype: 1, thread_core });
  const socket = (isk: WireMessage) => imageOf('files.img', 'files', { type: 4, id: 1, isk });

  it('knows 3.17.1 by the cgroups of threads that it does not write', () => {
    expect(recogniseVersion(setOf(ancient, core({})))).toMatchObject({
      candidates: ['3.17.1'],
      sure: 'certain',
    });
  });

  it.each<[string, readonly Image[], readonly string[]]>([
    ['nothing but threads', [], ['4.0', '3.19', '3.18']],
    ['a memfd without a mode', [imageOf('memfd.img', 'memfd', { inode_id: 1n })], ['3.18']],
    ['a memfd with a mode', [imageOf('memfd.img', 'memfd', { mode: 0o777 })], ['4.0', '3.19']],
    ['a TCP socket without options of its own', [socket({ proto: 6 })], ['3.19', '3.18']],
    ['a TCP socket with some', [socket({ proto: 6, tcp_opts: {} })], ['4.0']],
    ['a UDP socket, converted', [socket({ proto: 17 })], ['4.0', '3.19', '3.18']],
  ])('tells 3.18, 3.19 and 4.0 apart by %s', (_, images, candidates) => {
    const found = recogniseVersion(setOf(ancient, core({ cg_set: 2 }), ...images));
    expect(found).toMatchObject({ candidates, sure: candidates.length === 1 ? 'certain' : 'likely' });
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
    const set = setOf(core({ cg_set: 2, timerslack_ns: 50_000n }));
    expect(recogniseVersion(set)).toMatchObject({ candidates: ['4.3'], sure: 'certain' });
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
