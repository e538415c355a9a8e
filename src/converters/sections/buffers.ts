/** Pipes and fifos: what is in them. */
import type { ImageRecord } from '../../image-format/criu/image-set.js';
import type { PipeBuffer } from '../../image-format/neutral/index.js';
import { compact, type ImageCollector, type ImageIndex, numberOf } from '../image-index.js';
import type { PayloadSink } from '../payloads.js';
import type { LowerContext, Section } from './section.js';

export const buffers: Section<'pipes' | 'fifos'> = {
  lift(images, { payloads }) {
    return {
      pipes: liftBuffers('pipe', 'pipes-data', images, payloads),
      fifos: liftBuffers('fifo', 'fifo-data', images, payloads),
    };
  },
  lower(tree, out, context) {
    lowerBuffers('pipes-data', 'pipes', tree.pipes, out, context);
    lowerBuffers('fifo-data', 'fifos', tree.fifos, out, context);
  },
};

/** Those that CRIU wrote a record for, in its order; then those that it did not, since nothing is known of them. */
function liftBuffers(
  kind: 'pipe' | 'fifo',
  image: string,
  images: ImageIndex,
  payloads: PayloadSink,
): PipeBuffer[] {
  const found = new Map<string, PipeBuffer>();
  for (const { message, payload } of images.records(image)) {
    const id = `${kind}-${message.pipe_id as number}`;
    const size = message.size as number | undefined;
    found.set(id, {
      id,
      ...(size === undefined ? undefined : { capacity: size }),
      ...(payload === undefined ? undefined : { data: payloads.add(id, payload) }),
    });
  }
  for (const { message } of images.records('files')) {
    const end = message[kind];
    if (end === undefined) continue;
    const id = `${kind}-${(end as { pipe_id: number }).pipe_id}`;
    if (!found.has(id)) found.set(id, { id });
  }
  return [...found.values()];
}

function lowerBuffers(
  kind: string,
  section: string,
  list: readonly PipeBuffer[],
  out: ImageCollector,
  { resolve }: LowerContext,
): void {
  const known = list.flatMap((buffer, index) =>
    buffer.data === undefined && buffer.capacity === undefined ? [] : [{ buffer, index }],
  );
  const records = known.map(
    ({ buffer }): ImageRecord => ({
      message: compact({
        pipe_id: numberOf(buffer.id),
        bytes: buffer.data?.length ?? 0,
        size: buffer.capacity,
      }),
      payload: buffer.data === undefined ? { in: 'memory', bytes: new Uint8Array() } : resolve(buffer.data),
    }),
  );
  if (records.length > 0)
    out.add(
      kind,
      '',
      records,
      known.map(({ index }) => `/${section}/${index}`),
    );
}
