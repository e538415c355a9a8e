/**
 * Which CRIU versions the toolbox holds, and where Debian has them.
 *
 * Suites move: a version that leaves one suite often turns up in the next, so each row names the places to look,
 * likeliest first. `base` is the suite that the libraries come from where the first suite is not complete.
 */
export interface DebianSource {
  readonly suite: string;
  readonly base?: string;
}

export const toolboxVersions = {
  '3.17.1': [{ suite: 'bookworm' }],
  '4.1.1': [{ suite: 'trixie' }],
  '4.2.1': [{ suite: 'forky' }, { suite: 'sid' }],
  '4.3': [{ suite: 'experimental', base: 'sid' }, { suite: 'sid' }, { suite: 'forky' }],
} as const satisfies Record<string, readonly DebianSource[]>;

export type ToolboxVersion = keyof typeof toolboxVersions;

export const allToolboxVersions = Object.keys(toolboxVersions) as readonly ToolboxVersion[];

export function isToolboxVersion(text: string): text is ToolboxVersion {
  return text in toolboxVersions;
}

/** The upstream part of a Debian version: `1:4.3-1~exp2` is `4.3`. */
export function upstreamVersion(debianVersion: string): string {
  return debianVersion
    .replace(/^\d+:/, '')
    .replace(/-[^-]*$/, '')
    .replace(/[+~].*$/, '');
}

/** The version in what `criu --version` prints (`Version: 4.2.1`), or undefined where there is none. */
export function versionPrinted(output: string): string | undefined {
  return /^Version:\s*v?(\d+(?:\.\d+)*)/m.exec(output)?.[1];
}
