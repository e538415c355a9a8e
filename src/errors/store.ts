import { Exit, table } from './failure.js';

export const storeFailures = table({
  'store-not-directory': {
    exit: Exit.refused,
    what: 'The store {store} is not a directory.',
    why: 'Bundles are directories, so the place that holds them must be one too.',
    hint: 'Choose another place with --store DIR, or move the file away.',
  },
  'store-unusable': {
    exit: Exit.refused,
    what: 'The store {store} cannot be used: {problem}.',
    why: 'ckpt needs a directory that it can read and write, on a file system that survives the kernel switch.',
    hint: 'Make it with mkdir -p, check its owner and mount options, or choose another with --store DIR.',
  },
  'store-full': {
    exit: Exit.refused,
    what: 'There is not enough room in {store}: about {needed} needed, {available} free.',
    why: 'A bundle holds the private memory of every frozen process.',
    hint: 'Free some space, or choose a larger place with --store DIR. Nothing was stopped.',
  },
  'bundle-name-invalid': {
    exit: Exit.usage,
    what: '"{name}" cannot be the name of a bundle.',
    why: 'A name becomes a directory in the store: letters, digits and . _ @ : + - only, not starting with a dot, at most 128.',
    hint: 'Choose a plain name, such as --name web-1.',
  },
  'bundle-name-taken': {
    exit: Exit.refused,
    what: 'The store already holds a bundle named {name}.',
    why: 'Freezing over it would destroy processes that may exist nowhere else.',
    hint: 'Choose another name with --name, or remove the old one with: ckpt rm {name}',
  },
  'bundle-missing': {
    exit: Exit.refused,
    what: 'There is no bundle {name} in {store}.',
    why: 'Neither a bundle of that name nor a .ckpt file of that path exists.',
    hint: 'See what is there with: ckpt list',
  },
  'bundle-manifest-invalid': {
    exit: Exit.corrupt,
    what: 'The bundle {bundle} is damaged: its manifest is not valid ({problem}).',
    why: 'The file was cut short, altered, or not written by ckpt.',
    hint: 'Take the bundle from a copy. Nothing of it was used.',
  },
  'bundle-too-new': {
    exit: Exit.incompatible,
    what: 'The bundle {bundle} has layout {version}; this ckpt reads up to {supported}.',
    why: 'It was written by a newer ckpt.',
    hint: 'Thaw it with the ckpt that wrote it, or a newer one.',
  },
  'bundle-state-invalid': {
    exit: Exit.corrupt,
    what: 'The bundle {bundle} is damaged: its state.json is missing or not valid.',
    why: 'Without it ckpt cannot know whether the processes were thawed already.',
    hint: 'Take state.json from a copy of the bundle.',
  },
  'bundle-member-missing': {
    exit: Exit.corrupt,
    what: 'The bundle {bundle} is damaged: {member} is missing.',
    why: 'The manifest lists it, but it is not there.',
    hint: 'Take the bundle from a copy. Nothing of it was used.',
  },
  'bundle-member-extra': {
    exit: Exit.corrupt,
    what: 'The bundle {bundle} holds {member}, which its manifest does not list.',
    why: 'Something was added after the freeze; ckpt does not guess whether it matters.',
    hint: 'If you put it there, move it away; otherwise do not trust this bundle.',
  },
  'bundle-member-kind': {
    exit: Exit.corrupt,
    what: 'The bundle {bundle} is not to be trusted: {member} is {kind}.',
    why: 'Members are plain files; anything else could lead outside the bundle.',
    hint: 'Take the bundle from a copy. Nothing of it was used.',
  },
  'bundle-member-size': {
    exit: Exit.corrupt,
    what: 'The bundle {bundle} is damaged: {member} has {actual} bytes, not {expected}.',
    why: 'The file was cut short or grew after the freeze.',
    hint: 'Take the bundle from a copy. Nothing of it was used.',
  },
  'bundle-member-damaged': {
    exit: Exit.corrupt,
    what: 'The bundle {bundle} is damaged: the contents of {member} changed since the freeze.',
    why: 'Its digest is not the one in the manifest: a flipped bit, a bad disk, or tampering.',
    hint: 'Take the bundle from a copy. Nothing of it was used.',
  },
  'bundle-pages-mismatch': {
    exit: Exit.corrupt,
    what: 'The bundle {bundle} is damaged: {member} should hold {expected} bytes of memory and holds {actual}.',
    why: 'The document counts the pages of each process, and the count does not fit the bytes.',
    hint: 'Take the bundle from a copy. Nothing of it was used.',
  },
  'archive-invalid': {
    exit: Exit.corrupt,
    what: '{file} is not a whole .ckpt file: {problem}.',
    why: 'A .ckpt file is a tar archive of one bundle; this one is cut short, altered, or something else.',
    hint: 'Copy it again from where it was made. Nothing of it was used.',
  },
  'archive-exists': {
    exit: Exit.refused,
    what: 'The file {file} exists already.',
    why: 'ckpt does not overwrite what may be the only copy of a process.',
    hint: 'Choose another file name for --out, or move that one away.',
  },
});
