/** Images about the machine, which few dumps have: each put beside a real dump, said in words, and given back. */
import { expect, test } from 'vitest';
import { liftTree, lowerTree } from '../../src/converters/index.js';
import type { WireMessage } from '../../src/image-format/criu/image-set.js';
import { serialiseImage } from '../../src/image-format/criu/write-image-set.js';
import type { Tree } from '../../src/image-format/neutral/index.js';
import { membersOf } from '../support/members.js';
import { imageOf, readSet } from './converters-images.js';

const blob = new Uint8Array([1, 2, 254, 255]);
const format = { name: 'jar', enabled: true, interpreter: '/usr/bin/jexec', flags: '', magic: '504b0304' };

type Case = readonly [file: string, kind: string, messages: readonly WireMessage[], words: Partial<Tree>];
const CASES: readonly Case[] = [
  [
    'autofs-1048580.img',
    'autofs',
    [{ fd: 5, pgrp: 131, timeout: 300, minproto: 5, maxproto: 5, mode: 1, uid: 0, gid: 0, read_fd: 4 }],
    {
      autofsMounts: [
        {
          device: { major: 1, minor: 4 },
          descriptor: 5,
          processGroup: 131,
          timeout: 300,
          oldestProtocol: 5,
          newestProtocol: 5,
          mode: 'indirect',
          user: 0,
          group: 0,
          readDescriptor: 4,
        },
      ],
    },
  ],
  [
    'irmap-cache',
    'irmap-cache',
    [{ dev: 0x0fe00000, inode: 2n ** 60n, path: '/etc/passwd' }],
    {
      inodePaths: [{ device: { major: 254, minor: 0 }, inode: '1152921504606846976', path: '/etc/passwd' }],
    },
  ],
  [
    'apparmor.img',
    'apparmor',
    [{ namespaces: [{ name: 'a', policies: [{ name: 'p', blob }], namespaces: [{ name: 'b' }] }] }],
    {
      securityPolicies: [
        { name: 'a', policies: [{ name: 'p', policy: 'AQL+/w==' }], namespaces: [{ name: 'b' }] },
      ],
    },
  ],
  ['apparmor.img', 'apparmor', [{}], { securityPolicies: [] }],
  [
    'cpuinfo.img',
    'cpuinfo',
    [
      {
        x86_entry: [
          {
            vendor_id: 2,
            cpu_family: 25,
            model: 1,
            stepping: 1,
            capability_ver: 2,
            capability: [0x178bfbff, 0],
            model_id: 'AMD EPYC',
            xfeatures_mask: 0xe7n,
            xsave_size: 2440,
            xsave_size_max: 2696,
          },
        ],
      },
    ],
    {
      processors: {
        x86: [
          {
            vendor: 'amd',
            family: 25,
            model: 1,
            stepping: 1,
            capabilityVersion: 2,
            capabilities: ['0x178bfbff', '0x0'],
            name: 'AMD EPYC',
            features: '0xe7',
            saveSize: 2440,
            saveSizeMost: 2696,
          },
        ],
      },
    },
  ],
  ['binfmt-misc.img', 'binfmt-misc', [format], { binaryFormats: [{ formats: [format] }] }],
  [
    'binfmt-misc-38.img',
    'binfmt-misc',
    [format, format],
    { binaryFormats: [{ device: { major: 0, minor: 38 }, formats: [format, format] }] },
  ],
];

test.each(CASES)('%s has words for all that it says', (file, kind, messages, words) => {
  const image = imageOf(file, kind, ...messages);
  const set = readSet('4.3/kernel-objects');
  const { tree, payloads } = liftTree(
    { ...set, images: [...set.images, image] },
    { label: '0', criu: '4.3' },
  );
  expect(tree).toMatchObject(words);
  expect(tree.residue?.images ?? []).toEqual([]);
  expect((tree.residue?.fields ?? []).filter(field => field.image === kind)).toEqual([]);
  const { images } = lowerTree(tree, { target: { criu: '4.3' }, payload: membersOf(payloads) });
  const back = images.images.find(one => one.file === file);
  expect(back && serialiseImage(back)).toEqual(serialiseImage(image));
});

test('what CRIU 4.3 notes of memory that is not accounted has a name', () => {
  const { tree } = liftTree(readSet('4.3/everything'), { label: '0', criu: '4.3' });
  const marks = tree.memories.flatMap(({ mappings }) => mappings.flatMap(mapping => mapping.marks ?? []));
  expect(new Set(marks)).toEqual(new Set(['not-accounted']));
});
