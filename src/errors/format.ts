import { Exit, table } from './failure.js';

export const formatFailures = table({
  'image-truncated': {
    exit: Exit.corrupt,
    what: '{where} is cut short: {detail}',
    why: 'CRIU did not finish writing it, or it was damaged or changed afterwards',
    hint: 'freeze the processes again, or copy the images again from where they came',
  },
  'image-damaged': {
    exit: Exit.corrupt,
    what: '{where} is damaged: {detail}',
    why: 'its bytes break the rules of the format that every known CRIU release writes',
    hint: 'freeze the processes again, or copy the images again from where they came',
  },
  'image-excessive': {
    exit: Exit.corrupt,
    what: '{where} is refused: {detail}',
    why: 'no dump needs that much; such a file is made to exhaust the memory of whoever reads it',
    hint: 'use images only from where you trust; if CRIU itself wrote this, report it with the size of the process',
  },
  'image-magic': {
    exit: Exit.corrupt,
    what: '{where} does not begin like an image of its name: {found} instead of {expected}',
    why: 'the file was renamed, overwritten or damaged, or a CRIU older than 2.0 wrote it',
    hint: 'freeze the processes again with a CRIU of 3.17.1 or newer',
  },
  'image-kind-unknown': {
    exit: Exit.incompatible,
    what: '{where} is an image of a kind that this version does not know',
    why: 'a CRIU newer than the known ones ({known}), or a CRIU plugin, wrote it; leaving it out could lose part of a process',
    hint: 'use a newer ckpt; if the file is not an image, move it out of the directory',
  },
  'image-not-a-file': {
    exit: Exit.corrupt,
    what: '{where} is not a regular file',
    why: 'CRIU writes images as regular files; a link or a device here would lead elsewhere',
    hint: 'copy the images into a directory of their own',
  },
  'image-unreadable': {
    exit: Exit.corrupt,
    what: '{where} cannot be read: {detail}',
    why: 'the directory or file is missing, or may not be read',
    hint: 'check the path, and that you are root',
  },
  'image-none': {
    exit: Exit.corrupt,
    what: '{where} holds no CRIU images',
    why: 'there is no inventory.img in it, which every dump has',
    hint: 'name the directory that was given to criu dump with --images-dir',
  },
  'image-exists': {
    exit: Exit.refused,
    what: '{where} exists already',
    why: 'images are only written into an empty directory, so that those of two dumps are never mixed',
    hint: 'name another directory, or empty this one',
  },
  'image-no-room': {
    exit: Exit.missing,
    what: '{where} cannot be written: {detail}',
    why: 'the directory is missing, read-only or full',
    hint: 'make room, or name another directory',
  },
  'image-unwritable': {
    exit: Exit.bug,
    what: '{where} cannot be written: {detail}',
    why: 'a value does not fit the format of the CRIU release that it is written for',
    hint: 'this is a fault of ckpt: report it with the output of the same command and --verbose',
  },
});
