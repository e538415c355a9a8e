/** User and group IDs that belong to somebody else on the machine that the processes will run on. */
import type { Tree } from '../../image-format/neutral/index.js';
import { type MachineFacts, ownsAccounts } from '../machine.js';
import type { KernelStep } from './step.js';

/** A number that has one name in a tree and another on this machine. */
export interface AccountDifference {
  readonly kind: 'users' | 'groups';
  readonly id: number;
  /** Position in the tree's list. */
  readonly index: number;
  readonly there: string;
  readonly here: string;
}

/**
 * The users and groups of a tree whose numbers have other names on this machine; none for a tree with a user namespace of its
 * own. Pure.
 */
export function accountDifferences(
  tree: Tree,
  machine: Pick<MachineFacts, 'users' | 'groups'>,
): AccountDifference[] {
  if (ownsAccounts(tree)) return [];
  return (['users', 'groups'] as const).flatMap(kind =>
    (tree.machine?.[kind] ?? []).flatMap(({ id, name }, index) => {
      const here = machine[kind].get(id);
      return here === undefined || here === name ? [] : [{ kind, id, index, there: name, here }];
    }),
  );
}

/** Such a difference in words. */
export function differenceInWords({ kind, id, there, here }: AccountDifference): string {
  const word = kind === 'users' ? 'user' : 'group';
  return `the ${word} ${id} was ${there} and is ${here} here: what belonged to ${there} belongs to ${here}`;
}

/** The numbers decide, so nothing is changed: whoever has the number here gets the processes and their files. */
export const accountNames: KernelStep = {
  name: 'account-names',
  apply(tree, { machine, lost }) {
    if (machine === undefined) return tree;
    for (const difference of accountDifferences(tree, machine)) {
      const { kind, index } = difference;
      lost({
        field: `machine.${kind}`,
        at: `/machine/${kind}/${index}`,
        severity: 'degrading',
        reason: differenceInWords(difference),
      });
    }
    return tree;
  },
};
