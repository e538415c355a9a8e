/**
 * What the executable has in the place of `src/image-format/criu/ready-coders.ts`: the texts of all coders as functions.
 * Encoders of several releases are one function where their texts are the same, as most are.
 */
import type { Plugin } from 'esbuild';
import { innerOf, type TextOf } from '../../src/image-format/criu/compile.js';
import { decoderSource } from '../../src/image-format/criu/decoder-source.js';
import { encoderSource } from '../../src/image-format/criu/encoder-source.js';
import { CRIU_VERSIONS } from '../../src/image-format/criu/image-set.js';
import { releaseSchema, type Schema, unionSchema } from '../../src/image-format/criu/schema.js';
import { wireTable } from '../../src/image-format/criu/wire-table.js';

/** Puts the coders into a bundle. */
export const readyCoders: Plugin = {
  name: 'ready-coders',
  setup(build) {
    build.onLoad({ filter: /\/src\/image-format\/criu\/ready-coders\.ts$/ }, () => ({
      contents: readyCodersModule(),
      loader: 'js',
    }));
  },
};

/** Text of the module. Pure. */
export function readyCodersModule(): string {
  const functions = new Map<string, string>();
  const table = (schema: Schema, textOf: TextOf): string => {
    const rows = [...schema].map(([message, fields]) => {
      const text = textOf(message, fields);
      const name = functions.get(text) ?? `make${functions.size}`;
      functions.set(text, name);
      return `${JSON.stringify(message)}: { make: ${name}, of: ${JSON.stringify(innerOf(fields))} }`;
    });
    return `{ ${rows.join(',\n')} }`;
  };
  const union = unionSchema(wireTable);
  const decoders = table(union, decoderSource);
  const encoders = [
    `union: ${table(union, encoderSource)}`,
    ...CRIU_VERSIONS.map(
      version => `${JSON.stringify(version)}: ${table(releaseSchema(wireTable, version), encoderSource)}`,
    ),
  ];
  const makers = [...functions].map(([text, name]) => `function ${name}(inner, help) {${text}}`);
  return `${makers.join('\n')}
export const decoders = ${decoders};
export const encoders = { ${encoders.join(',\n')} };
`;
}
