/** What is about the whole tree: cgroups, system call filters, BPF maps, statistics. */

import type { WireMessage } from '../../image-format/criu/image-set.js';
import { compact, many } from '../image-index.js';
import { EMPTY } from '../payloads.js';
import { cgroups as cgroupsShape } from '../shapes/cgroups.js';
import { seccompFilter } from '../shapes/processes.js';
import { liftMessage, lowerMessage } from '../shapes/shape.js';
import { statistics as statisticsShape } from '../shapes/statistics.js';
import type { Section } from './section.js';

export const cgroups: Section<'cgroups'> = {
  lift(images) {
    const message = images.first('cgroup');
    return message === undefined ? {} : { cgroups: liftMessage(cgroupsShape, message) };
  },
  lower(tree, out) {
    if (tree.cgroups === undefined) return;
    out.add('cgroup', '', [{ message: lowerMessage(cgroupsShape, tree.cgroups) }], '/cgroups');
  },
};

export const seccompFilters: Section<'seccompFilters'> = {
  lift(images) {
    const message = images.first('seccomp');
    if (message === undefined) return {};
    return {
      seccompFilters: many(message, 'seccomp_filters').map(filter => liftMessage(seccompFilter, filter)),
    };
  },
  lower(tree, out) {
    if (tree.seccompFilters === undefined) return;
    const filters = tree.seccompFilters.map(filter => lowerMessage(seccompFilter, filter));
    out.add(
      'seccomp',
      '',
      [{ message: compact({ seccomp_filters: filters.length === 0 ? undefined : filters }) }],
      '/seccompFilters',
    );
  },
};

export const bpfMaps: Section<'bpfMaps'> = {
  lift(images, { payloads }) {
    if (!images.has('bpfmap-data')) return {};
    return {
      bpfMaps: images.records('bpfmap-data').map(({ message, payload }) => ({
        map: message.map_id as number,
        count: message.count as number,
        keyBytes: message.keys_bytes as number,
        valueBytes: message.values_bytes as number,
        ...(payload === undefined
          ? undefined
          : { contents: payloads.add(`bpf-map-${message.map_id as number}`, payload) }),
      })),
    };
  },
  lower(tree, out, { resolve }) {
    if (tree.bpfMaps === undefined) return;
    const records = tree.bpfMaps.map(map => ({
      message: { map_id: map.map, keys_bytes: map.keyBytes, values_bytes: map.valueBytes, count: map.count },
      payload: map.contents === undefined ? EMPTY : resolve(map.contents),
    }));
    out.add(
      'bpfmap-data',
      '',
      records,
      tree.bpfMaps.map((_, index) => `/bpfMaps/${index}`),
    );
  },
};

export const statistics: Section<'statistics'> = {
  lift(images) {
    const message = images.first('stats', 'dump')?.dump;
    return message === undefined ? {} : { statistics: liftMessage(statisticsShape, message as WireMessage) };
  },
  lower(tree, out) {
    if (tree.statistics === undefined) return;
    out.add(
      'stats',
      'dump',
      [{ message: { dump: lowerMessage(statisticsShape, tree.statistics) } }],
      '/statistics',
    );
  },
};
