/** The wire table against the descriptors in Debian's packages, for each release. */
import { describe, expect, it } from 'vitest';
import { compareTable } from '../../scripts/wire-table/compare.js';
import { readDescriptors } from '../../scripts/wire-table/descriptors.js';
import { descriptorFolder, isCached } from '../../scripts/wire-table/packages.js';
import { unite } from '../../scripts/wire-table/union.js';
import { CRIU_VERSIONS, type CriuVersion } from '../../src/image-format/criu/image-set.js';
import { schemaOf } from '../../src/image-format/criu/schema.js';
import { wireTable } from '../../src/image-format/criu/wire-table.js';
import type { FieldFacts, VersionSchema } from '../../src/image-format/criu/wire-types.js';

describe.each(CRIU_VERSIONS)('CRIU %s', version => {
  it('is in the wire table, field by field', async context => {
    if (!isCached(version))
      context.skip('its package is not in the cache: npm run wire-table -- --check fetches it');
    const differences = compareTable(wireTable, version, await readDescriptors(descriptorFolder(version)));
    expect(differences).toEqual([]);
  });
});

const schema = (fields: Record<string, FieldFacts>): VersionSchema => ({
  messages: { m: fields },
  enums: { e: { A: 0 } },
});
const a: FieldFacts = { name: 'a', type: 'uint32', label: 'required' };

describe('compareTable', () => {
  const table = unite({
    '3.17.1': schema({ 1: a }),
    '3.18': schema({ 1: a }),
    '3.19': schema({ 1: a }),
    '4.0': schema({ 1: a }),
    '4.1.1': schema({ 1: a, 2: { ...a, name: 'b' } }),
    '4.2.1': schema({ 1: { ...a, name: 'renamed' } }),
    '4.3': schema({ 1: { ...a, name: 'renamed' }, 3: { ...a, name: 'c', default: '7' } }),
  });

  it.each(CRIU_VERSIONS)('finds nothing where the table says the same (%s)', version => {
    expect(compareTable(table, version, schemaOf(table, version))).toEqual([]);
  });

  it('gives each release back what it said', () => {
    expect(schemaOf(table, '4.1.1').messages.m).toEqual({ 1: a, 2: { ...a, name: 'b' } });
    expect(table.messages.m?.fields[1]?.name).toBe('renamed');
  });

  const found: readonly (readonly [string, CriuVersion, VersionSchema, string])[] = [
    ['a missing field', '3.17.1', schema({ 1: a, 9: a }), 'm.9 is missing from the table'],
    [
      'a missing message',
      '4.3',
      { messages: { ...schemaOf(table, '4.3').messages, x: {} }, enums: { e: { A: 0 } } },
      'x is missing',
    ],
    ['another type', '3.17.1', schema({ 1: { ...a, type: 'uint64' } }), 'm.1 differs'],
    ['another name', '3.17.1', schema({ 1: { ...a, name: 'z' } }), 'm.1 differs'],
    [
      'another default',
      '4.3',
      schema({ 1: { ...a, name: 'renamed' }, 3: { ...a, name: 'c' } }),
      'm.3 differs',
    ],
    ['a field too many', '4.1.1', schema({ 1: a }), 'm.2 is in the table, not in the release'],
    ['another enum value', '3.17.1', { messages: { m: { 1: a } }, enums: { e: { A: 1 } } }, 'e.A differs'],
  ];
  it.each(found)('finds %s', (_, version, truth, line) => {
    expect(compareTable(table, version, truth).join('\n')).toContain(line);
  });
});
