import { runSystemctl } from './systemctl.js';

/** What became of the wish to end this kernel: nobody may thaw where it is not known that it goes on. */
export interface KexecStart {
  readonly state: 'started' | 'refused' | 'unknown';
  /** Why it was not started. */
  readonly problem: string;
}

/** Has systemd end everything in order and start the kernel that waits; it answers as soon as it has begun. */
export async function startKexec(): Promise<KexecStart> {
  const asked = await runSystemctl('answer', ['kexec']);
  if (asked.status === 0) return { state: 'started', problem: '' };
  const problem = `systemctl kexec: ${asked.startError ?? (asked.stderr.trim() || `ended with status ${asked.status}`)}`;
  // It may have begun, and the answer been lost: "stopping" is what systemd says of itself then (systemctl(1)).
  const running = await runSystemctl('answer', ['is-system-running']);
  const state = running.stdout.trim();
  if (state === 'stopping') return { state: 'started', problem: '' };
  return { state: asked.timedOut || state === '' ? 'unknown' : 'refused', problem };
}
