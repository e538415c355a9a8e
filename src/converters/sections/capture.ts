/** How the tree was captured: the inventory. */
import type { Capture, Tree } from '../../image-format/neutral/index.js';
import { capture as shape } from '../shapes/capture.js';
import { liftMessage, lowerMessage } from '../shapes/shape.js';
import type { Section } from './section.js';

/** Number of objects that are not part of the tree; CRIU's own counting starts at 1. */
const OUTSIDE = 0x7fffffff;

export const capture: Section<'capture'> = {
  lift(images) {
    const message = images.first('inventory');
    return message === undefined ? {} : { capture: liftMessage(shape, message) };
  },
  lower(tree, out) {
    const own = tree.capture ?? assumed(tree);
    out.add('inventory', '', [{ message: lowerMessage(shape, own) }], '/capture');
  },
};

/**
 * What another checkpointer need not know: images of CRIU's current version, and a tree in the namespaces of the system
 * that it is thawed on, unless the root process is in a namespace that the document describes.
 */
function assumed(tree: Tree): Capture {
  const described = new Set((tree.namespaces ?? []).map(({ id }) => id));
  const spaces = tree.processes.find(({ pid }) => pid === tree.root)?.namespaces ?? {};
  return {
    imageVersion: 2,
    tablesById: true,
    namespacesById: true,
    outside: {
      memory: OUTSIDE,
      descriptors: OUTSIDE,
      filesystem: OUTSIDE,
      signals: OUTSIDE,
      namespaces: Object.fromEntries(
        Object.entries(spaces).map(([kind, id = '']) => [
          kind,
          described.has(id) ? `namespace-${OUTSIDE}` : id,
        ]),
      ),
    },
  };
}
