/** What ckpt tells systemd of frozen services, as text. All of it means nothing any more once the paths in it are gone. */

/** What a bundle's unit files need to know of it. */
export interface FrozenBundle {
  readonly name: string;
  /** Absolute. */
  readonly store: string;
  /** A file that is there as long as the bundle waits to be thawed. */
  readonly mark: string;
  /** Who makes the bundle (see `workOwner`): as long as it lives, its unit files are in use. */
  readonly owner: string;
  /** Where the store's file system is mounted, if not at `/`: without it nobody knows whether the bundle waits. */
  readonly mountpoint?: string;
}

/** Where systemd keeps its control groups: in the unified hierarchy, and in its own of version 1. */
const HIERARCHIES = ['/sys/fs/cgroup', '/sys/fs/cgroup/systemd'];
/** Where scopes lie unless they are told otherwise. */
export const SYSTEM_SLICE = '/system.slice';
const OWNER = '# Owner: ';
const MOUNTED = '# Mounted: ';

/** Named so as to be the last word: drop-ins are read in the order of their names, whatever folder they lie in. */
export function dropInName(bundle: string): string {
  return `zzz-ckpt-${bundle}.conf`;
}

/** Name of the one for the end of a service's processes: another, or the first would hide it. */
export function endingName(bundle: string): string {
  return `zzz-ckpt-${bundle}-ending.conf`;
}

export const DROP_IN = /^zzz-ckpt-.*\.conf$/;

/**
 * A drop-in for a unit that is not to be started while the bundle waits, nor while what was thawed of it lives in
 * `scope`, in the slice of the unit or in that of the system. A condition that does not hold is no failure: whatever wants the
 * unit goes on (systemd.unit(5)).
 */
export function dropInText(
  { name, store, mark, owner, mountpoint }: FrozenBundle,
  scope: string,
  slice: string,
): string {
  const slices = new Set([SYSTEM_SLICE, slice]);
  // Where no unit mounts it, as after a mount by hand, nothing else tells a store that is not there from an empty one.
  const isThere = mountpoint === undefined ? '' : `ConditionPathIsMountPoint=${plain(mountpoint)}\n`;
  const paths = [...slices].flatMap(one => HIERARCHIES.map(top => `${top}${one}/${scope}`));
  return `# Written by: ckpt freeze. Not started while the bundle ${name} waits to be thawed, nor while what was thawed runs.
${OWNER}${owner}
${mountedLine(mountpoint)}[Unit]
RequiresMountsFor=${quoted(store)}
${isThere}${[mark, ...paths].map(path => `ConditionPathExists=!${plain(path)}\n`).join('')}`;
}

/**
 * A drop-in by which a service takes the end of its frozen processes for nothing out of the way: no failure, after which
 * others are called; no start anew, at which conditions are not looked at (src/core/unit.c, unit_start()); no commands that
 * tidy up after it, as those of PostgreSQL, which remove the lock file that the thawed one looks for. And nobody ends it for
 * standing still. Where something comes behind its success, though (further commands of a oneshot, who waits for that,
 * OnSuccess=), it must not seem to have had any.
 * @param inFailure whether that is so
 */
export function endingText({ name, mark, owner }: FrozenBundle, inFailure = false): string {
  return `# Written by: ckpt freeze, which ends the processes of this service after it has saved them as ${name}.
${OWNER}${owner}
# Until: ${mark}
[Unit]
FailureAction=none
SuccessAction=none

[Service]
Restart=no
RestartPreventExitStatus=SIGKILL
${inFailure ? '' : 'SuccessExitStatus=SIGKILL\n'}WatchdogSec=0
RuntimeMaxSec=infinity
ExecStop=
ExecStopPost=
RuntimeDirectoryPreserve=yes
`;
}

/** Name of the unit that thaws a bundle at boot: another one for each name (systemd.unit(5), "String Escaping"). */
export function bootUnit(bundle: string): string {
  const escaped = bundle.replaceAll(/[^A-Za-z0-9:_.-]/g, one => `\\x${one.charCodeAt(0).toString(16)}`);
  return `ckpt-thaw-${escaped}.service`;
}

export const BOOT_UNIT = /^ckpt-thaw-.*\.service$/;

/** How a bundle is thawed at boot. */
export interface BootThaw {
  /** Program and arguments. */
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** Services that may wait for the thaw, as they wait for the network. */
  readonly before: readonly string[];
  /** Units that mount, maybe late in the boot, what the processes have files on: waited for, and not required. */
  readonly mounts: readonly string[];
}

/** A unit that thaws the bundle at the next boot, if it waits then: with the network, whose addresses connections need. */
export function bootUnitText({ name, store, mark, owner, mountpoint }: FrozenBundle, thaw: BootThaw): string {
  const settings = Object.entries(thaw.environment).map(
    ([key, value]) => `Environment=${quoted(`${key}=${value}`)}\n`,
  );
  return `# Written by: ckpt freeze --thaw-at-boot
${OWNER}${owner}
${mountedLine(mountpoint)}[Unit]
Description=Thaw the processes that ckpt froze as ${plain(name)}
ConditionPathExists=${plain(mark)}
RequiresMountsFor=${quoted(store)}
Wants=network-online.target
After=${['network-online.target ckpt-guard.service dbus.socket dbus.service', ...thaw.mounts].join(' ')}
${thaw.before.length === 0 ? '' : `Before=${thaw.before.join(' ')}\n`}
[Service]
Type=oneshot
KillMode=process
${settings.join('')}ExecStart=${thaw.command.map(quotedForExec).join(' ')}

[Install]
WantedBy=multi-user.target
`;
}

/** What gives a unit file of ours its meaning, and who wrote it. */
export interface UnitFileFacts {
  /** Paths; it means something as long as one of them is there. */
  readonly paths: readonly string[];
  /** The one of them that says that the bundle waits; undefined for a file that is not ours, or not whole. */
  readonly mark: string | undefined;
  readonly owner: string;
  readonly mountpoint: string | undefined;
}

/** Pure. */
export function readUnitFile(text: string): UnitFileFacts {
  const until = [...text.matchAll(/^# Until: (.*)$/gm)].map(([, path = '']) => path);
  const conditions = [...text.matchAll(/^ConditionPathExists=!?(.*)$/gm)].map(([, path = '']) => path);
  const paths = [...until, ...conditions.map(path => path.replaceAll('%%', '%'))];
  const owner = new RegExp(`^${OWNER}(.*)$`, 'm').exec(text)?.[1] ?? '';
  const mountpoint = new RegExp(`^${MOUNTED}(.*)$`, 'm').exec(text)?.[1];
  return { paths, mark: paths[0], owner, mountpoint };
}

function mountedLine(mountpoint: string | undefined): string {
  return mountpoint === undefined ? '' : `${MOUNTED}${mountpoint}\n`;
}

/** systemd replaces what stands behind a percent sign (systemd.unit(5), "Specifiers"). */
function plain(text: string): string {
  return text.replaceAll('%', '%%');
}

/** For settings that are lists of words (systemd.syntax(7), "Quoting"). */
export function quoted(text: string): string {
  return `"${plain(text).replaceAll(/["\\]/g, '\\$&')}"`;
}

/** In command lines variables are replaced as well (systemd.service(5), "Command lines"). */
function quotedForExec(text: string): string {
  return quoted(text).replaceAll('$', '$$$$');
}
