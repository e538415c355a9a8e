import { z } from 'zod';
import { fail } from '../../errors.js';
import { checkValue } from '../check-value.js';
import { BUNDLE_VERSION, isFileMember, isMemberPath } from './layout.js';
import { MOST_LISTED } from './policy-limits.js';

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

const plainPath = z
  .string()
  .max(4096)
  .refine(
    path => path.startsWith('/') && !/\/\.{0,2}(\/|$)/.test(path) && !path.includes('\0'),
    'not a plain path',
  );

const file = z.strictObject({
  path: plainPath.describe('Absolute path of a regular file that the processes have open or mapped.'),
  action: z
    .enum(['carry', 'ignore', 'reopen'])
    .describe(
      'carry: put back if missing; ignore: may have changed; reopen: what lies there then, made if missing.',
    ),
  member: z
    .string()
    .refine(isFileMember, 'not below files/')
    .optional()
    .describe('Its content, where it is carried.'),
  sameAs: plainPath
    .optional()
    .describe('A row before, in the same folder: this is another name of that file.'),
  loose: z
    .literal(true)
    .optional()
    .describe(
      'The processes did not have it open: put back after a boot only, as only that has taken it away.',
    ),
  mode: z.int().min(0).max(0o7777).describe('Permissions, as chmod(2) takes them.'),
  uid: z.int().nonnegative().describe('Owner.'),
  gid: z.int().nonnegative().describe('Group.'),
  modified: z.number().describe('When its content changed last, milliseconds since 1970.'),
});

/** A folder or FIFO that a thaw makes again. */
const remade = z.strictObject({
  path: plainPath.describe('Absolute path, without links.'),
  mode: z.int().min(0).max(0o7777).describe('Permissions, as chmod(2) takes them.'),
  uid: z.int().nonnegative().describe('Owner.'),
  gid: z.int().nonnegative().describe('Group.'),
});

const folder = remade.extend({
  loose: z
    .literal(true)
    .optional()
    .describe('Nothing that the processes had open needs it: made again after a boot only.'),
});

const fileName = z
  .string()
  .max(255)
  .refine(name => !/^\.{0,2}$|[/\0]/.test(name), 'not the name of a file');

const socketName = z.strictObject({
  folder: plainPath.describe('Absolute path of the folder, without links.'),
  bound: fileName.describe('The name that the socket was bound to, and is again.'),
  name: fileName.describe('The name that its file had, and gets.'),
});

const setSocket = z.strictObject({
  pid: z.int().positive().describe('A process that has the socket.'),
  fd: z.int().nonnegative().describe('Its descriptor there.'),
  options: z
    .array(
      z.strictObject({
        name: z
          .string()
          .max(64)
          .regex(/^[A-Z0-9_]+$/)
          .describe(
            'As in setsockopt(2) and what it leads to; MCAST_… for a membership in a multicast group.',
          ),
        value: z
          .string()
          .max(64)
          .regex(/^([0-9a-f]{2})*$/)
          .describe(
            'As the kernel takes it, hexadecimal; of a membership the group, with the source behind it.',
          ),
        interface: z
          .string()
          .max(15)
          .regex(/^[^\s/]+$/)
          .optional()
          .describe('The interface that it is about.'),
      }),
    )
    .max(1000)
    .describe('What was set.'),
});

const mounts = z.strictObject({
  places: z
    .array(
      z.strictObject({
        mountpoint: plainPath.describe('Where something of the machine is mounted.'),
        source: plainPath.describe('Where it lies on the machine.'),
        mode: z
          .int()
          .min(0)
          .max(0o7777)
          .optional()
          .describe('Permissions of a folder, which is made if missing.'),
        empty: z
          .literal(true)
          .optional()
          .describe('A file without contents, which is made if missing: a namespace of others lay there.'),
        uid: z.int().nonnegative().optional().describe('Its owner.'),
        gid: z.int().nonnegative().optional().describe('Its group.'),
      }),
    )
    .max(10_000)
    .describe('Mounts that show something of the machine.'),
  nulls: z
    .array(
      z.strictObject({
        mount: z.int().nonnegative().describe('Number of the mount.'),
        inode: z.int().nonnegative().describe('Its inode.'),
      }),
    )
    .max(500)
    .describe('/dev/null, opened through a mount outside.'),
});

