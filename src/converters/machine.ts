/** What a tree depends on of its machine: the names of its user and group IDs, and the processor. Pure. */
import type { Machine, Tree } from '../image-format/neutral/index.js';

/** What is known of a machine: the names of its accounts, and its processor. */
export interface MachineFacts {
  readonly processor?: NonNullable<Machine['processor']>;
  readonly users: ReadonlyMap<number, string>;
  readonly groups: ReadonlyMap<number, string>;
}

/** Every user and group ID that a tree mentions. */
function accountIds(tree: Tree): { users: ReadonlySet<number>; groups: ReadonlySet<number> } {
  const users = new Set<number>();
  const groups = new Set<number>();
  const add = (owner: { user?: number | undefined; group?: number | undefined } | undefined): void => {
    if (owner?.user !== undefined) users.add(owner.user);
    if (owner?.group !== undefined) groups.add(owner.group);
  };
  for (const { threads } of tree.processes) {
    for (const { credentials } of threads) {
      if (credentials === undefined) continue;
      add(credentials);
      add({ user: credentials.effectiveUser, group: credentials.effectiveGroup });
      add({ user: credentials.savedUser, group: credentials.savedGroup });
      add({ user: credentials.filesystemUser, group: credentials.filesystemGroup });
      for (const group of credentials.supplementaryGroups ?? []) groups.add(group);
    }
  }
  for (const owned of [...tree.memfds, ...tree.ghostFiles, ...tree.terminals]) add(owned);
  for (const file of tree.openFiles) {
    if (file.kind === 'pipe') add(file);
    else if (file.kind === 'unix-socket') add(file.permissions);
    else if (file.kind === 'inet-socket') add({ user: file.owner });
  }
  for (const namespace of tree.namespaces ?? []) {
    if (namespace.kind !== 'ipc') continue;
    const { sharedMemory = [], messageQueues = [], semaphores = [] } = namespace;
    for (const owned of [...sharedMemory, ...messageQueues, ...semaphores]) add(owned);
  }
  return { users, groups };
}

/**
 * The tree with what it depends on of the machine that it was captured on. A tree in a user namespace of its own has
 * IDs of its own, which that machine has no names for.
 */
export function withMachine(tree: Tree, { processor, users, groups }: MachineFacts): Tree {
  const ids = ownsAccounts(tree) ? { users: new Set<number>(), groups: new Set<number>() } : accountIds(tree);
  const machine: Machine = {
    ...(processor === undefined ? undefined : { processor }),
    ...named('users', ids.users, users),
    ...named('groups', ids.groups, groups),
  };
  return Object.keys(machine).length === 0 ? tree : { ...tree, machine };
}

/** Whether the IDs of a tree are those of a user namespace of its own. */
export function ownsAccounts(tree: Tree): boolean {
  return tree.namespaces?.some(({ kind }) => kind === 'user') ?? false;
}

function named<K extends 'users' | 'groups'>(
  kind: K,
  ids: ReadonlySet<number>,
  names: ReadonlyMap<number, string>,
): Pick<Machine, K> | undefined {
  const found = [...ids]
    .sort((a, b) => a - b)
    .flatMap(id => {
      const name = names.get(id);
      return name === undefined ? [] : [{ id, name }];
    });
  return found.length === 0 ? undefined : ({ [kind]: found } as Pick<Machine, K>);
}
