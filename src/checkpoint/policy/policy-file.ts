import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { fail, messageOf } from '../../errors.js';
import { FILE_ACTIONS } from '../check/file-rules.js';
import type { CheckOptions } from '../check/options.js';
import { fits } from '../check/pattern.js';

const UNITS = { '': 1, K: 2 ** 10, M: 2 ** 20, G: 2 ** 30 } as const;

const sizeText = z
  .string()
  .regex(/^\d{1,12}[KMG]?$/, 'a size such as 4096, 512K, 64M or 2G')
  .transform(text => {
    const unit = text.replace(/^\d+/, '') as keyof typeof UNITS;
    return Number.parseInt(text, 10) * UNITS[unit];
  });

const service = z.strictObject({
  tcp: z.enum(['established', 'close', 'refuse']).optional(),
  unix: z.enum(['refuse', 'external']).optional(),
  break: z.array(z.string().min(1)).optional(),
  files: z.record(z.string().startsWith('/', 'an absolute path'), z.enum(FILE_ACTIONS)).optional(),
  shellJob: z.boolean().optional(),
  ghostLimit: z.union([z.int().nonnegative(), sizeText]).optional(),
});

/** Services by name or pattern; the first that fits counts (docs/policy.md). */
const policyFile = z.strictObject({
  version: z.literal(1),
  services: z.record(z.string().min(1), service),
});

export type PolicyFile = z.infer<typeof policyFile>;

/** Reads a policy file. Throws `policy-unreadable` and `policy-invalid`, which names the place in it. */
export function readPolicyFile(path: string): PolicyFile {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    const problem = messageOf(cause);
    throw fail('policy-unreadable', { path, problem }, { cause });
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw fail('policy-invalid', { path, problem: placeOfSyntaxError(text, cause) }, { cause });
  }
  const parsed = policyFile.safeParse(value);
  if (parsed.success) return parsed.data;
  const [first, ...others] = parsed.error.issues.map(
    issue => `${issue.path.map(String).join(' → ') || 'the whole'}: ${issue.message}`,
  );
  throw fail('policy-invalid', { path, problem: first ?? 'unknown' }, { also: others });
}

/** JSON.parse says "at position N" (and some versions the line, too); a person looks for lines. */
function placeOfSyntaxError(text: string, error: unknown): string {
  const message = messageOf(error);
  const position = /at position (\d+)/.exec(message)?.[1];
  const before = text.slice(0, position === undefined ? text.length : Number(position)).split('\n');
  return `line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}: not JSON (${message})`;
}

type Said = { readonly [Key in keyof CheckOptions]?: CheckOptions[Key] | undefined };

/** What the file says of a service that goes by these names; nothing where no row fits. Pure. */
export function policyOf(file: PolicyFile, names: readonly string[]): Said {
  const row = Object.entries(file.services).find(([pattern]) => names.some(name => fits(pattern, name)))?.[1];
  if (row === undefined) return {};
  const { break: broken, files, ...rest } = row;
  return {
    ...rest,
    ...(broken === undefined ? {} : { broken }),
    ...(files === undefined
      ? {}
      : { files: Object.entries(files).map(([pattern, action]) => ({ pattern, action })) }),
  };
}
