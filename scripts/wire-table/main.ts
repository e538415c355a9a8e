/**
 * Makes `src/image-format/criu/wire-table.json` from the descriptors in Debian's CRIU packages; with `--check`, only
 * compares, field by field, and fails on the first difference list. Of releases whose descriptors are not at hand, as Debian
 * has no package of them, the table says what it said.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { CRIU_VERSIONS } from '../../src/image-format/criu/image-set.js';
import { schemaOf } from '../../src/image-format/criu/schema.js';
import type { WireTable } from '../../src/image-format/criu/wire-types.js';
import { compareTable } from './compare.js';
import { readDescriptors } from './descriptors.js';
import { descriptorFolder, fetchPackage, isCached } from './packages.js';
import { render, type Schemas, unite } from './union.js';

const tablePath = fileURLToPath(new URL('../../src/image-format/criu/wire-table.json', import.meta.url));

async function main(): Promise<number> {
  for (const version of CRIU_VERSIONS) await fetchPackage(version, line => console.error(line));
  const before = JSON.parse(await readFile(tablePath, 'utf8')) as WireTable;
  const schemas = Object.fromEntries(
    await Promise.all(
      CRIU_VERSIONS.map(async version => [
        version,
        isCached(version) ? await readDescriptors(descriptorFolder(version)) : schemaOf(before, version),
      ]),
    ),
  ) as Schemas;
  if (!process.argv.includes('--check')) {
    const table = unite(schemas);
    await writeFile(tablePath, render(table));
    console.error(`${Object.keys(table.messages).length} messages written to ${tablePath}`);
    return 0;
  }
  const differences = CRIU_VERSIONS.flatMap(version => compareTable(before, version, schemas[version]));
  for (const line of differences) console.error(line);
  console.error(
    differences.length === 0
      ? `wire-table.json says what ${CRIU_VERSIONS.join(', ')} say`
      : `${differences.length} differences: run npm run wire-table`,
  );
  return differences.length === 0 ? 0 : 1;
}

process.exitCode = await main();
