import { readText } from './proc/files.js';

/** What the kernel says of kexec, as its files have it; undefined where they are not there. */
export interface KexecState {
  /** /sys/kernel/kexec_loaded: whether another kernel waits; undefined where the kernel has no kexec. */
  readonly loaded: string | undefined;
  /** /proc/sys/kernel/kexec_load_disabled: 1 until the next boot. */
  readonly disabled: string | undefined;
  /** /sys/kernel/security/lockdown: "[none] integrity confidentiality". */
  readonly lockdown: string | undefined;
}

/** Reads the three files. */
export function readKexecState(): KexecState {
  return {
    loaded: readText('/sys/kernel/kexec_loaded')?.trim(),
    disabled: readText('/proc/sys/kernel/kexec_load_disabled')?.trim(),
    lockdown: readText('/sys/kernel/security/lockdown')?.trim(),
  };
}

/**
 * How this kernel gives way to another: by one that waits already, one that may still be loaded, one that may be if it is
 * signed, or only by a reboot, because it has no kexec or has been told to load no more.
 */
export type WayOut = 'loaded' | 'load' | 'load-signed' | 'disabled' | 'no-kexec';

/**
 * Pure. kernel.kexec_load_disabled and lockdown are asked when a kernel is loaded, and not when it is started
 * (kernel/kexec_core.c, kexec_load_permitted() and kernel_kexec()), so what waits already can be started.
 */
export function wayOut(state: KexecState): WayOut {
  if (state.loaded === undefined) return 'no-kexec';
  if (state.loaded === '1') return 'loaded';
  if (state.disabled === '1') return 'disabled';
  return lockedDown(state) === undefined ? 'load' : 'load-signed';
}

/** How far the kernel is locked down: `integrity`, `confidentiality`, or undefined. Pure. */
export function lockedDown({ lockdown }: KexecState): string | undefined {
  const mode = /\[(\w+)\]/.exec(lockdown ?? '')?.[1];
  return mode === 'none' ? undefined : mode;
}
