import { z } from 'zod';
import { fail } from '../../errors.js';
import { isMemberPath } from './layout.js';
import { BUNDLE_VERSION, type Manifest } from './manifest.js';

const member = z
  .strictObject({
    path: z.string().refine(isMemberPath, 'not a member path').describe('Path inside the bundle.'),
    size: z.int().nonnegative().describe('Size in bytes.'),
    digest: z
      .string()
      .regex(/^sha256-4m:[0-9a-f]{64}$/)
      .nullable()
      .describe(
        'SHA-256 over the SHA-256s of successive 4 MiB chunks; null for page payloads whose digest was still being made when ckpt was cut off.',
      ),
  })
  .refine(({ path, digest }) => digest !== null || path.startsWith('memory/'), 'has no digest');

const tree = z.strictObject({
  root: z.int().positive().describe('PID of the root process.'),
  command: z.string().describe('Name of the root process.'),
  processes: z.int().positive().describe('How many processes the tree has.'),
});

/** `manifest.json`: what the bundle holds and where it came from. Everything needed for `ckpt list`. */
export const manifestSchema = z.strictObject({
  bundle: z.literal(BUNDLE_VERSION).describe('Version of the bundle layout.'),
  id: z.uuid().describe('Identity of this freeze; a copy of the bundle keeps it.'),
  name: z.string().describe('Name under which it was frozen.'),
  writtenBy: z.string().describe('The ckpt that wrote it.'),
  createdAt: z.iso.datetime().describe('Wall clock at the freeze, UTC.'),
  origin: z
    .strictObject({
      kernel: z.string().describe('Kernel release, as uname -r.'),
      architecture: z.string().describe('Machine, as uname -m.'),
      distribution: z.string().describe('PRETTY_NAME of os-release.'),
      criu: z.string().describe('Version of the CRIU that dumped.'),
      bootId: z.string().describe('/proc/sys/kernel/random/boot_id.'),
    })
    .describe('The system that the trees ran on.'),
  options: z
    .strictObject({
      tcp: z
        .enum(['established', 'close', 'refuse'])
        .describe('What was done with established TCP connections.'),
      shellJob: z.boolean().describe('Whether a root belonged to a shell outside the tree.'),
      leftRunning: z.boolean().describe('Whether the trees ran on after the freeze.'),
    })
    .describe('How it was frozen, which a thaw must follow.'),
  trees: z.array(tree).min(1).describe('One row a frozen tree.'),
  members: z.array(member).min(1).describe('Every other file of the bundle except state.json.'),
});

/** Parses and validates; throws `bundle-manifest-invalid` naming the first thing that is wrong. */
export function manifestFromJson(text: string, bundle: string): Manifest {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw fail('bundle-manifest-invalid', { bundle, problem: 'it is not JSON' }, { cause });
  }
  const version = (value as { bundle?: unknown } | null)?.bundle;
  if (typeof version === 'number' && version > BUNDLE_VERSION) {
    throw fail('bundle-too-new', { bundle, version, supported: BUNDLE_VERSION });
  }
  const parsed = manifestSchema.safeParse(value);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const problem = issue ? `${issue.path.join('.') || 'the whole'}: ${issue.message}` : 'unknown';
    throw fail('bundle-manifest-invalid', { bundle, problem });
  }
  return parsed.data;
}
