import { describe, expect, it } from 'vitest';
import { fits } from '../../src/checkpoint/check/pattern.js';
import { policyOf } from '../../src/checkpoint/policy/policy-file.js';
import { allowChangedFiles } from '../../src/converters/mends/changed-files.js';
import { dumpArguments, inheritedFiles, restoreArguments } from '../../src/host/criu/arguments.js';
import { manifestFromJson } from '../../src/image-format/bundle/manifest-schema.js';
import type { ImageSet } from '../../src/image-format/criu/image-set.js';

describe('patterns', () => {
  it.each([
    ['/run/*', '/run/a', true],
    ['/run/*', '/run/a/b', false],
    ['/run/**', '/run/a/b', true],
    ['/run/?', '/run/ab', false],
    ['unix:*', 'unix:81-82', true],
    ['/a+(b)[c].x', '/a+(b)[c].x', true],
    ['/a.x', '/abx', false],
  ])('%s and %s: %s', (pattern, text, answer) => {
    expect(fits(pattern, text)).toBe(answer);
  });
});

describe('a policy file', () => {
  it('holds for the first row that fits one of the names', () => {
    const services = { 'redis.service': { tcp: 'close' as const }, '*': { break: ['unix:*'] } };
    const file = { version: 1 as const, services };
    expect(policyOf(file, ['redis.service', 'redis'])).toEqual({ tcp: 'close' });
    expect(policyOf(file, ['nginx'])).toEqual({ broken: ['unix:*'] });
    expect(policyOf({ version: 1, services: {} }, ['nginx'])).toEqual({});
  });
});

describe('files that may have changed', () => {
  const file = (name: string, more = {}) => ({
    message: { type: 1, id: 1, reg: { id: 1, name, pos: 100n, mode: 0o100644, ...more } },
  });
  const set = (...records: ReturnType<typeof file>[]): ImageSet => ({
    images: [{ file: 'files.img', kind: 'files', form: 'records', records }],
    pages: [],
  });

  it('have no size and mode to be compared with, and no position behind their end', () => {
    const before = set(file('/a', { size: 200n }), file('/b', { size: 200n }), file('/c', { size: 200n }));
    const after = allowChangedFiles(
      before,
      new Map([
        ['/a', 7n],
        ['/b', undefined],
      ]),
    );
    const records = after.images.flatMap(image => (image.form === 'records' ? image.records : []));
    expect(records.map(record => record.message.reg)).toEqual([
      { id: 1, name: '/a', pos: 7n },
      { id: 1, name: '/b', pos: 100n },
      { id: 1, name: '/c', pos: 100n, mode: 0o100644, size: 200n },
    ]);
  });
});

describe('options of CRIU', () => {
  const common = {
    images: 'i',
    log: 'l',
    script: 's',
    tcp: 'refuse',
    shellJob: false,
    verbose: false,
  } as const;

  it('name the sockets that lose their peers, at both ends of the way', () => {
    const dump = dumpArguments({
      ...common,
      ...{ pid: 1, leaveRunning: false, ghostLimit: 0, reconnectUnix: true, leftSockets: [7, 8] },
    });
    expect(dump.join(' ')).toContain('--ext-unix-sk --external unix[7] --external unix[8]');
    const restore = restoreArguments({
      ...common,
      reconnectUnix: true,
      inherited: inheritedFiles([7], [8]),
    });
    expect(restore.join(' ')).toContain(
      '--ext-unix-sk --inherit-fd fd[3]:socket:[7] --inherit-fd fd[512]:socket:[8]',
    );
  });
});

describe('the policy of a tree in a manifest', () => {
  const manifest = (policy?: unknown): string =>
    JSON.stringify({
      bundle: 1,
      id: '6f1f7b0e-6d5e-4c53-9d0c-0d6b1f7c9a11',
      name: 'a',
      writtenBy: 'ckpt 0.1.0',
      createdAt: '2026-11-21T00:00:00.000Z',
      origin: { kernel: '6.1', architecture: 'x86_64', distribution: 'd', criu: '4.2.1', bootId: 'b' },
      options: { tcp: 'established', shellJob: false, leftRunning: false },
      trees: [{ root: 7, command: 'c', processes: 1, ...(policy === undefined ? {} : { policy }) }],
      members: [{ path: 'document.json', size: 1, digest: `sha256-4m:${'0'.repeat(64)}` }],
    });
  const file = {
    path: '/run/a',
    action: 'carry',
    member: 'files/0/0',
    mode: 0o644,
    uid: 0,
    gid: 0,
    modified: 1,
  };

  it('is read, and may be absent as in older ones', () => {
    expect(manifestFromJson(manifest(), 'a').trees[0]?.policy).toBeUndefined();
    const policy = { tcp: 'close', unix: 'external', closedSockets: [7], files: [file] };
    expect(manifestFromJson(manifest(policy), 'a').trees[0]?.policy).toEqual(policy);
  });

  it.each(['/etc/../shadow', '/a//b', '/a/', '/a/.', 'a', '/'])('refuses the path %s', path => {
    expect(() => manifestFromJson(manifest({ files: [{ ...file, path }] }), 'a')).toThrow(/manifest/);
  });

  it('refuses content that is no carried file', () => {
    const member = 'memory/0/pages-1.img';
    expect(() => manifestFromJson(manifest({ files: [{ ...file, member }] }), 'a')).toThrow(/manifest/);
  });
});