const policy = z.strictObject({
  tcp: z
    .enum(['established', 'close', 'refuse'])
    .optional()
    .describe('Where it differs from the options of the bundle.'),
  shellJob: z.boolean().optional().describe('Where it differs from the options of the bundle.'),
  session: z
    .literal('leaderless')
    .optional()
    .describe('The leader of its session had ended: a thaw gives it another one, without a leader, too.'),
  unix: z
    .literal('external')
    .optional()
    .describe('Datagram sockets are connected again to named sockets outside the bundle.'),
  closedSockets: z
    .array(z.int().positive())
    .max(MOST_LISTED.closedSockets)
    .optional()
    .describe('Inodes of unix sockets that come back as closed at the other end (--break).'),
  journalSockets: z
    .array(z.int().positive())
    .max(MOST_LISTED.journalSockets)
    .optional()
    .describe(
      'Inodes of unix sockets through which output goes to the journal, to which a thaw connects them again.',
    ),
  mounts: mounts
    .optional()
    .describe('For a tree with mounts of its own: what of them a thaw takes from the machine.'),
  processors: z
    .array(
      z.strictObject({
        mask: z
          .string()
          .max(4096)
          .regex(/^[0-9a-f]+$/)
          .describe('The processors that they may run on, a hexadecimal mask as taskset(1) takes it.'),
        tids: z.array(z.int().positive()).max(1_000_000).describe('Threads.'),
      }),
    )
    .max(MOST_LISTED.processors)
    .optional()
    .describe('Threads that were bound to some processors, which CRIU does not save.'),
  folders: z
    .array(folder)
    .max(MOST_LISTED.folders)
    .optional()
    .describe(
      'Folders that a boot takes away and the tree needs, made again if missing; the ones above come first.',
    ),
  fifos: z
    .array(remade)
    .max(MOST_LISTED.fifos)
    .optional()
    .describe('FIFOs that a boot takes away and the tree has open, made again if missing.'),
  socketNames: z
    .array(socketName)
    .max(MOST_LISTED.socketNames)
    .optional()
    .describe('Files of unix sockets that were renamed since they were bound, which CRIU does not save.'),
  socketOptions: z
    .array(setSocket)
    .max(MOST_LISTED.socketOptions)
    .optional()
    .describe('Options and memberships of sockets that CRIU does not save, or not every CRIU.'),
  dueTimers: z
    .array(z.int().nonnegative())
    .max(MOST_LISTED.dueTimers)
    .optional()
    .describe('Numbers of open files: periodic timerfds that were due, which CRIU would take for disarmed.'),
  lockedFiles: z
    .array(
      z.strictObject({
        path: z.string().max(4096).describe('As the document has it.'),
        modified: z.number().describe('When its content changed last, milliseconds since 1970.'),
      }),
    )
    .max(MOST_LISTED.lockedFiles)
    .optional()
    .describe('Files that the tree had locked: with another time somebody has written to them since.'),
  files: z
    .array(file)
    .max(MOST_LISTED.files)
    .optional()
    .describe('What becomes of files that are not simply kept.'),
});

const tree = z.strictObject({
  root: z.int().positive().describe('PID of the root process.'),
  command: z.string().describe('Name of the root process.'),
  processes: z.int().positive().describe('How many processes the tree has.'),
  policy: policy
    .optional()
    .describe('How this tree was frozen, which a thaw must follow, too. Absent: by the options.'),
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
  signature: z
    .strictObject({
      algorithm: z.literal('ed25519'),
      value: z.base64().describe('Over the manifest without this field, as JSON with sorted keys.'),
    })
    .optional()
    .describe('Who froze it, where a key was set.'),
});

/** Parses and validates; throws `bundle-manifest-invalid` naming the first thing that is wrong. */
export function manifestFromJson(text: string, bundle: string): z.infer<typeof manifestSchema> {
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
  const parsed = checkValue(manifestSchema, value);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const problem = issue ? `${issue.path.join('.') || 'the whole'}: ${issue.message}` : 'unknown';
    throw fail('bundle-manifest-invalid', { bundle, problem });
  }
  return parsed.data;
}
