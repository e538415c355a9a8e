/** How trees were frozen, as the manifest has it. Pure. */
import type { Manifest, TreePolicy } from '../../image-format/bundle/manifest.js';
import { DEFAULTS } from '../check/options.js';
import type { Dump } from '../dump/prepare-freeze.js';
import type { Remembered } from '../remember/remember.js';

type CommonOptions = Pick<Manifest['options'], 'tcp' | 'shellJob'>;

/** What the manifest says of the bundle as a whole: how its first tree was frozen. */
export function commonOptions(dumps: readonly Dump[]): CommonOptions {
  const { tcp, shellJob } = dumps[0]?.tree.options ?? DEFAULTS;
  return { tcp, shellJob };
}

/** What the manifest has to say of one tree beside that; nothing where that says all. */
export function policyOf(
  { tree }: Dump,
  common: CommonOptions,
  remembered: Remembered,
): { readonly policy?: TreePolicy } {
  const {
    options,
    leaderless,
    reconnects,
    closedSockets,
    journalSockets,
    processors,
    socketNames,
    socketOptions,
    mounts,
  } = tree;
  const { files, folders, fifos, dueTimers, lockedFiles } = remembered;
  const policy: TreePolicy = {
    ...(options.tcp === common.tcp ? {} : { tcp: options.tcp }),
    ...(options.shellJob === common.shellJob ? {} : { shellJob: options.shellJob }),
    ...(leaderless && !options.shellJob ? { session: 'leaderless' } : {}),
    ...(reconnects ? { unix: 'external' } : {}),
    ...(closedSockets.length === 0 ? {} : { closedSockets: [...closedSockets] }),
    ...(journalSockets.length === 0 ? {} : { journalSockets: [...journalSockets] }),
    ...(mounts === undefined ? {} : { mounts: { places: [...mounts.places], nulls: [...mounts.nulls] } }),
    ...(processors.length === 0
      ? {}
      : { processors: processors.map(({ mask, tids }) => ({ mask, tids: [...tids] })) }),
    ...(socketNames.length === 0 ? {} : { socketNames: [...socketNames] }),
    ...(socketOptions.length === 0
      ? {}
      : { socketOptions: socketOptions.map(one => ({ ...one, options: [...one.options] })) }),
    ...(folders.length === 0 ? {} : { folders: [...folders] }),
    ...(fifos.length === 0 ? {} : { fifos: [...fifos] }),
    ...(dueTimers.length === 0 ? {} : { dueTimers: [...dueTimers] }),
    ...(lockedFiles.length === 0 ? {} : { lockedFiles: [...lockedFiles] }),
    ...(files.length === 0 ? {} : { files: [...files] }),
  };
  return Object.keys(policy).length === 0 ? {} : { policy };
}
