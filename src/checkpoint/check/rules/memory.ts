import { mib } from '../../../mib.js';
import { isLeftBehind } from '../files-gone-at-boot.js';
import { each, type Rule } from '../rule.js';

/** Mappings of these are the kernel's own, or handled by CRIU (`handle_vma` in criu/proc_parse.c). */
const KERNEL_AREAS = new Set([
  '[vdso]',
  '[vvar]',
  '[vvar_vclock]',
  '[vsyscall]',
  '[vectors]',
  '[heap]',
  '[stack]',
]);

function flagged(flag: string, except: (path: string) => boolean = () => false): Rule['find'] {
  return each(({ mappingFlags }) =>
    mappingFlags
      .filter(mapping => mapping.flags.includes(flag) && !except(mapping.path))
      .slice(0, 3)
      .map(mapping => `mapping ${mapping.start}${mapping.path === '' ? '' : ` (${mapping.path})`}`),
  );
}

export const memoryRules: readonly Rule[] = [
  {
    id: 'device-memory',
    looksFor: 'memory of a device',
    severity: 'cannot',
    why: 'Memory mapped from a device or a kernel object is not the process’s to save.',
    remedy: 'Make the program close the device',
    find: each(({ mappings }) =>
      mappings
        .filter(
          ({ path }) =>
            (path.startsWith('/dev/') && !path.startsWith('/dev/shm/') && !path.startsWith('/dev/zero')) ||
            // Of an io_uring the descriptor says more.
            (path.startsWith('anon_inode:') && path !== 'anon_inode:[io_uring]'),
        )
        .slice(0, 3)
        .map(mapping => `mapping ${mapping.start} of ${mapping.path}`),
    ),
  },
  {
    id: 'io-memory',
    looksFor: 'memory outside the kernel’s page management',
    severity: 'cannot',
    why: 'CRIU refuses mappings of raw physical memory.',
    remedy: 'Make the program close the device',
    find: each(({ mappingFlags }) =>
      mappingFlags
        .filter(
          ({ flags, path }) =>
            (flags.includes('pf') || flags.includes('io')) && !KERNEL_AREAS.has(path) && path.startsWith('/'),
        )
        .map(mapping => `mapping ${mapping.start} of ${mapping.path}`),
    ),
  },
  {
    id: 'lowest-code-shared',
    looksFor: 'shared memory with code, not writable, below all other code of the process',
    severity: 'cannot',
    why: 'CRIU begins its work by writing into the lowest code of a process, and into such memory the kernel lets nobody write.',
    remedy: 'Have the program compile no code at run time, and restart it (PHP: opcache.jit_buffer_size=0)',
    find: each(({ lowestCode }) =>
      lowestCode?.shared && !lowestCode.access.includes('w')
        ? [`mapping ${lowestCode.start} of ${lowestCode.path}`]
        : [],
    ),
  },
  {
    id: 'huge-pages',
    looksFor: 'reserved huge pages',
    severity: 'note',
    why: 'The thaw needs as many huge pages reserved (vm.nr_hugepages) as are in use now.',
    remedy: '',
    find: flagged('ht'),
  },
  {
    id: 'userfault-memory',
    looksFor: 'memory watched by a userfaultfd',
    severity: 'cannot',
    why: 'Somebody answers page faults in this memory, and CRIU cannot take that along.',
    remedy: 'Stop what watches it',
    find: each(({ mappingFlags }) =>
      mappingFlags
        .filter(({ flags }) => ['um', 'uw', 'ui'].some(flag => flags.includes(flag)))
        .slice(0, 3)
        .map(mapping => `mapping ${mapping.start}`),
    ),
  },
  {
    id: 'guard-pages',
    looksFor: 'lightweight guard pages, and a CRIU before 4.2',
    severity: 'unknown',
    why: 'CRIU knows guard pages made by madvise (glibc from 2.42 on) from 4.2 on; before, the thawed stacks have none, or the dump fails reading them.',
    remedy: 'Use CRIU 4.2 or newer',
    at: { side: 'freeze', criu: { below: '4.2' } },
    find: flagged('gu'),
  },
  {
    id: 'uprobes',
    looksFor: 'a probe in the program',
    severity: 'cannot',
    why: 'A tracer (perf, bpftrace, systemtap) has put probes into this program’s memory, which CRIU refuses to save.',
    remedy: 'End the tracer and restart the program: the probe page stays',
    find: each(({ mappings }) => mappings.filter(m => m.path.startsWith('[uprobes')).map(({ path }) => path)),
  },
  {
    id: 'breakpoints',
    looksFor: 'a breakpoint in the code of the program',
    severity: 'cannot',
    why: 'A tracer (bpftrace, perf, a debugger) has written it there, and CRIU saves it as part of the code: after the thaw nobody answers it, and the program ends where it reaches it (SIGTRAP).',
    remedy: 'End the tracer, which takes its breakpoints away, and check again',
    find: each(({ breakpoints }) =>
      breakpoints.length === 0 ? [] : [`${breakpoints.length} breakpoint(s), the first at ${breakpoints[0]}`],
    ),
  },
  {
    id: 'mapped-memory-file-system',
    looksFor: 'a mapped file that a reboot takes away, larger than the limit or in mounts of the tree’s own',
    severity: 'unknown',
    why: 'A reboot takes it away (a tmpfs, or a folder that the boot empties, as /tmp of Debian 12), and the thaw needs it under the same path.',
    remedy:
      'Take it along (--file PATH=carry, or a higher --ghost-limit), have it put back before the thaw, or keep such files elsewhere. A /tmp on the disk is left alone with “d /tmp 1777 root root -” in /etc/tmpfiles.d/tmp.conf. Without a reboot nothing is lost',
    find: each(({ goneAtBoot }, { options }) =>
      goneAtBoot
        .filter(file => file.fd === undefined && isLeftBehind(file, options))
        .map(({ path }) => `mapping of ${path}`),
    ),
  },
  {
    id: 'deleted-mapping-too-big',
    looksFor: 'a mapped file that is deleted and larger than the limit',
    severity: 'cannot',
    why: 'The file (often a program or library that was upgraded) has no name any more, so its content must be carried along, and it is larger than the limit.',
    remedy: 'Raise the limit (--ghost-limit), or restart the program so that it maps the new file',
    find: each(({ deletedMappings }, facts) => [
      ...new Set(
        deletedMappings
          .filter(one => one.bytesOnDisk > facts.options.ghostLimit)
          .map(one => `${one.path}, ${mib(one.bytesOnDisk)}`),
      ),
    ]),
  },
  {
    id: 'sealed-memory',
    looksFor: 'sealed memory',
    severity: 'loss',
    why: 'CRIU does not know sealed mappings (mseal): they are restored without the seal, if at all.',
    remedy: '',
    find: flagged('sl', path => KERNEL_AREAS.has(path)),
  },
  {
    id: 'secret-mapping',
    looksFor: 'secret memory',
    severity: 'cannot',
    why: 'Memory from memfd_secret cannot be read by anybody else, CRIU included.',
    remedy: 'Make the program release it',
    find: each(({ mappings }) =>
      mappings.filter(m => m.path.startsWith('/secretmem')).map(m => `mapping ${m.start}`),
    ),
  },
  {
    id: 'sealed-memory-file',
    looksFor: 'a mapped memory file that is sealed against writing',
    severity: 'cannot',
    why: 'CRIU maps the file first and seals it afterwards, which the kernel refuses (F_SEAL_WRITE) while it is mapped.',
    remedy: 'Make the program unmap the file',
    find: each(({ sealedMappings }) => sealedMappings.map(start => `mapping ${start}`)),
  },
  {
    id: 'droppable-thaw',
    looksFor: 'droppable memory, and a kernel before 6.11',
    severity: 'cannot',
    why: 'Kernels before 6.11 have no droppable mappings, which glibc uses for random numbers.',
    remedy: 'Choose a newer kernel',
    at: { side: 'thaw', kernel: { below: '6.11' } },
    find: flagged('dp'),
  },
];
