/** A made-up dump of any size, for measuring: the fields and values of a real one, many times over. */
import { truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Image, ImageSet, WireMessage } from '../../src/image-format/criu/image-set.js';
import { writeImageSet } from '../../src/image-format/criu/write-image-set.js';

const IMAGE_BASE = 0x5555_5555_0000n;
const PAGE = 4096n;

/**
 * An image set of `processes` single-threaded processes with `mappings` mappings in all, each of which has `pages` saved
 * pages. The page files are only named, with the sizes that they must have.
 */
export function syntheticImages(processes: number, mappings: number, pages = 8): ImageSet {
  const each = Math.ceil(mappings / processes);
  const pids = Array.from({ length: processes }, (_, i) => i + 1000);
  const images = [
    one('inventory.img', 'inventory', { img_version: 2, fdinfo_per_id: true, dump_criu_run_id: 'synthetic' }),
    many(
      'pstree.img',
      'pstree',
      pids.map(pid => ({ pid, ppid: pid === 1000 ? 0 : 1000, pgid: 1000, sid: 1000, threads: [pid] })),
    ),
    many(
      'files.img',
      'files',
      Array.from({ length: 2000 }, (_, i) => file(i + 1)),
    ),
    ...pids.flatMap(pid => [
      one(`core-${pid}.img`, 'core', core(pid)),
      one(`mm-${pid}.img`, 'mm', memoryOf(pid, each)),
      many(
        `pagemap-${pid}.img`,
        'pagemap',
        Array.from({ length: each }, (_, i) => run(pid, i, pages)),
        { pages_id: pid },
      ),
      many(
        `fdinfo-${pid}.img`,
        'fdinfo',
        Array.from({ length: 20 }, (_, fd) => ({ id: fd + 1, flags: 0, type: 1, fd })),
      ),
      one(`fs-${pid}.img`, 'fs', { cwd_id: 1, root_id: 2, umask: 18 }),
      one(`ids-${pid}.img`, 'ids', { vm_id: pid, files_id: pid, fs_id: pid, sighand_id: pid }),
    ]),
  ];
  const size = each * pages * Number(PAGE);
  return { images, pages: pids.map(pid => ({ file: `pages-${pid}.img`, size })) };
}

function one(name: string, kind: string, message: WireMessage): Image {
  return many(name, kind, [message]);
}

function many(name: string, kind: string, messages: readonly WireMessage[], head?: WireMessage): Image {
  const first = head === undefined ? [] : [{ type: 'pagemap_head', message: head }];
  return {
    file: name,
    kind,
    form: 'records',
    records: [...first, ...messages.map(message => ({ message }))],
  };
}

function start(pid: number, i: number): bigint {
  return IMAGE_BASE + BigInt(pid) * 0x1000_0000n + BigInt(i) * 16n * PAGE;
}

function memoryOf(pid: number, mappings: number): WireMessage {
  const at = start(pid, 0);
  return {
    mm_start_code: at,
    mm_end_code: at + 8n * PAGE,
    mm_start_data: at + 16n * PAGE,
    mm_end_data: at + 24n * PAGE,
    mm_start_stack: 0x7ffd_1234_5000n,
    mm_start_brk: at + 32n * PAGE,
    mm_brk: at + 40n * PAGE,
    mm_arg_start: 0x7ffd_1234_6000n,
    mm_arg_end: 0x7ffd_1234_6040n,
    mm_env_start: 0x7ffd_1234_6040n,
    mm_env_end: 0x7ffd_1234_7000n,
    exe_file_id: 1,
    mm_saved_auxv: Array.from({ length: 42 }, (_, i) => BigInt(i) * 1000n),
    vmas: Array.from({ length: mappings }, (_, i) => vma(pid, i)),
    dumpable: 1,
    thp_disabled: false,
  };
}

function vma(pid: number, i: number): WireMessage {
  const at = start(pid, i);
  const backed = i % 3 === 0;
  return {
    start: at,
    end: at + 8n * PAGE,
    pgoff: backed ? BigInt(i) * PAGE : 0n,
    shmid: backed ? 3n : 0n,
    prot: backed ? 5 : 3,
    flags: backed ? 2 : 34,
    status: backed ? 65 : 513,
    fd: -1n,
    ...(backed ? { fdflags: 32768 } : undefined),
  };
}

function run(pid: number, i: number, pages: number): WireMessage {
  return { vaddr: start(pid, i), compat_nr_pages: 0, flags: 4, nr_pages: BigInt(pages) };
}

/** Writes such a set into an existing directory, with holes for pages: any size takes no room. */
export function writeSynthetic(directory: string, set: ImageSet): void {
  writeImageSet(directory, set, { version: '4.2.1' });
  for (const { file, size } of set.pages) {
    writeFileSync(join(directory, file), '');
    truncateSync(join(directory, file), size);
  }
}

function file(id: number): WireMessage {
  const reg = {
    id,
    flags: 32768,
    pos: 0n,
    fown: { uid: 0, euid: 0, signum: 0, pid_type: 0, pid: 0 },
    name: `/usr/lib/x86_64-linux-gnu/library-${id}.so`,
    size: 123_456n,
    mode: 33188,
  };
  return { type: 1, id, reg };
}

function core(pid: number): WireMessage {
  const names = [
    'r15',
    'r14',
    'r13',
    'r12',
    'bp',
    'bx',
    'r11',
    'r10',
    'r9',
    'r8',
    'ax',
    'cx',
    'dx',
    'si',
    'di',
    'orig_ax',
    'ip',
    'cs',
    'flags',
    'sp',
    'ss',
    'fs_base',
    'gs_base',
    'ds',
    'es',
    'fs',
    'gs',
  ];
  const words = (length: number) => Array.from({ length }, (_, i) => (i * 2_654_435_761) >>> 0);
  const zero = { isec: 0n, iusec: 0n, vsec: 0n, vusec: 0n };
  return {
    mtype: 1,
    thread_info: {
      clear_tid_addr: 0x7f12_3456_7a10n,
      gpregs: { ...Object.fromEntries(names.map((name, i) => [name, BigInt(i) * 0x7f12_3456n])), mode: 1 },
      fpregs: {
        cwd: 895,
        swd: 0,
        twd: 0,
        fop: 0,
        rip: 0n,
        rdp: 0n,
        mxcsr: 8064,
        mxcsr_mask: 65535,
        st_space: words(32),
        xmm_space: words(64),
        xsave: { xstate_bv: 7n, ymmh_space: words(64) },
      },
    },
    tc: {
      task_state: 1,
      exit_code: 0,
      personality: 0,
      flags: 4_194_560,
      blk_sigset: 0n,
      comm: `worker-${pid}`,
      timers: { real: zero, virt: zero, prof: zero },
      rlimits: { rlimits: Array.from({ length: 16 }, () => ({ cur: 2n ** 64n - 1n, max: 2n ** 64n - 1n })) },
      sigactions: Array.from({ length: 62 }, () => ({
        sigaction: 0n,
        flags: 0n,
        restorer: 0n,
        mask: 0n,
        compat_sigaction: false,
      })),
    },
    thread_core: {
      futex_rla: 0x7f12_3456_7a20n,
      futex_rla_len: 24,
      sched_nice: 0,
      sched_policy: 0,
      comm: `worker-${pid}`,
    },
  };
}
