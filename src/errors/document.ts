import { Exit, table } from './failure.js';

export const documentFailures = table({
  'document-invalid': {
    exit: Exit.corrupt,
    what: '{where} is not a valid document: at {path}: {detail}',
    why: 'it was damaged or changed, or something wrote it that does not follow docs/format.md',
    hint: 'check the bundle with ckpt verify; docs/format.md describes every field',
  },
  'document-excessive': {
    exit: Exit.corrupt,
    what: '{where} is refused: it would take more memory than the document of any tree should',
    why: 'no tree that one machine can run needs that much; such a document is made to exhaust the memory of whoever reads it',
    hint: 'use bundles only from where you trust; if ckpt itself wrote this one, report it with the number of processes',
  },
  'document-format-unknown': {
    exit: Exit.incompatible,
    what: '{where} has format {format}; this ckpt knows formats {known}',
    why: 'a newer ckpt wrote it',
    hint: 'use the ckpt that wrote it, or a newer one',
  },
  'section-unknown': {
    exit: Exit.incompatible,
    what: '{where} has a section "{section}" that this ckpt cannot read: {detail}',
    why: 'a newer ckpt, or another program, wrote it, and without this section the processes would come back wrong',
    hint: 'use the ckpt that wrote it, or a newer one',
  },
  'document-contradictory': {
    exit: Exit.corrupt,
    what: 'the document contradicts itself: at {path}: {detail}',
    why: 'every field is well formed, but together they describe no process that could exist',
    hint: 'check the bundle with ckpt verify; if ckpt itself wrote it, report it',
  },
  'convert-fatal': {
    exit: Exit.incompatible,
    what: 'the processes cannot be carried to {target}: {reason}',
    why: 'what they use does not exist there in any form ({field})',
    hint: 'thaw them with the CRIU and kernel that they came from, or with newer ones',
  },
  'patch-refused': {
    exit: Exit.incompatible,
    what: 'the memory of process {pid} cannot be changed for this kernel: at {address} is {found}, not {expected}',
    why: 'it has to be: {reason}; what is there is not what the known versions of glibc keep',
    hint: 'thaw on a kernel of the series that the processes came from, and report this with the version of glibc',
  },
});
