import { CRIU_VERSIONS, type CriuVersion } from '../../src/image-format/criu/image-set.js';

/**
 * Which CRIU versions the toolbox can hold, and where Debian has them. Those that it never had (3.18, 3.19) or has no longer
 * (4.0) are built by hand (`npm run toolbox -- --built PATH`).
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
  '3.18': [],
  '3.19': [],
  '4.0': [],
  '4.1.1': [{ suite: 'trixie' }],
  '4.2.1': [{ suite: 'forky' }, { suite: 'sid' }],
  '4.3': [{ suite: 'experimental', base: 'sid' }, { suite: 'sid' }, { suite: 'forky' }],
} as const satisfies Record<CriuVersion, readonly DebianSource[]>;

export type ToolboxVersion = keyof typeof toolboxVersions;

/** Those that can be fetched. */
export const allToolboxVersions = CRIU_VERSIONS.filter(version => toolboxVersions[version].length > 0);

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
