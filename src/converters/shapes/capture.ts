/** Shape of the inventory: how a tree was captured. */
import type { Capture } from '../../image-format/neutral/index.js';
import { compressions, networkLocks, securityModules } from '../../image-format/neutral/words/capture.js';
import { namespaces } from './processes.js';
import { boolean, decimal, list, named, nested, number, reference, text } from './reps.js';
import { type Rep, shape } from './shape.js';

type Outside = NonNullable<Capture['outside']>;

const outsideObjects = shape<Omit<Outside, 'namespaces'>>('task_kobj_ids_entry', {
  vm_id: ['memory', number],
  files_id: ['descriptors', number],
  fs_id: ['filesystem', number],
  sighand_id: ['signals', number],
});

const outside: Rep<Outside> = {
  lift: value => ({ ...nested(outsideObjects).lift(value), namespaces: nested(namespaces).lift(value) }),
  lower: ({ namespaces: spaces, ...rest }) => ({
    ...(nested(outsideObjects).lower(rest) as object),
    ...(nested(namespaces).lower(spaces) as object),
  }),
};

const plugins = shape<NonNullable<Capture['plugins']>>('plugins_entry', { plugins: ['names', list(text)] });

export const capture = shape<Capture>('inventory_entry', {
  img_version: ['imageVersion', number],
  fdinfo_per_id: ['tablesById', boolean],
  root_ids: ['outside', outside],
  ns_per_id: ['namespacesById', boolean],
  root_cg_set: ['outsideCgroups', reference('cgroups')],
  lsmtype: ['securityModule', named(securityModules)],
  dump_uptime: ['uptime', decimal],
  pre_dump_mode: ['preDumpMode', number],
  tcp_close: ['tcpClosed', boolean],
  network_lock_method: ['networkLock', named(networkLocks)],
  plugins_entry: ['plugins', nested(plugins)],
  dump_criu_run_id: ['runId', text],
  allow_uprobes: ['uprobesAllowed', boolean],
  compress: ['compression', named(compressions)],
  compress_block_size: ['compressionBlock', number],
});
