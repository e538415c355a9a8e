import { arch } from 'node:os';
import type { Finding } from './finding.js';
import type { KernelConfig } from './kernel-config.js';
import { NO_ATTACH, readPtraceScope } from './ptrace-scope.js';
import { textOf } from './read.js';

/** What runs here. */
export interface KernelFacts {
  /** As `uname -r` says it: 6.1.0-50-cloud-amd64. */
  readonly release: string;
  readonly architecture: string;
  /** As /etc/os-release says it, or undefined. */
  readonly distribution: string | undefined;
  readonly config: KernelConfig | undefined;
  /** kernel.yama.ptrace_scope, where there is Yama. */
  readonly ptraceScope: number | undefined;
}

/** Reads what the kernel says about itself. */
export async function readKernelFacts(
  release: string,
  config: KernelConfig | undefined,
): Promise<KernelFacts> {
  const osRelease = await textOf('/etc/os-release');
  return {
    release,
    architecture: arch() === 'x64' ? 'x86-64' : arch() === 'arm64' ? 'aarch64' : arch(),
    distribution: /^PRETTY_NAME="?([^"\n]*)/m.exec(osRelease ?? '')?.[1],
    config,
    ptraceScope: readPtraceScope(),
  };
}

/** The code name of the Debian suite (bookworm), or undefined where it is no Debian or cannot be told. */
export async function debianSuite(): Promise<string | undefined> {
  return /^VERSION_CODENAME=(\w+)/m.exec((await textOf('/etc/os-release')) ?? '')?.[1];
}

/** The architectures whose registers ckpt models. */
const modelled: readonly string[] = ['x86-64', 'aarch64'];

/** Pure. */
export function judgeKernel(facts: KernelFacts): Finding[] {
  const system = facts.distribution === undefined ? '' : ` (${facts.distribution})`;
  const findings: Finding[] = [
    {
      id: 'kernel',
      area: 'kernel',
      grade: modelled.includes(facts.architecture) ? 'good' : 'limited',
      what: `Linux ${facts.release} on ${facts.architecture}${system}`,
      ...(modelled.includes(facts.architecture)
        ? {}
        : { consequence: 'ckpt carries the registers of this architecture without understanding them' }),
    },
  ];
  if (facts.config !== undefined) findings.push(...judgeConfig(facts.config));
  if (facts.ptraceScope === NO_ATTACH) {
    findings.push({
      id: 'kernel.ptrace-scope',
      area: 'kernel',
      grade: 'bad',
      what: 'kernel.yama.ptrace_scope is 3',
      consequence:
        'nobody, not even root, may look into a process until the next boot: nothing can be frozen or thawed',
      remedy: 'take the setting out of /etc/sysctl.d and reboot',
      prevents: 'freeze',
    });
  }
  return findings;
}

function judgeConfig(config: KernelConfig): Finding[] {
  const findings: Finding[] = [];
  if (config.get('CHECKPOINT_RESTORE') === 'y') {
    findings.push({
      id: 'kernel.checkpoint-restore',
      area: 'kernel',
      grade: 'good',
      what: 'built for checkpoint and restore',
    });
  } else {
    findings.push({
      id: 'kernel.checkpoint-restore',
      area: 'kernel',
      grade: 'bad',
      what: 'built without CONFIG_CHECKPOINT_RESTORE',
      consequence: 'nothing can be frozen or thawed',
      remedy: 'boot a kernel that has it; all Debian kernels do',
      prevents: 'freeze',
    });
  }
  const softDirty = config.get('MEM_SOFT_DIRTY') === 'y';
  findings.push({
    id: 'kernel.soft-dirty',
    area: 'kernel',
    grade: softDirty ? 'good' : 'limited',
    what: softDirty ? 'tracks changed memory (soft-dirty)' : 'does not track changed memory (soft-dirty)',
    ...(softDirty
      ? {}
      : { consequence: 'memory cannot be copied ahead of a freeze: the pause grows with the memory' }),
  });
  return findings;
}
