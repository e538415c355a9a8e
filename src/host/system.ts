import { readFileSync } from 'node:fs';
import { machine, release } from 'node:os';

/** What kind of system this is, as a bundle's origin records it. */
export interface SystemIdentity {
  readonly kernel: string;
  readonly architecture: string;
  readonly distribution: string;
  readonly bootId: string;
}

/** Of the running kernel and the distribution around it. */
export function systemIdentity(): SystemIdentity {
  return {
    kernel: release(),
    architecture: machine(),
    distribution: distribution(),
    bootId: bootId(),
  };
}

/** A number that changes with every boot, kexec included (Documentation/admin-guide/sysctl/kernel.rst, random). */
export function bootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
}

function distribution(): string {
  try {
    const text = readFileSync('/etc/os-release', 'utf8');
    return /^PRETTY_NAME="?([^"\n]*)"?$/m.exec(text)?.[1] ?? 'unknown';
  } catch {
    return 'unknown';
  }
}
