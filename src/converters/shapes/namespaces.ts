/** Shapes of namespaces and mounts. */
import type {
  BinaryFormat,
  IdRange,
  Mount,
  Namespace,
  NamespaceOf,
} from '../../image-format/neutral/index.js';
import { fileSystems, mountFlags } from '../../image-format/neutral/words/namespaces.js';
import { bits, boolean, decimal, device, list, named, nested, number, text } from './reps.js';
import { shape } from './shape.js';

type Body<K extends Namespace['kind']> = Omit<NamespaceOf<K>, 'id' | 'kind'>;

export const hostname = shape<Body<'hostname'>>('utsns_entry', {
  nodename: ['name', text],
  domainname: ['domain', text],
});

const timespec = shape<Body<'time'>['monotonic']>('timespec', {
  tv_sec: ['seconds', decimal],
  tv_nsec: ['nanoseconds', decimal],
});
export const time = shape<Body<'time'>>('timens_entry', {
  monotonic: ['monotonic', nested(timespec)],
  boottime: ['boottime', nested(timespec)],
});

export const pid = shape<Body<'pid'>>('pidns_entry', { ext_key: ['externalKey', text] });

const range = shape<IdRange>('uid_gid_extent', {
  first: ['inside', number],
  lower_first: ['outside', number],
  count: ['count', number],
});
export const binaryFormat = shape<BinaryFormat>('binfmt_misc_entry', {
  name: ['name', text],
  enabled: ['enabled', boolean],
  interpreter: ['interpreter', text],
  flags: ['flags', text],
  extension: ['extension', text],
  magic: ['magic', text],
  mask: ['mask', text],
  offset: ['offset', number],
});
export const user = shape<Body<'user'>>('userns_entry', {
  uid_map: ['users', list(nested(range))],
  gid_map: ['groups', list(nested(range))],
  binfmt_misc: ['binaryFormats', list(nested(binaryFormat))],
});

export const mount = shape<Mount>('mnt_entry', {
  fstype: ['fileSystem', named(fileSystems)],
  mnt_id: ['id', number],
  root_dev: ['device', device],
  parent_mnt_id: ['parent', number],
  flags: ['flags', bits(mountFlags)],
  root: ['root', text],
  mountpoint: ['mountPoint', text],
  source: ['source', text],
  options: ['options', text],
  shared_id: ['sharedGroup', number],
  master_id: ['masterGroup', number],
  with_plugin: ['withPlugin', boolean],
  ext_mount: ['external', boolean],
  fsname: ['fileSystemName', text],
  internal_sharing: ['internalSharing', boolean],
  deleted: ['deleted', boolean],
  sb_flags: ['fileSystemFlags', bits(mountFlags)],
  ext_key: ['externalKey', text],
});
