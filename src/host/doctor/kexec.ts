import { type KexecState, lockedDown, wayOut } from '../kexec.js';
import type { Finding } from './finding.js';
import type { KernelConfig } from './kernel-config.js';

/** What decides whether this kernel starts another one. */
export interface KexecFacts extends KexecState {
  readonly config: KernelConfig | undefined;
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
  const way = wayOut(facts);
  if (way === 'disabled') {
    return [
      bad(
        'kexec.disabled',
        'kernel.kexec_load_disabled is 1',
        'it holds until the next boot: switch by an ordinary reboot this time, bundles wait on the disk; for the next time take the setting out of /etc/sysctl.d',
      ),
    ];
  }
  const findings: Finding[] = [];
  const mode = lockedDown(facts);
  if (mode !== undefined && way !== 'loaded') {
    findings.push({
      id: 'kexec.lockdown',
      area: 'switch',
      grade: 'limited',
      what: `the kernel is locked down (${mode}, as with Secure Boot)`,
      consequence: 'only kernels with a valid signature can be loaded',
      remedy: "load Debian's own signed kernel with `kexec --kexec-file-syscall`",
    });
  }
  const last = facts.disabled === '1' ? ', and none in its place (kernel.kexec_load_disabled is 1)' : '';
  const already = way === 'loaded' ? `; a kernel is loaded and waits for \`kexec -e\`${last}` : '';
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
