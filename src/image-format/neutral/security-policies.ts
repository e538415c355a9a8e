/** Section: policies of a security module that the tree brings along. */
import { z } from 'zod';
import { base64, text } from './scalars.js';

const policies = z
  .array(
    z
      .strictObject({
        name: text.describe('Name of the profile'),
        policy: base64.describe('The compiled policy, as the kernel takes it'),
      })
      .describe('A profile'),
  )
  .optional()
  .describe('Profiles');

/** Namespaces hold namespaces, so the schema refers to itself. */
export interface AppArmorNamespace {
  name: string;
  policies?: { name: string; policy: string }[] | undefined;
  namespaces?: AppArmorNamespace[] | undefined;
}

export const appArmorNamespace: z.ZodType<AppArmorNamespace> = z
  .lazy(() =>
    z.strictObject({
      name: text.describe('Name of the namespace'),
      policies,
      namespaces: z.array(appArmorNamespace).optional().describe('Namespaces inside'),
    }),
  )
  .meta({ id: 'appArmorNamespace' })
  .describe('A namespace of AppArmor policies: name, policies (name, policy in base64), namespaces');
