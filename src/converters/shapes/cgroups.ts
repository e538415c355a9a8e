/** Shapes of control groups. */

import type { WireMessage } from '../../image-format/criu/image-set.js';
import type {
  CgroupDirectory,
  CgroupHierarchy,
  CgroupPermissions,
  CgroupProperty,
  CgroupSet,
  Cgroups,
} from '../../image-format/neutral/index.js';
import { boolean, list, nested, number, text } from './reps.js';
import { liftMessage, lowerMessage, type Rep, type Shape, shape } from './shape.js';

const permissions = shape<CgroupPermissions>('cgroup_perms', {
  mode: ['mode', number],
  uid: ['user', number],
  gid: ['group', number],
});

const property = shape<CgroupProperty>('cgroup_prop_entry', {
  name: ['name', text],
  value: ['value', text],
  perms: ['permissions', nested(permissions)],
});

/** Directories hold directories, so the table refers to itself. */
const inDirectory: Rep<CgroupDirectory> = {
  lift: value => liftMessage(directory, value as WireMessage),
  lower: value => lowerMessage(directory, value),
};
const directory: Shape<CgroupDirectory> = shape<CgroupDirectory>('cgroup_dir_entry', {
  dir_name: ['name', text],
  children: ['children', list(inDirectory)],
  properties: ['properties', list(nested(property))],
  dir_perms: ['permissions', nested(permissions)],
});

const membership = shape<NonNullable<CgroupSet['memberships']>[number]>('cg_member_entry', {
  name: ['controller', text],
  path: ['path', text],
  cgns_prefix: ['namespacePrefix', number],
});

const id: Rep<string> = {
  lift: value => `cgroups-${value as number}`,
  lower: value => Number(value.slice('cgroups-'.length)),
};
const set = shape<CgroupSet>('cg_set_entry', {
  id: ['id', id],
  ctls: ['memberships', list(nested(membership))],
});

const hierarchy = shape<CgroupHierarchy>('cg_controller_entry', {
  cnames: ['controllers', list(text)],
  dirs: ['directories', list(inDirectory)],
  is_threaded: ['threaded', boolean],
});

export const cgroups = shape<Cgroups>('cgroup_entry', {
  sets: ['sets', list(nested(set))],
  controllers: ['hierarchies', list(nested(hierarchy))],
});
