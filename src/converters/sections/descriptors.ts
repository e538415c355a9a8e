/** Descriptor tables: fdinfo images, with the kind of file left to the file itself. */
import type { WireMessage } from '../../image-format/criu/image-set.js';
import type { DescriptorTable, OpenFile } from '../../image-format/neutral/index.js';
import { compact, numberOf } from '../image-index.js';
import { fileKinds } from '../shapes/files.js';
import type { Section } from './section.js';

const FD_CLOEXEC = 1;

export const descriptors: Section<'descriptorTables'> = {
  lift(images) {
    const tables: DescriptorTable[] = [];
    for (const [id, image] of images.all('fdinfo')) {
      tables.push({
        id: `descriptors-${id}`,
        entries: image.records.map(({ message }) => liftEntry(message)),
      });
    }
    return { descriptorTables: tables };
  },

  lower(tree, out) {
    const kinds = new Map(tree.openFiles.map(file => [file.id, file.kind]));
    tree.descriptorTables.forEach((table, index) => {
      const records = table.entries.map(entry => ({ message: lowerEntry(entry, kinds) }));
      out.add('fdinfo', numberOf(table.id), records, `/descriptorTables/${index}`);
    });
  },
};

type Entry = DescriptorTable['entries'][number];

function liftEntry(message: WireMessage): Entry {
  const label = message.xattr_security_selinux;
  return {
    number: message.fd as number,
    refersTo: `file-${message.id as number}`,
    closeOnExec: ((message.flags as number) & FD_CLOEXEC) !== 0,
    ...(label === undefined ? undefined : { securityLabel: label as string }),
  };
}

function lowerEntry(entry: Entry, kinds: ReadonlyMap<string, OpenFile['kind']>): WireMessage {
  const kind = kinds.get(entry.refersTo);
  return compact({
    id: numberOf(entry.refersTo),
    flags: entry.closeOnExec ? FD_CLOEXEC : 0,
    type: kind === undefined ? 0 : fileKinds[kind].type,
    fd: entry.number,
    xattr_security_selinux: entry.securityLabel,
  });
}
