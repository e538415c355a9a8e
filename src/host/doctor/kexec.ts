import type { Finding } from './finding.js';
import type { KernelConfig } from './kernel-config.js';
import { textOf } from './read.js';

/** What decides whether this kernel starts another one. */
export interface KexecFacts {
  readonly config: KernelConfig | undefined;
  /** /sys/kernel/kexec_loaded: undefined where the kernel has no kexec. */
  readonly loaded: string | undefined;
  /** /proc/sys/kernel/kexec_load_disabled: 1 until the next boot. */
  readonly disabled: string | undefined;
  /** /sys/kernel/security/lockdown: "[none] integrity confidentiality". */
  readonly lockdown: string | undefined;
}

/** Reads the four files. */
export async function readKexecFacts(config: KernelConfig | undefined): Promise<KexecFacts> {
  const [loaded, disabled, lockdown] = await Promise.all([
    textOf('/sys/kernel/kexec_loaded'),
    textOf('/proc/sys/kernel/kexec_load_disabled'),
    textOf('/sys/kernel/security/lockdown'),
  ]);
  return { config, loaded: loaded?.trim(), disabled: disabled?.trim(), lockdown: lockdown?.trim() };
}

/** Pure. Lockdown allows only signed kernels through kexec_file_load (kernel_lockdown(7)). */
export function judgeKexec(facts: KexecFacts): Finding[] {
  const file = facts.config?.get('KEXEC_FILE') === 'y';
  const any =
    facts.config === undefined ? facts.loaded !== undefined : facts.config.get('KEXEC') === 'y' || file;
  if (!any) {
    return [
      bad(
        'kexec.built',
        'this kernel was built without kexec',
        'switch by an ordinary reboot: bundles wait on the disk; or boot a kernel with CONFIG_KEXEC (all Debian kernels)',
      ),
    ];
  }
  if (facts.disabled === '1') {
    return [
      bad(
        'kexec.disabled',
        'kernel.kexec_load_disabled is 1',
        'it holds until the next boot: take the setting out of /etc/sysctl.d, and switch by an ordinary reboot this time',
      ),
    ];
  }
  const findings: Finding[] = [];
  const mode = /\[(\w+)\]/.exec(facts.lockdown ?? '')?.[1];
  if (mode !== undefined && mode !== 'none') {
    findings.push({
      id: 'kexec.lockdown',
      area: 'switch',
      grade: 'limited',
      what: `the kernel is locked down (${mode}, as with Secure Boot)`,
      consequence: 'only kernels with a valid signature can be loaded',
      remedy: "load Debian's own signed kernel with `kexec --kexec-file-syscall`",
    });
  }
  const already = facts.loaded === '1' ? '; a kernel is loaded and waits for `kexec -e`' : '';
  findings.push({ id: 'kexec', area: 'switch', grade: 'good', what: `kexec is possible${already}` });
  return findings;
}

function bad(id: string, what: string, remedy: string): Finding {
  return {
    id,
    area: 'switch',
    grade: 'bad',
    what,
    consequence: 'the kernel cannot be switched with kexec',
    remedy,
    prevents: 'switch',
  };
}
