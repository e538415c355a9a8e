/** Coders that the build makes are the ones that are compiled at run time. */
import { transform } from 'esbuild';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { readyCodersModule } from '../../scripts/build/ready-coders.js';
import { type CoderSource, Coders } from '../../src/image-format/criu/compile.js';
import { CRIU_VERSIONS } from '../../src/image-format/criu/image-set.js';
import type * as Ready from '../../src/image-format/criu/ready-coders.js';
import { releaseSchema, unionSchema } from '../../src/image-format/criu/schema.js';
import { WireReader } from '../../src/image-format/criu/wire-reader.js';
import { wireTable } from '../../src/image-format/criu/wire-table.js';
import { WireWriter } from '../../src/image-format/criu/wire-writer.js';
import { arbitraryMessage, messageNames } from './criu-messages.js';

let ready: typeof Ready;

/** As the executable has them, minified. */
beforeAll(async () => {
  const { code } = await transform(readyCodersModule(), { format: 'cjs', minify: true });
  const module = { exports: {} };
  new Function('module', 'exports', code)(module, module.exports);
  ready = module.exports as typeof Ready;
});

/** Refuses to make coders that are not ready. */
const never: CoderSource['schema'] = () => {
  throw new Error('asked for a schema');
};

describe('coders made by the build', () => {
  it('read and write every message as those that are compiled', () => {
    const made = new Coders({
      schema: never,
      decoders: ready.decoders,
      encoders: ready.encoders.union ?? {},
    });
    const compiled = new Coders({ schema: () => unionSchema(wireTable) });
    for (const name of messageNames) {
      fc.assert(
        fc.property(arbitraryMessage(name), message => {
          const bytes = write(compiled, name, message);
          expect(write(made, name, message)).toEqual(bytes);
          expect(read(made, name, bytes)).toEqual(read(compiled, name, bytes));
        }),
        { numRuns: 5 },
      );
    }
  });

  it.each(CRIU_VERSIONS)('are there for every message of %s', version => {
    expect(Object.keys(ready.encoders[version] ?? {})).toEqual([...releaseSchema(wireTable, version).keys()]);
  });

  it('count the fields of a message, which keeps them inside the object', () => {
    const code = String(ready.decoders.pipe_entry?.make);
    for (const field of ['id', 'pipe_id', 'flags', 'fown']) expect(code).toContain(`this.${field}=0`);
  });

  it('write what no release knows', () => {
    const made = new Coders({ schema: () => unionSchema(wireTable), encoders: ready.encoders.union ?? {} });
    const [name = ''] = messageNames;
    const raw = new Uint8Array([0xf8, 0xff, 0x01, 0x05]);
    expect(write(made, name, { '#4095': raw })).toEqual(Buffer.from(raw));
  });
});

function write(coders: Coders, name: string, message: Parameters<ReturnType<Coders['encoder']>>[1]): Buffer {
  const writer = new WireWriter();
  coders.encoder(name)(writer, message, 0);
  return Buffer.from(writer.finish());
}

function read(coders: Coders, name: string, bytes: Buffer) {
  return coders.decoder(name)(new WireReader(bytes), bytes.length, 0);
}
