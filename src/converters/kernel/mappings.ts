/** Mappings that a kernel before some version does not have. */
import type { Mapping, Tree } from '../../image-format/neutral/index.js';
import { isBefore, type KernelContext, type KernelStep, mapChanged } from './step.js';

/** Changes mappings one by one; undefined leaves one out. */
function eachMapping(tree: Tree, change: (mapping: Mapping, at: string) => Mapping | undefined): Tree {
  const memories = mapChanged(tree.memories, (memory, index) => {
    let changed = false;
    const mappings = memory.mappings.flatMap((mapping, position) => {
      const next = change(mapping, `/memories/${index}/mappings/${position}`);
      if (next !== mapping) changed = true;
      return next === undefined ? [] : [next];
    });
    return changed ? { ...memory, mappings } : memory;
  });
  return memories === tree.memories ? tree : { ...tree, memories };
}

/** MADV_GUARD_INSTALL came in 6.13. */
export const guardRegions: KernelStep = {
  name: 'guard-regions',
  apply(tree, { kernel, lost }: KernelContext) {
    if (!isBefore(kernel, [6, 13])) return tree;
    return eachMapping(tree, (mapping, at) => {
      if (mapping.role !== 'guard') return mapping;
      lost({
        field: 'mappings.role',
        at,
        severity: 'degrading',
        reason:
          'kernels before 6.13 have no guard regions (MADV_GUARD_INSTALL): access there no longer faults',
      });
      return undefined;
    });
  },
};

/** MAP_DROPPABLE came in 6.11. */
export const droppableMemory: KernelStep = {
  name: 'droppable-memory',
  apply(tree, { kernel, lost }: KernelContext) {
    if (!isBefore(kernel, [6, 11])) return tree;
    return eachMapping(tree, (mapping, at) => {
      if (mapping.sharing !== 'droppable') return mapping;
      lost({
        field: 'mappings.sharing',
        at,
        severity: 'harmless',
        reason:
          'kernels before 6.11 have no droppable memory: it becomes ordinary private memory, which is never dropped',
      });
      return { ...mapping, sharing: 'private' };
    });
  },
};

/** User shadow stacks came in 6.6; a kernel that has them and a processor for them says user_shstk in /proc/cpuinfo. */
export const shadowStacks: KernelStep = {
  name: 'shadow-stacks',
  apply(tree, { kernel, machine, lost }: KernelContext) {
    const features = tree.architecture === 'x86-64' ? machine?.processor?.features : undefined;
    const here = features === undefined || features.includes('user_shstk');
    if (here && !isBefore(kernel, [6, 6])) return tree;
    return eachMapping(tree, (mapping, at) => {
      if (mapping.role === 'shadow-stack') {
        lost({
          field: 'mappings.role',
          at,
          severity: 'fatal',
          reason:
            'the process uses a shadow stack, which this processor or kernel does not have (user_shstk; kernels before 6.6 never do): it would fault at its next return',
        });
      }
      return mapping;
    });
  },
};
