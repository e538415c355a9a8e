/** Section: who a thread is and what it may do. */
import { z } from 'zod';
import { base64, setOf, text, u32 } from './scalars.js';
import { CAPABILITY_NAMES, secureBits } from './words/processes.js';

const capabilitySet = z.array(z.union([z.enum(CAPABILITY_NAMES), z.templateLiteral(['#', z.int().min(0)])]));

export const credentials = z
  .strictObject({
    user: u32.describe('Real user ID'),
    group: u32.describe('Real group ID'),
    effectiveUser: u32.describe('Effective user ID'),
    effectiveGroup: u32.describe('Effective group ID'),
    savedUser: u32.describe('Saved set-user-ID'),
    savedGroup: u32.describe('Saved set-group-ID'),
    filesystemUser: u32.describe('User ID for file access (setfsuid(2))'),
    filesystemGroup: u32.describe('Group ID for file access'),
    inheritable: capabilitySet.optional().describe('Inheritable capabilities'),
    permitted: capabilitySet.optional().describe('Permitted capabilities'),
    effective: capabilitySet.optional().describe('Effective capabilities'),
    bounding: capabilitySet.optional().describe('Capability bounding set'),
    ambient: capabilitySet.optional().describe('Ambient capabilities'),
    secureBits: setOf(secureBits).describe('SECBIT_* of capabilities(7)'),
    supplementaryGroups: z.array(u32).optional().describe('Supplementary group IDs'),
    securityProfile: text.optional().describe('Security module profile or label'),
    socketLabel: text.optional().describe('SELinux label for new sockets'),
    appArmorData: base64.optional().describe('AppArmor policy data'),
    noNewPrivileges: u32.optional().describe('PR_SET_NO_NEW_PRIVS'),
  })
  .describe('User, groups and capabilities of a thread');
export type Credentials = z.infer<typeof credentials>;
