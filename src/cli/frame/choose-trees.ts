import type { CheckOptions } from '../../checkpoint/check/index.js';
import type { TargetTree } from '../../checkpoint/plan/targets.js';
import type { Task } from '../../host/proc/process.js';
import { type PolicyOptions, policies } from './policy-options.js';
import { pid } from './values.js';

/** Trees as they are at a moment. */
export interface ListedTrees {
  readonly trees: readonly TargetTree[];
  /** All processes of the machine, for whoever looks at the trees afterwards; undefined where nobody does. */
  readonly tasks: readonly Task[] | undefined;
}

export interface ChosenTrees {
  /** How a tree is to be frozen, by the PID of its root. */
  readonly optionsOf: (root: number) => CheckOptions;
  /** What --with-ties brought in, a line each. */
  readonly added: readonly string[];
  /** Gives the trees as they are when it is called. Throws what `resolveTargets` throws. */
  readonly list: () => ListedTrees;
}

/**
 * From words to trees and how each of them is to be frozen.
 * @param looks whether somebody looks at what ties them to others
 */
export async function chooseTrees(
  given: readonly string[],
  options: PolicyOptions & { readonly withTies?: boolean },
  looks: boolean,
): Promise<ChosenTrees> {
  const [{ resolveTargets }, { listStats, listTasks }] = await Promise.all([
    import('../../checkpoint/plan/targets.js'),
    import('../../host/proc/process.js'),
  ]);
  const named = await rootsOf(given);
  const grown =
    options.withTies === true ? await grow([...named.keys()]) : { roots: [...named.keys()], added: [] };
  const optionsOf = await policies(options, named);
  const shellJob = (root: number): boolean => optionsOf(root).shellJob;
  const list = (): ListedTrees => {
    // Who looks afterwards needs more of each process, and need not list them again.
    const tasks = looks ? listTasks() : undefined;
    const trees = resolveTargets(grown.roots, tasks ?? listStats(), { self: process.pid, shellJob });
    return { trees, tasks };
  };
  return { optionsOf, added: grown.added, list };
}

async function grow(pids: readonly number[]) {
  const { growTargets } = await import('../../checkpoint/closure/take-closure.js');
  const { roots, added } = await growTargets(pids);
  return {
    roots,
    added: added.map(({ pid, name, tie }) => `--with-ties adds ${name} (PID ${pid}), for ${tie}`),
  };
}

/** Roots with the words that named them. PIDs stand for themselves, and are judged later; other words are looked for. */
async function rootsOf(given: readonly string[]): Promise<ReadonlyMap<number, string>> {
  const names = given.filter(word => !/^\d+$/.test(word));
  const found = new Map<string, readonly number[]>();
  if (names.length > 0) {
    const { findTargets } = await import('../../checkpoint/closure/find-targets.js');
    for (const target of await findTargets(names)) found.set(target.given, target.pids);
  }
  return new Map(
    given.flatMap(word => (found.get(word) ?? [pid('<target>')(word)]).map(root => [root, word] as const)),
  );
}
