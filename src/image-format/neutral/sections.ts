/** The sections of a tree: which versions of them there are, and which a reader may do without. No schemas here. */
import type { z } from 'zod';
import type { sectionRow } from './section-row.js';
import type { Tree } from './tree.js';

export type SectionRow = z.infer<typeof sectionRow>;

/** What stands in a tree beside its sections. */
type Head = 'label' | 'source' | 'architecture' | 'root' | 'pageFiles';
export const HEAD: readonly Head[] = ['label', 'source', 'architecture', 'root', 'pageFiles'];
export type SectionName = Exclude<keyof Tree, Head>;

const needed = { version: 1, oldestReader: 1, critical: true } as const;
const spare = { version: 1, oldestReader: 1, critical: false } as const;

/** Every section of this format. */
export const SECTIONS: Readonly<Record<SectionName, Omit<SectionRow, 'name'>>> = {
  capture: needed,
  machine: spare,
  processes: needed,
  memories: needed,
  sharedMemories: needed,
  signalTables: needed,
  filesystems: needed,
  descriptorTables: needed,
  openFiles: needed,
  pipes: needed,
  fifos: needed,
  terminals: needed,
  memfds: needed,
  ghostFiles: needed,
  remaps: needed,
  fileLocks: needed,
  seccompFilters: needed,
  cgroups: needed,
  namespaces: needed,
  archives: needed,
  bpfMaps: needed,
  autofsMounts: needed,
  binaryFormats: needed,
  securityPolicies: needed,
  inodePaths: spare,
  processors: spare,
  statistics: spare,
  residue: needed,
};

/** The rows of the sections that are in some trees, in the order of `SECTIONS`, and those that only other readers know. */
export function sectionsOf(trees: readonly Tree[], others: readonly SectionRow[] = []): SectionRow[] {
  const known = Object.entries(SECTIONS).map(([name, row]): SectionRow => ({ name, ...row }));
  return [...known, ...others.filter(({ name }) => !(name in SECTIONS))].filter(({ name }) =>
    trees.some(tree => Object.hasOwn(tree, name)),
  );
}

/** Sections of a tree that this version does not know, by name: it took them because they are not critical. */
export function foreignSections(tree: Tree): Readonly<Record<string, unknown>> {
  const own = new Set<string>([...Object.keys(SECTIONS), ...HEAD]);
  return Object.fromEntries(Object.entries(tree).filter(([name]) => !own.has(name)));
}
