import { z } from 'zod';
import { fail } from '../../errors.js';

const entry = z.strictObject({
  state: z.enum(['frozen', 'thawing', 'thawed']).describe('What began or was completed.'),
  at: z.iso.datetime().describe('Wall clock, UTC.'),
  kernel: z.string().describe('Kernel release at that time.'),
  bootId: z.string().describe('Boot in which it happened.'),
});

/**
 * `state.json`: what has been done with the bundle, oldest first. It lies beside the manifest and not in it, so that
 * marking a bundle never rewrites what the digests (and a signature) cover.
 */
export const stateSchema = z.strictObject({ history: z.array(entry).min(1).max(10_000) });

/** Reads `state.json`; throws `bundle-state-invalid`. `bundle` is its name, for the failure. */
export function stateFromJson(text: string, bundle: string): z.infer<typeof stateSchema> {
  try {
    return stateSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw fail('bundle-state-invalid', { bundle }, { cause });
  }
}
