import { execa } from 'execa';
import { qemuProgram } from './qemu-process.js';

/** Whether this machine can run the VM tests, and if not, why: to be shown with every test that is skipped. */
export type VmSupport = { readonly ok: true } | { readonly ok: false; readonly reason: string };

/** The oldest QEMU that is known to emulate our guests rightly. */
const oldestQemu = [10, 0] as const;

const programs = {
  mmdebstrap: 'mmdebstrap',
  mke2fs: 'e2fsprogs',
  busybox: 'busybox-static',
  cpio: 'cpio',
  depmod: 'kmod',
  xz: 'xz-utils',
  zstd: 'zstd',
  setpriv: 'util-linux',
  'qemu-img': 'qemu-utils',
} as const;

/** Looks, changes nothing. `npm run vm -- setup` installs what this finds missing. */
export async function vmSupport(): Promise<VmSupport> {
  if (process.arch !== 'x64') return no(`the guests are x86-64 and this machine is ${process.arch}`);
  if (process.getuid?.() !== 0) return no('building guests needs root');
  const missing = await missingPrograms();
  if (missing.length > 0) return no(`not installed: ${missing.join(', ')} (npm run vm -- setup)`);
  return qemuSupport(await qemuVersion());
}

/** Judges the first line of `qemu-system-x86_64 --version`; undefined when there is no such program. */
export function qemuSupport(versionLine: string | undefined): VmSupport {
  if (versionLine === undefined) return no(`${qemuProgram()} is not installed (npm run vm -- setup)`);
  const match = /version (\d+)\.(\d+)/.exec(versionLine);
  if (match === null) return no(`${qemuProgram()} does not say its version: ${versionLine}`);
  const [major, minor] = [Number(match[1]), Number(match[2])];
  if (major > oldestQemu[0] || (major === oldestQemu[0] && minor >= oldestQemu[1])) return { ok: true };
  return no(
    `QEMU ${major}.${minor} is too old: bookworm's 7.2 corrupts guests when it emulates two CPUs ` +
      `(double faults in 6.12), ${oldestQemu.join('.')} does not (npm run vm -- setup)`,
  );
}

/** The first line of QEMU's `--version`, undefined when it cannot be started. */
export async function qemuVersion(): Promise<string | undefined> {
  const result = await execa(qemuProgram(), ['--version'], { reject: false });
  return result.exitCode === 0 ? result.stdout.split('\n')[0] : undefined;
}

async function missingPrograms(): Promise<readonly string[]> {
  const found = await Promise.all(
    Object.keys(programs).map(name => execa('sh', ['-c', 'command -v "$1"', 'sh', name], { reject: false })),
  );
  return Object.values(programs).filter((_, index) => found[index]?.exitCode !== 0);
}

function no(reason: string): VmSupport {
  return { ok: false, reason };
}
