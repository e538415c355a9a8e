/** Section: control groups. */
import { z } from 'zod';
import { text, u32 } from './scalars.js';

const permissions = z
  .strictObject({
    mode: u32.describe('Mode bits'),
    user: u32.describe('Owner'),
    group: u32.describe('Group'),
  })
  .describe('Owner and mode of a file or directory');
export type CgroupPermissions = z.infer<typeof permissions>;

const property = z
  .strictObject({
    name: text.describe('File of the cgroup, such as memory.max'),
    value: text.describe('Its content'),
    permissions: permissions.optional(),
  })
  .describe('A setting of a cgroup');
export type CgroupProperty = z.infer<typeof property>;

export interface CgroupDirectory {
  name: string;
  children?: CgroupDirectory[] | undefined;
  properties?: CgroupProperty[] | undefined;
  permissions?: CgroupPermissions | undefined;
}

const directory: z.ZodType<CgroupDirectory> = z
  .lazy(() =>
    z.strictObject({
      name: text.describe('Path of the directory, below the hierarchy or its parent'),
      children: z.array(directory).optional().describe('Directories in it'),
      properties: z.array(property).optional().describe('Settings'),
      permissions: permissions.optional(),
    }),
  )
  .meta({ id: 'cgroupDirectory' })
  .describe(
    'A directory of a cgroup hierarchy: name, children, properties (name, value, permissions), permissions',
  );

export const cgroups = z
  .strictObject({
    sets: z
      .array(
        z
          .strictObject({
            id: z
              .string()
              .regex(/^cgroups-\d+$/)
              .describe('cgroups-N'),
            memberships: z
              .array(
                z
                  .strictObject({
                    controller: text.describe('Controller, or name of the hierarchy; empty for cgroup v2'),
                    path: text.describe('Path in the hierarchy'),
                    namespacePrefix: u32
                      .optional()
                      .describe('Length of the part of the path that is the root of the cgroup namespace'),
                  })
                  .describe('A membership'),
              )
              .optional()
              .describe('One cgroup in each hierarchy'),
          })
          .describe('The cgroups that a thread is in'),
      )
      .optional()
      .describe('Sets of cgroups that threads refer to'),
    hierarchies: z
      .array(
        z
          .strictObject({
            controllers: z.array(text).optional().describe('Controllers, or name of the hierarchy'),
            directories: z.array(directory).optional().describe('Directories'),
            threaded: z.boolean().optional().describe('Threads of one process may be in different cgroups'),
          })
          .describe('A hierarchy'),
      )
      .optional()
      .describe('Hierarchies, with the cgroups that the tree needs'),
  })
  .describe('Control groups (cgroups(7))');
export type Cgroups = z.infer<typeof cgroups>;
export type CgroupSet = NonNullable<Cgroups['sets']>[number];
export type CgroupHierarchy = NonNullable<Cgroups['hierarchies']>[number];
