import { setImmediate as turn } from 'node:timers/promises';
import { liftTree } from '../../converters/index.js';
import type { Image } from '../../image-format/criu/image-set.js';
import { parseImage } from '../../image-format/criu/read-image-set.js';
import { writeDocument } from '../../image-format/neutral/to-json.js';
// The metadata of two Perl processes with a pipe, a socket pair and a listening socket, as CRIU 4.2.1 wrote it.
import sample from './rehearsal-images.json' with { type: 'json' };

/** The release that wrote the sample. */
const CRIU = '4.2.1';

/**
 * Goes through all that happens while the trees stand still, once, with a small dump that comes along: what is done for
 * the first time takes three times as long (decoders are compiled, functions parsed). For the time in which others are
 * waited for; takes turns with what comes up.
 */
export async function rehearse(): Promise<void> {
  const images: Image[] = [];
  for (const [file, base64] of Object.entries(sample)) {
    images.push(parseImage(file, Buffer.from(base64, 'base64')));
    await turn();
  }
  const { tree } = liftTree({ images, pages: [] }, { label: 'rehearsal', criu: CRIU });
  await turn();
  writeDocument({ trees: [tree] }, () => {});
}
