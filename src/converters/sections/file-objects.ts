/** Terminals, memfds, unlinked files and locks. */
import type { ImageRecord } from '../../image-format/criu/image-set.js';
import type { GhostFile, Remap } from '../../image-format/neutral/index.js';
import { remapMethods } from '../../image-format/neutral/words/files.js';
import { compact, type ImageIndex, numberOf } from '../image-index.js';
import type { PayloadSink } from '../payloads.js';
import * as shapes from '../shapes/objects.js';
import { base64, named } from '../shapes/reps.js';
import { liftMessage, lowerMessage } from '../shapes/shape.js';
import type { LowerContext, Section } from './section.js';

export const terminals: Section<'terminals'> = {
  lift(images) {
    const unread = new Map(images.records('tty-data').map(({ message }) => [message.tty_id, message.data]));
    return {
      terminals: images.records('tty-info').map(({ message }) => {
        const data = unread.get(message.id);
        return {
          id: `terminal-${message.id as number}`,
          ...liftMessage(shapes.terminal, message),
          ...(data === undefined ? undefined : { unread: base64.lift(data) }),
        };
      }),
    };
  },
  lower(tree, out) {
    const places = tree.terminals.map((_, index) => `/terminals/${index}`);
    const records = tree.terminals.map(terminal => ({
      message: { id: numberOf(terminal.id), ...lowerMessage(shapes.terminal, terminal) },
    }));
    if (records.length > 0) out.add('tty-info', '', records, places);
    const data = tree.terminals.flatMap(({ id, unread }, index) =>
      unread === undefined
        ? []
        : [
            {
              record: { message: { tty_id: numberOf(id), data: base64.lower(unread) } },
              at: places[index] ?? '',
            },
          ],
    );
    if (data.length > 0)
      out.add(
        'tty-data',
        '',
        data.map(({ record }) => record),
        data.map(({ at }) => at),
      );
  },
};

export const memfds: Section<'memfds'> = {
  lift: images => ({
    memfds: images.records('memfd').map(({ message }) => ({
      id: `memfd-${String(message.inode_id)}`,
      ...liftMessage(shapes.memfd, message),
    })),
  }),
  lower(tree, out) {
    const records = tree.memfds.map(memfd => ({
      message: { ...lowerMessage(shapes.memfd, memfd), inode_id: BigInt(numberOf(memfd.id)) },
    }));
    if (records.length > 0)
      out.add(
        'memfd',
        '',
        records,
        tree.memfds.map((_, index) => `/memfds/${index}`),
      );
  },
};

const method = named(remapMethods);
/** What the number of a remap names, by its method; an old image without a method means a copy. */
const SOURCES = { link: 'file', copy: 'ghost', process: 'process' } as const;
/** The top bit of the number once marked a copy (REMAP_GHOST of criu/include/image.h). */
const sourceKind = (remap: Remap['method']) => SOURCES[remap as keyof typeof SOURCES] ?? 'ghost';

export const unlinkedFiles: Section<'ghostFiles' | 'remaps'> = {
  lift(images, { payloads }) {
    const remaps = images.records('remap-fpath').map(({ message }): Remap => {
      const type = message.remap_type;
      const how = type === undefined ? undefined : method.lift(type);
      return {
        file: `file-${message.orig_id as number}`,
        ...(how === undefined ? undefined : { method: how }),
        source: `${sourceKind(how)}-${message.remap_id as number}`,
      };
    });
    const ghostFiles = [...images.all('ghost-file')].map(([id]) =>
      liftGhost(Number.parseInt(id, 16), images, payloads),
    );
    return { ghostFiles, remaps };
  },

  lower(tree, out, context) {
    const records = tree.remaps.map(remap => ({
      message: compact({
        orig_id: numberOf(remap.file),
        remap_id: numberOf(remap.source),
        remap_type: remap.method === undefined ? undefined : method.lower(remap.method),
      }),
    }));
    if (records.length > 0)
      out.add(
        'remap-fpath',
        '',
        records,
        tree.remaps.map((_, index) => `/remaps/${index}`),
      );
    tree.ghostFiles.forEach((ghost, index) => {
      out.add(
        'ghost-file',
        numberOf(ghost.id).toString(16),
        lowerGhost(ghost, context),
        `/ghostFiles/${index}`,
      );
    });
  },
};

function liftGhost(number: number, images: ImageIndex, payloads: PayloadSink): GhostFile {
  const id = `ghost-${number}`;
  const [head, ...chunks] = images.records('ghost-file', number.toString(16));
  const own = liftMessage(shapes.ghostFile, head?.message ?? {});
  if (own.sparse === true) {
    return {
      ...own,
      id,
      chunks: chunks.map(({ message, payload }, index) => ({
        offset: String(message.off),
        data: payloads.add(`${id}-${index}`, payload ?? { in: 'memory', bytes: new Uint8Array() }),
      })),
    };
  }
  return {
    ...own,
    id,
    ...(head?.payload === undefined ? undefined : { contents: payloads.add(id, head.payload) }),
  };
}

function lowerGhost(ghost: GhostFile, { resolve }: LowerContext): ImageRecord[] {
  const message = lowerMessage(shapes.ghostFile, ghost);
  const head = ghost.contents === undefined ? { message } : { message, payload: resolve(ghost.contents) };
  const chunks = (ghost.chunks ?? []).map(({ offset, data }) => ({
    type: 'ghost_chunk_entry',
    message: { len: BigInt(data.length), off: BigInt(offset) },
    payload: resolve(data),
  }));
  return [head, ...chunks];
}

export const fileLocks: Section<'fileLocks'> = {
  lift: images => ({
    fileLocks: images.records('filelocks').map(({ message }) => liftMessage(shapes.fileLock, message)),
  }),
  lower(tree, out) {
    const records = tree.fileLocks.map(lock => ({ message: lowerMessage(shapes.fileLock, lock) }));
    if (records.length > 0)
      out.add(
        'filelocks',
        '',
        records,
        tree.fileLocks.map((_, index) => `/fileLocks/${index}`),
      );
  },
};
