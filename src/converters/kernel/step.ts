/** A rule that crosses kernels: what one kernel leaves in a process that another does not take. */
import type { Tree } from '../../image-format/neutral/index.js';
import { compareNumbers, numbersOf, versionOf } from '../../versions.js';
import type { MachineFacts } from '../machine.js';
import type { Lost } from '../steps/step.js';

/** Major and minor version of a kernel. */
export type KernelVersion = readonly [major: number, minor: number];

/** Bytes to change in the memory of a process before it runs again. */
export interface PagePatch {
  readonly pid: number;
  /** Address of the first byte, hexadecimal. */
  readonly address: string;
  /** What must be there, as hexadecimal digits; where something else is, the patch must be refused. */
  readonly expected: string;
  /** What is put there: as many bytes. */
  readonly bytes: string;
  readonly reason: string;
  /** Where the bytes lie in the bundle: the page payload, and the offset in it. */
  readonly location: { readonly member: string; readonly offset: number };
}

export interface KernelContext {
  readonly kernel: KernelVersion;
  /** The machine that the processes will run on, where it is known. */
  readonly machine?: MachineFacts;
  readonly lost: Lost;
  readonly patch: (patch: PagePatch) => void;
  /** The content of a file of the system that the processes will run on, or undefined where it cannot be read. */
  readonly readFile: (path: string) => Uint8Array | undefined;
}

export interface KernelStep {
  readonly name: string;
  /** The tree as the kernel takes it; the same object where nothing has to change. */
  apply(tree: Tree, context: KernelContext): Tree;
}

/** Reads a release such as "6.1.0-50-cloud-amd64"; undefined where it does not begin with two numbers. */
export function kernelVersion(release: string): KernelVersion | undefined {
  const [major, minor] = numbersOf(versionOf(release) ?? '');
  return major === undefined || minor === undefined ? undefined : [major, minor];
}

export function isBefore(kernel: KernelVersion, other: KernelVersion): boolean {
  return compareNumbers(kernel, other) < 0;
}

/** A list with some items changed; the same list where none is. */
export function mapChanged<T>(list: readonly T[], change: (item: T, index: number) => T): T[] {
  let changed = false;
  const out = list.map((item, index) => {
    const next = change(item, index);
    if (next !== item) changed = true;
    return next;
  });
  return changed ? out : (list as T[]);
}
