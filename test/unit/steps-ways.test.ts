/** Images with all sorts of fields: a way over another release says no less than the direct one. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fromNewest, toNewest } from '../../src/converters/steps/index.js';
import {
  CRIU_VERSIONS,
  type CriuVersion,
  type Image,
  type WireMessage,
  type WireValue,
} from '../../src/image-format/criu/image-set.js';
import { imageOf } from './converters-images.js';
import { messageOf } from './criu-messages.js';

const convert = (images: readonly Image[], from: CriuVersion, to: CriuVersion): readonly Image[] =>
  fromNewest(toNewest(images, from), to, () => {});

const age = (release: CriuVersion): number => CRIU_VERSIONS.indexOf(release);

/** Fields that only older releases write, although newer ones still read them; true where they are written. */
const SET_UNTIL: readonly (readonly [message: string, field: string, until: CriuVersion])[] = [
  ['task_core_entry', 'cg_set', '3.18'],
  ['tcp_stream_entry', 'cork', '4.0'],
  ['tcp_stream_entry', 'nodelay', '4.0'],
  ['sk_opts_entry', 'tcp_keepcnt', '4.0'],
  ['sk_opts_entry', 'tcp_keepidle', '4.0'],
  ['sk_opts_entry', 'tcp_keepintvl', '4.0'],
];

/** A message as a release writes it. */
function written(release: CriuVersion, name: string, message: WireMessage): WireMessage {
  const out = { ...message } as Record<string, WireValue>;
  for (const [of, field, until] of SET_UNTIL) {
    if (of !== name) continue;
    if (age(release) >= age(until) || out[field] === false) delete out[field];
  }
  return out;
}

/** A process of two threads, with a connection, as a release may write it. */
function imagesOf(release: CriuVersion): fc.Arbitrary<readonly Image[]> {
  const one = (file: string, kind: string, message: string, fixed = {}): fc.Arbitrary<Image> =>
    messageOf(release, message).map(made =>
      imageOf(file, kind, { ...written(release, message, made), ...fixed }),
    );
  const core = fc
    .tuple(
      messageOf(release, 'thread_core_entry'),
      messageOf(release, 'task_core_entry'),
      fc.constantFrom(0, 1, 6),
    )
    .map(([thread_core, tc, sched_policy]) => ({
      thread: { mtype: 1, thread_core: { ...thread_core, sched_policy } },
      tc: written(release, 'task_core_entry', tc),
    }));
  const controller = (name: string) =>
    messageOf(release, 'cg_controller_entry').map(({ is_threaded: _, ...made }) => ({
      ...made,
      cnames: [name],
    }));
  const cgroup = fc
    .tuple(messageOf(release, 'cgroup_entry'), controller(''), controller('cpu'))
    .map(([made, two, one]) =>
      imageOf('cgroup.img', 'cgroup', {
        ...made,
        controllers: [{ ...two, ...(age(release) < age('3.18') ? undefined : { is_threaded: true }) }, one],
      }),
    );
  const mm = messageOf(release, 'mm_entry').map(({ vmas = [], ...made }) =>
    // what newer releases have come to say is in the bits above
    imageOf('mm-5.img', 'mm', {
      ...made,
      vmas: (vmas as readonly WireMessage[]).map(vma => ({ ...vma, status: Number(vma.status) & 0x7fff })),
    }),
  );
  const socket = messageOf(release, 'inet_sk_entry').map(({ opts, ...made }) =>
    imageOf('files.img', 'files', {
      type: 4,
      id: 1,
      isk: { ...made, ino: 0xab, proto: 6, opts: written(release, 'sk_opts_entry', opts as WireMessage) },
    }),
  );
  return fc.tuple(
    one('pstree.img', 'pstree', 'pstree_entry', { pid: 5, threads: [5, 6] }),
    core.map(({ thread, tc }) => imageOf('core-5.img', 'core', { ...thread, tc })),
    core.map(({ thread }) => imageOf('core-6.img', 'core', thread)),
    socket,
    one('tcp-stream-ab.img', 'tcp-stream', 'tcp_stream_entry'),
    mm,
    cgroup,
    one('memfd.img', 'memfd', 'memfd_inode_entry'),
    // CRIU 4.1 writes every value, and 4.2 leaves the default out
    fc
      .string()
      .map(sarg =>
        imageOf(
          'netns-9.img',
          'netns',
          age(release) < age('4.1.1') ? {} : { ipv4_sysctl: [{ type: 5, sarg }] },
        ),
      ),
    one('inventory.img', 'inventory', 'inventory_entry'),
  );
}

const ways = CRIU_VERSIONS.flatMap(from =>
  CRIU_VERSIONS.flatMap(to =>
    CRIU_VERSIONS.filter(over => age(over) >= Math.min(age(from), age(to))).map(over => ({ from, over, to })),
  ),
);

test('over any release that is not older than both', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...ways).chain(way => imagesOf(way.from).map(images => ({ ...way, images }))),
      ({ from, over, to, images }) => {
        const direct = convert(images, from, to);
        expect(convert(convert(images, from, over), over, to)).toEqual(direct);
      },
    ),
    { numRuns: 150 },
  );
});
