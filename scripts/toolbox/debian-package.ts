import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type PrivateApt, privateApt } from './private-apt.js';
import { type DebianSource, type ToolboxVersion, toolboxVersions, upstreamVersion } from './versions.js';

/** A package of CRIU as a suite of Debian has it. */
export interface Found {
  readonly apt: PrivateApt;
  readonly suite: string;
  /** As Debian numbers it, such as `4.2.1-1`. */
  readonly version: string;
}

/**
 * Asks each suite that may have a CRIU version for a package of it, and gives the first that has to `take`.
 *
 * @param work a folder for package lists and downloads, which is taken away in the end
 * @throws when no suite carries this version any more, with what each has instead; `advice` says what to do then
 */
export async function fromDebian(
  version: ToolboxVersion,
  name: string,
  {
    work,
    report,
    advice,
  }: { readonly work: string; readonly report: (line: string) => void; readonly advice: string },
  take: (found: Found) => Promise<void>,
): Promise<void> {
  const seen: string[] = [];
  try {
    const sources: readonly DebianSource[] = toolboxVersions[version];
    for (const source of sources) {
      report(`CRIU ${version}: asking Debian ${source.suite} for ${name}`);
      const apt = await privateApt(join(work, source.suite), source);
      const candidate = await apt.candidate(name);
      seen.push(`${source.suite} has ${candidate ?? 'none'}`);
      if (candidate === undefined || upstreamVersion(candidate) !== version) continue;
      await take({ apt, suite: source.suite, version: candidate });
      return;
    }
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  throw new Error(`Debian no longer carries ${name} ${version} (${seen.join(', ')}). ${advice}`);
}
