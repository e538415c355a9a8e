/**
 * CRIU 4.2 leaves the value of net.ipv4.ping_group_range out where it is the default, that of a new network namespace
 * (criu/net.c, ipv4_sysctls_ping_group_range_map_gid). CRIU 4.1 fails in the restore of an entry without a value
 * (ipv4_sysctls_op, sysctl_op), so the default is written out for it.
 */
import type { WireMessage } from '../../image-format/criu/image-set.js';
import { many } from '../image-index.js';
import { mapRecords, type WireStep, withMessage } from './step.js';

/** No group may send pings: the kernel's default (net/ipv4/af_inet.c, inet_init_net), as CRIU 4.1 writes it. */
export const NO_GROUPS = '1\t0\n';

export const pingGroups: WireStep = {
  name: 'ping-groups',
  since: '4.2.1',
  together: [],

  up: images => images,

  down: images =>
    mapRecords(images, ['netns'], record => {
      // The only setting there: criu/net.c, ipv4_sysctl_entries.
      const settings: readonly WireMessage[] = many(record.message, 'ipv4_sysctl');
      if (settings.every(({ sarg }) => sarg !== undefined)) return record;
      const whole = settings.map(setting => ({ sarg: NO_GROUPS, ...setting }));
      return withMessage(record, { ...record.message, ipv4_sysctl: whole });
    }),
};
