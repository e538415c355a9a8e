/**
 * CRIU 4.3 notes of each reading end of a fifo whether poll(2) says that its writers have gone (it asks for POLLIN and
 * keeps the opposite of POLLHUP: the field is true for every reader with a writer, too). An older CRIU opens a writer of
 * its own while it makes the reader, and closes it: where no writer of the tree is left then, the reader finds a fifo
 * whose writers have gone, although none had come (fs/pipe.c, pipe_poll). Reading gives the same in both cases.
 */
import type { Image, ImageRecord, WireMessage } from '../../image-format/criu/image-set.js';
import { inner } from '../image-index.js';
import { mapRecords, type WireStep, withMessage, without } from './step.js';

/** O_ACCMODE of open(2); reading only is 0. */
const ACCESS = 3;

export const fifoWriters: WireStep = {
  name: 'fifo-writers',
  since: '4.3',
  together: ['files'],

  up: images => images,

  down(images, lost) {
    const written = fifosWithWriters(images);
    return mapRecords(images, ['files'], (record, file) => {
      const fifo = inner(record.message, 'fifo');
      if (fifo?.wait_writer === undefined) return record;
      if (fifo.wait_writer === true && !written.has(fifo.pipe_id as number)) {
        lost({
          field: 'fifo_entry.wait_writer',
          at: `${file}, file ${fifo.id as number}`,
          severity: 'degrading',
          reason:
            'poll on a fifo that waits for its first writer says that its writers have gone, until one opens it',
        });
      }
      return withMessage(record, { ...record.message, fifo: without(fifo, 'wait_writer') });
    });
  },
};

/** Fifos that some open file of the tree writes to, by their pipe. */
function fifosWithWriters(images: readonly Image[]): ReadonlySet<number> {
  const records = images.flatMap(image =>
    image.kind === 'files' && image.form === 'records' ? image.records : [],
  );
  const flags = new Map(records.flatMap(flagsOf));
  return new Set(
    records.flatMap(({ message }) => {
      const fifo = inner(message, 'fifo');
      return fifo !== undefined && (flags.get(fifo.regf_id as number) ?? 0) & ACCESS
        ? [fifo.pipe_id as number]
        : [];
    }),
  );
}

function flagsOf({ message }: ImageRecord): (readonly [id: number, flags: number])[] {
  const file: WireMessage | undefined = inner(message, 'reg');
  return file === undefined ? [] : [[message.id as number, file.flags as number]];
}
