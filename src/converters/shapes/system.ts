/** Shapes of what belongs to the machine: automatic mounts, watched inodes, security policies, processors. */
import type { WireMessage } from '../../image-format/criu/image-set.js';
import type {
  AppArmorNamespace,
  AutofsMount,
  InodePath,
  Processors,
} from '../../image-format/neutral/index.js';
import { autofsModes, byteOrders, processorVendors } from '../../image-format/neutral/words/system.js';
import { base64, decimal, device, hex, hex32, list, named, nested, number, text } from './reps.js';
import { liftMessage, lowerMessage, type Rep, type Shape, shape } from './shape.js';

export const autofs = shape<Omit<AutofsMount, 'device'>>('autofs_entry', {
  fd: ['descriptor', number],
  pgrp: ['processGroup', number],
  timeout: ['timeout', number],
  minproto: ['oldestProtocol', number],
  maxproto: ['newestProtocol', number],
  mode: ['mode', named(autofsModes)],
  uid: ['user', number],
  gid: ['group', number],
  read_fd: ['readDescriptor', number],
});

export const inodePath = shape<InodePath>('irmap_cache_entry', {
  dev: ['device', device],
  inode: ['inode', decimal],
  path: ['path', text],
});

const policy = shape<NonNullable<AppArmorNamespace['policies']>[number]>('aa_policy', {
  name: ['name', text],
  blob: ['policy', base64],
});
/** Namespaces hold namespaces, so the table refers to itself. */
const inNamespace: Rep<AppArmorNamespace> = {
  lift: value => liftMessage(appArmorNamespace, value as WireMessage),
  lower: value => lowerMessage(appArmorNamespace, value),
};
const appArmorNamespace: Shape<AppArmorNamespace> = shape<AppArmorNamespace>('aa_namespace', {
  name: ['name', text],
  policies: ['policies', list(nested(policy))],
  namespaces: ['namespaces', list(inNamespace)],
});
export const appArmor = shape<{ securityPolicies?: AppArmorNamespace[] }>('apparmor_entry', {
  namespaces: ['securityPolicies', list(inNamespace)],
});

const x86 = shape<NonNullable<Processors['x86']>[number]>('cpuinfo_x86_entry', {
  vendor_id: ['vendor', named(processorVendors)],
  cpu_family: ['family', number],
  model: ['model', number],
  stepping: ['stepping', number],
  capability_ver: ['capabilityVersion', number],
  capability: ['capabilities', list(hex32)],
  model_id: ['name', text],
  xfeatures_mask: ['features', hex],
  xsave_size: ['saveSize', number],
  xsave_size_max: ['saveSizeMost', number],
});
const ppc64 = shape<NonNullable<Processors['ppc64']>[number]>('cpuinfo_ppc64_entry', {
  endian: ['byteOrder', named(byteOrders)],
  hwcap: ['capabilities', list(hex)],
});
const s390 = shape<NonNullable<Processors['s390']>[number]>('cpuinfo_s390_entry', {
  hwcap: ['capabilities', list(hex)],
});
export const processors = shape<Processors>('cpuinfo_entry', {
  x86_entry: ['x86', list(nested(x86))],
  ppc64_entry: ['ppc64', list(nested(ppc64))],
  s390_entry: ['s390', list(nested(s390))],
});
