/**
 * A tree as CRIU would have saved it outside of its user namespace: with the mounts and the host name that it has, which
 * CRIU did not look at as it was sent there, and without what only its user namespace gave it. Pure.
 */
import type { Mount, NamespaceOf, OpenFile, Process, Thread, Tree } from '../image-format/neutral/index.js';
import { numberOf } from './image-index.js';
import { mountAt } from './mount-at.js';

/** What was seen of the tree while it stood still. */
export interface SeenOutside {
  /** The mounts that it sees, in the order of /proc/PID/mountinfo; undefined where they are the machine's. */
  readonly mounts?: readonly Mount[] | undefined;
  /** Its names; undefined where they are the machine's. */
  readonly hostname?: Pick<NamespaceOf<'hostname'>, 'name' | 'domain'> | undefined;
  /** Supplementary groups by thread, as the machine numbers them. */
  readonly groups: ReadonlyMap<number, readonly number[]>;
}

/** What an ID is that a user namespace has none for: INVALID_ID of CRIU, and what the kernel shows inside instead. */
const UNMAPPED = 0xffff_ffff;
const NOBODY = 65_534;

/**
 * A tree as if it had been outside of its user namespace (docs/adr/0012): the same where its capture does not say that it was
 * inside. Pure.
 */
export function leaveUsers(tree: Tree, seen: SeenOutside): Tree {
  const outside = tree.capture?.outside?.namespaces;
  const root = tree.processes.find(({ pid }) => pid === tree.root)?.namespaces;
  if (outside === undefined || root === undefined) return tree;
  const free = freeNumbers(tree);
  const mount = seen.mounts && namespaceNamed(free(), 'mount', { mounts: [...seen.mounts].reverse() });
  const hostname = seen.hostname && namespaceNamed(free(), 'hostname', seen.hostname);
  const moved = {
    user: outside.user,
    ...(mount && { mount: mount.id }),
    ...(hostname && { hostname: hostname.id }),
  };
  const made = [hostname, mount].filter(one => one !== undefined);
  const kept = (tree.namespaces ?? []).filter(({ kind }) => kind !== 'user');
  return {
    ...tree,
    processes: tree.processes.map(process => outsideUsers(process, moved, seen.groups)),
    openFiles: tree.openFiles.map(file => withKnownOwner(withMount(file, seen.mounts))),
    ghostFiles: tree.ghostFiles.map(known),
    memfds: tree.memfds.map(known),
    terminals: tree.terminals.map(known),
    namespaces: [...kept, ...made],
  };
}

function namespaceNamed<K extends 'mount' | 'hostname'>(
  number: number,
  kind: K,
  body: Omit<NamespaceOf<K>, 'id' | 'kind'>,
) {
  return { id: `namespace-${number}`, kind, ...body };
}

/** Numbers that no namespace of the tree has. */
function freeNumbers(tree: Tree): () => number {
  const ids = [tree.capture?.outside?.namespaces, ...tree.processes.map(one => one.namespaces)]
    .flatMap(one => Object.values(one ?? {}).filter(id => id !== undefined))
    .concat((tree.namespaces ?? []).map(({ id }) => id));
  let last = Math.max(0, ...ids.map(id => Number(numberOf(id))));
  return () => ++last;
}

function outsideUsers(
  process: Process,
  moved: NonNullable<Process['namespaces']>,
  groups: SeenOutside['groups'],
): Process {
  // A dead process is in none.
  const namespaces = process.namespaces && { ...process.namespaces, ...moved };
  const threads = process.threads.map(thread => withoutRights(thread, groups.get(thread.tid)));
  return { ...process, ...(namespaces && { namespaces }), threads };
}

/** What a program with rights of its own gave it were rights over what belongs to its user namespace: outside it gets none. */
function withoutRights(thread: Thread, groups: readonly number[] | undefined): Thread {
  if (thread.credentials === undefined) return thread;
  const supplementary = groups === undefined ? {} : { supplementaryGroups: [...groups] };
  return {
    ...thread,
    credentials: { ...thread.credentials, bounding: [], inheritable: [], ...supplementary },
  };
}

/** CRIU notes the mount of a file only where it saves the mounts (criu/files-reg.c, dump_one_reg_file()). */
function withMount(file: OpenFile, mounts: readonly Mount[] | undefined): OpenFile {
  if (mounts === undefined || file.kind !== 'regular' || file.external === true) return file;
  const mount = mountAt(file.path, mounts);
  return mount === undefined ? file : { ...file, mount: mount.id };
}

function withKnownOwner(file: OpenFile): OpenFile {
  if (file.kind === 'pipe') return known(file);
  if (file.kind === 'unix-socket' && file.permissions !== undefined)
    return { ...file, permissions: known(file.permissions) };
  return file.kind === 'inet-socket' && file.owner === UNMAPPED ? { ...file, owner: NOBODY } : file;
}

function known<T extends { readonly user?: number | undefined; readonly group?: number | undefined }>(
  owned: T,
): T {
  return {
    ...owned,
    ...(owned.user === UNMAPPED && { user: NOBODY }),
    ...(owned.group === UNMAPPED && { group: NOBODY }),
  };
}
