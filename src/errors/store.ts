import { Exit, table } from './failure.js';

export const storeFailures = table({
  'store-not-directory': {
    exit: Exit.refused,
    what: 'the store {store} is not a directory',
    why: 'bundles are directories, so the place that holds them must be one too',
    hint: 'choose another place with --store DIR, or move the file away',
  },
  'store-unusable': {
    exit: Exit.refused,
    what: 'the store {store} cannot be used: {problem}',
    why: 'ckpt needs a directory that it can read and write, on a file system that survives the kernel switch',
    hint: 'make it with mkdir -p, check its owner and mount options, or choose another with --store DIR',
  },
  'store-full': {
    exit: Exit.refused,
    what: 'there is not enough room in {store}: about {needed} needed, {available} free',
    why: 'a bundle holds the private memory of every frozen process',
    hint: 'free some space, or choose a larger place with --store DIR. Nothing was stopped',
  },
  'bundle-name-invalid': {
    exit: Exit.usage,
    what: '"{name}" cannot be the name of a bundle',
    why: 'a name becomes a directory in the store: letters, digits and . _ @ : + - only, not starting with a dot, at most 128',
    hint: 'choose a plain name, such as --name web-1',
  },
  'bundle-name-taken': {
    exit: Exit.refused,
    what: 'the store already holds a bundle named {name}',
    why: 'freezing over it would destroy processes that may exist nowhere else',
    hint: 'choose another name with --name, or remove the old one with: ckpt rm {name}',
  },
  'bundle-missing': {
    exit: Exit.refused,
    what: 'there is no bundle {name} in {store}',
    why: 'neither a bundle of that name nor a .ckpt file of that path exists',
    hint: 'see what is there with: ckpt list',
  },
  'bundle-manifest-invalid': {
    exit: Exit.corrupt,
    what: 'the bundle {bundle} is damaged: its manifest is not valid ({problem})',
    why: 'the file was cut short, altered, or not written by ckpt',
    hint: 'take the bundle from a copy. Nothing of it was used',
  },
  'bundle-too-new': {
    exit: Exit.incompatible,
    what: 'the bundle {bundle} has layout {version}; this ckpt reads up to {supported}',
    why: 'it was written by a newer ckpt',
    hint: 'thaw it with the ckpt that wrote it, or a newer one',
  },
  'bundle-state-invalid': {
    exit: Exit.corrupt,
    what: 'the bundle {bundle} is damaged: its state.json is missing or not valid',
    why: 'without it ckpt cannot know whether the processes were thawed already',
    hint: 'take state.json from a copy of the bundle',
  },
  'bundle-member-missing': {
    exit: Exit.corrupt,
    what: 'the bundle {bundle} is damaged: {member} is missing',
    why: 'the manifest lists it, but it is not there',
    hint: 'take the bundle from a copy. Nothing of it was used',
  },
  'bundle-member-extra': {
    exit: Exit.corrupt,
    what: 'the bundle {bundle} holds {member}, which its manifest does not list',
    why: 'something was added after the freeze; ckpt does not guess whether it matters',
    hint: 'if you put it there, move it away; otherwise do not trust this bundle',
  },
  'bundle-member-kind': {
    exit: Exit.corrupt,
    what: 'the bundle {bundle} is not to be trusted: {member} is {kind}',
    why: 'members are plain files; anything else could lead outside the bundle',
    hint: 'take the bundle from a copy. Nothing of it was used',
  },
  'bundle-member-size': {
    exit: Exit.corrupt,
    what: 'the bundle {bundle} is damaged: {member} has {actual} bytes, not {expected}',
    why: 'the file was cut short or grew after the freeze',
    hint: 'take the bundle from a copy. Nothing of it was used',
  },
  'bundle-member-damaged': {
    exit: Exit.corrupt,
    what: 'the bundle {bundle} is damaged: the contents of {member} changed since the freeze',
    why: 'its digest is not the one in the manifest: a flipped bit, a bad disk, or tampering',
    hint: 'take the bundle from a copy. Nothing of it was used',
  },
  'bundle-pages-mismatch': {
    exit: Exit.corrupt,
    what: 'the bundle {bundle} is damaged: {member} should hold {expected} bytes of memory and holds {actual}',
    why: 'the document counts the pages of each process, and the count does not fit the bytes',
    hint: 'take the bundle from a copy. Nothing of it was used',
  },
  'rm-only-copy': {
    exit: Exit.refused,
    what: 'the bundle {name} was never thawed, so it was not removed',
    why: 'it may be the only place where its processes still exist',
    hint: 'thaw it with ckpt thaw {name}, or give its processes up with: ckpt rm {name} --force',
  },
  'archive-invalid': {
    exit: Exit.corrupt,
    what: '{file} is not a whole .ckpt file: {problem}',
    why: 'a .ckpt file is a tar archive of one bundle; this one is cut short, altered, or something else',
    hint: 'copy it again from where it was made. Nothing of it was used',
  },
  'archive-exists': {
    exit: Exit.refused,
    what: 'the file {file} exists already',
    why: 'ckpt does not overwrite what may be the only copy of a process',
    hint: 'choose another file name for --out, or move that one away',
  },
});
