import { type Container, containerOf, type Engine } from '../../../host/containers.js';
import type { Rule, Sighting, TreeFacts } from '../rule.js';

const WHY =
  'Its root folder, its network and its place on the machine are made by its engine. The engine does not know of a thaw, and would start a second one beside it.';

/** For each engine what it is called, and its own way across a switch. */
const ENGINES: Readonly<Record<Engine, readonly [called: string, remedy: string]>> = {
  docker: [
    'a container of Docker',
    'docker stop before the switch and docker start after it; or docker checkpoint create, where its experimental features are on',
  ],
  podman: [
    'a container of podman',
    'podman container checkpoint before the switch and podman container restore after it; or podman stop and start',
  ],
  kubernetes: [
    'a container of Kubernetes',
    'Drain the node: kubectl drain, and kubectl uncordon after the switch',
  ],
  nspawn: [
    'a container of systemd-nspawn',
    'machinectl poweroff before the switch and machinectl start after it',
  ],
  lxc: [
    'a container of LXC',
    'lxc-checkpoint before the switch and lxc-checkpoint -r after it; or lxc-stop and lxc-start',
  ],
  libvirt: ['a machine of libvirt', 'virsh managedsave before the switch and virsh start after it'],
  flatpak: ['a program of Flatpak', 'Close it, and start it after the switch'],
};

/** A tree that is, or keeps, something that an engine runs apart from the machine: one row for each engine. */
export const containerRules: readonly Rule[] = Object.entries(ENGINES).map(
  ([engine, [called, remedy]]): Rule => ({
    id: `container-${engine}`,
    looksFor: `a process in ${called}`,
    severity: 'cannot',
    why: WHY,
    remedy,
    find: facts => inContainers(facts, engine, called),
  }),
);

/** Each container once. What this ckpt lives in itself is its machine. */
function inContainers(
  { members, snapshot, own }: TreeFacts,
  engine: string,
  called: string,
): readonly Sighting[] {
  const first = new Map<string, number>();
  for (const pid of members) {
    const found = containerIn(snapshot.cgroups.get(pid));
    if (found?.engine !== engine || found.name === containerIn(own.cgroup)?.name) continue;
    if (!first.has(found.name)) first.set(found.name, pid);
  }
  return [...first].map(([name, pid]) => ({ pid, what: `in ${called}, ${name}` }));
}

function containerIn(path: string | undefined): Container | undefined {
  return path === undefined ? undefined : containerOf(path);
}

/** Whether an engine's rule has said it all. */
export function isInContainer(facts: TreeFacts): boolean {
  return containerRules.some(rule => rule.find(facts).length > 0);
}
