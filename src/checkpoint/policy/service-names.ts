import { readCgroup, readTask } from '../../host/proc/index.js';

/** What a policy file may call a tree: as it was named on the command line, its systemd unit, its program. */
export function namesOf(root: number, given: string | undefined): readonly string[] {
  const unit = /([^/]+\.(?:service|scope))(?:\/|$)/.exec(readCgroup(root) ?? '')?.[1];
  const names = [given, unit, readTask(root)?.name].flatMap(name => name ?? []);
  return [...new Set(names.flatMap(name => [name, name.replace(/\.service$/, '')]))];
}
