/** What belongs to the machine rather than to a process: automatic mounts, watched inodes, policies, processors. */
import type { AutofsMount, BinaryFormats } from '../../image-format/neutral/index.js';
import { binaryFormat } from '../shapes/namespaces.js';
import { device } from '../shapes/reps.js';
import { liftMessage, lowerMessage } from '../shapes/shape.js';
import * as shapes from '../shapes/system.js';
import type { Section } from './section.js';

/** An image for each device, named by its number. */
export const autofsMounts: Section<'autofsMounts'> = {
  lift(images) {
    const mounts = [...images.all('autofs')].flatMap(([id, { records }]): AutofsMount[] => {
      const [record] = records;
      if (record === undefined) return [];
      return [{ device: device.lift(Number(id)), ...liftMessage(shapes.autofs, record.message) }];
    });
    return mounts.length === 0 ? {} : { autofsMounts: mounts };
  },
  lower(tree, out) {
    (tree.autofsMounts ?? []).forEach((mount, index) => {
      const id = device.lower(mount.device) as number;
      out.add('autofs', id, [{ message: lowerMessage(shapes.autofs, mount) }], `/autofsMounts/${index}`);
    });
  },
};

/** An image for each mounted file system, named by its device; one without a name before user namespaces had their own. */
export const binaryFormats: Section<'binaryFormats'> = {
  lift(images) {
    const found = [...images.all('binfmt-misc')].map(
      ([id, { records }]): BinaryFormats => ({
        ...(id === '' ? undefined : { device: device.lift(Number(id)) }),
        formats: records.map(({ message }) => liftMessage(binaryFormat, message)),
      }),
    );
    return found.length === 0 ? {} : { binaryFormats: found };
  },
  lower(tree, out) {
    (tree.binaryFormats ?? []).forEach((found, index) => {
      const id = found.device === undefined ? '' : (device.lower(found.device) as number);
      const records = found.formats.map(format => ({ message: lowerMessage(binaryFormat, format) }));
      out.add('binfmt-misc', id, records, `/binaryFormats/${index}`);
    });
  },
};

export const inodePaths: Section<'inodePaths'> = {
  lift(images) {
    if (!images.has('irmap-cache')) return {};
    return {
      inodePaths: images.records('irmap-cache').map(({ message }) => liftMessage(shapes.inodePath, message)),
    };
  },
  lower(tree, out) {
    if (tree.inodePaths === undefined) return;
    const records = tree.inodePaths.map(path => ({ message: lowerMessage(shapes.inodePath, path) }));
    out.add(
      'irmap-cache',
      '',
      records,
      tree.inodePaths.map((_, index) => `/inodePaths/${index}`),
    );
  },
};

export const securityPolicies: Section<'securityPolicies'> = {
  lift(images) {
    const message = images.first('apparmor');
    return message === undefined ? {} : { securityPolicies: [], ...liftMessage(shapes.appArmor, message) };
  },
  lower(tree, out) {
    if (tree.securityPolicies === undefined) return;
    const some = tree.securityPolicies.length === 0 ? {} : { securityPolicies: tree.securityPolicies };
    out.add('apparmor', '', [{ message: lowerMessage(shapes.appArmor, some) }], '/securityPolicies');
  },
};

export const processors: Section<'processors'> = {
  lift(images) {
    const message = images.first('cpuinfo');
    return message === undefined ? {} : { processors: liftMessage(shapes.processors, message) };
  },
  lower(tree, out) {
    if (tree.processors === undefined) return;
    out.add('cpuinfo', '', [{ message: lowerMessage(shapes.processors, tree.processors) }], '/processors');
  },
};
