/** Whoever runs processes apart from the machine, and keeps them. */
export type Engine = 'docker' | 'podman' | 'kubernetes' | 'nspawn' | 'lxc' | 'libvirt' | 'flatpak';

/** What one of them runs. */
export interface Container {
  readonly engine: Engine;
  /** By which its own tools know it: a name, or the beginning of an id. */
  readonly name: string;
}

/** Digits of an id that all tools take for it. */
const SHORT = 12;

/**
 * How each calls the control groups of what it runs. The supervisor beside it (conmon, the shim, lxc.monitor) lives in another.
 * Pods before Docker and podman, which may run them.
 */
const PATTERNS: readonly (readonly [engine: Engine, pattern: RegExp])[] = [
  // kubelet, by systemd and without it: /kubepods.slice/…/cri-containerd-ID.scope, /kubepods/burstable/podUID/ID.
  ['kubernetes', /\/kubepods[./-].*[/-]([0-9a-f]{64})(?:\.scope)?(?:\/|$)/],
  // runc by systemd and without it (moby, daemon/oci_linux.go, WithCgroups()).
  ['docker', /\/docker[/-]([0-9a-f]{64})(?:\.scope)?(?:\/|$)/],
  // --cgroups=enabled and split (podman, libpod/oci_util.go and container_internal_linux.go).
  ['podman', /\/libpod-(?:payload-)?([0-9a-f]{64})(?:\.scope)?(?:\/|$)/],
  ['lxc', /\/lxc(?:\.payload\.|\.payload\/|\/)([^/]+)/],
  ['libvirt', /\/machine-(?:qemu|lxc)\\x2d\d+\\x2d([^/]+)\.scope(?:\/|$)/],
  // A machine of its own, by systemd-nspawn@.service, or in the unit that started it (--keep-unit).
  ['nspawn', /\/machine-([^/]+)\.scope(?:\/|$)/],
  ['nspawn', /\/systemd-nspawn@([^/]+)\.service\/payload(?:\/|$)/],
  ['nspawn', /\/([^/]+)\.service\/payload(?:\/|$)/],
  ['flatpak', /\/app-flatpak-(.+)-\d+\.scope(?:\/|$)/],
];

/** What a process with this path of control groups is in, by the last that names one: of one in another the inner. Pure. */
export function containerOf(path: string): Container | undefined {
  for (const [engine, pattern] of PATTERNS) {
    const [, name] = pattern.exec(path) ?? [];
    if (name !== undefined) return { engine, name: plain(name) };
  }
  return undefined;
}

/** systemd.unit(5), "String Escaping". */
function plain(name: string): string {
  if (/^[0-9a-f]{64}$/.test(name)) return name.slice(0, SHORT);
  return name.replaceAll(/\\x([0-9a-f]{2})/g, (_, code: string) =>
    String.fromCharCode(Number.parseInt(code, 16)),
  );
}
