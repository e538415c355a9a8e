import { Exit, table } from './failure.js';

export const conversionFailures = table({
  'source-missing': {
    exit: Exit.refused,
    what: 'there is no {name}',
    why: 'neither a bundle of that name in {store} nor a file or directory of that path exists',
    hint: 'see the bundles with ckpt list, or name a directory of CRIU images or a .ckpt file by its path',
  },
  'source-unknown': {
    exit: Exit.refused,
    what: '{where} is neither a bundle nor a directory of CRIU images',
    why: 'a bundle has a manifest.json, a dump of CRIU an inventory.img; neither is there',
    hint: 'name the directory that was given to criu dump with --images-dir, or a bundle or .ckpt file',
  },
  'import-no-folder': {
    exit: Exit.refused,
    what: 'there is no folder {where}',
    why: 'images are imported from the folder into which CRIU wrote them',
    hint: 'name the directory that was given to criu dump with --images-dir; a .ckpt file needs no import: ckpt thaw FILE',
  },
  'import-incremental': {
    exit: Exit.refused,
    what: 'the images in {where} are not whole: some of their pages lie in an earlier dump ({parent})',
    why: 'they were made with --prev-images-dir, and a bundle carries all of its memory itself',
    hint: 'restore them with the CRIU that made them, and freeze the processes with ckpt freeze (or criu dump without --prev-images-dir)',
  },
  'import-lazy': {
    exit: Exit.refused,
    what: 'the images in {where} are not whole: some of their pages were never written',
    why: 'they were made with --lazy-pages, which leaves pages with the processes until somebody asks for them',
    hint: 'dump the processes again without --lazy-pages',
  },
  'convert-target-exists': {
    exit: Exit.refused,
    what: '{where} exists already',
    why: 'a conversion writes into a place of its own, so that nothing is overwritten and two dumps are never mixed',
    hint: 'name a path that is free, or an empty directory',
  },
  'convert-target-unusable': {
    exit: Exit.refused,
    what: '{where} cannot be written: {problem}',
    why: 'the folder that is to hold it is missing, read-only, full, or not yours',
    hint: 'make room, or name another place',
  },
});
