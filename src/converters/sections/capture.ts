/** How the tree was captured: the inventory. */
import { capture as shape } from '../shapes/capture.js';
import { liftMessage, lowerMessage } from '../shapes/shape.js';
import type { Section } from './section.js';

export const capture: Section<'capture'> = {
  lift(images) {
    const message = images.first('inventory');
    return message === undefined ? {} : { capture: liftMessage(shape, message) };
  },
  lower(tree, out) {
    if (tree.capture === undefined) return;
    out.add('inventory', '', [{ message: lowerMessage(shape, tree.capture) }], '/capture');
  },
};
