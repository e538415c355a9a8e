import { execa } from 'execa';

/**
 * The Debian mirror that this machine's own apt is configured to use, without a trailing slash.
 *
 * Read from what apt says it would fetch, which covers every way of writing sources and needs no downloaded list.
 */
export async function debianMirror(): Promise<string> {
  const { stdout } = await execa('apt-get', ['update', '--print-uris'], { reject: false });
  const mirror = mirrorAmong(stdout);
  if (mirror === undefined) {
    throw new Error(
      "apt's configuration names no Debian mirror; add one to /etc/apt/sources.list.d and try again",
    );
  }
  return mirror;
}

/** Picks the first plain Debian archive (not security, not a third party's) out of `apt-get update --print-uris`. */
export function mirrorAmong(printedUris: string): string | undefined {
  const archive =
    /^'([^']+?)\/+dists\/(?:bullseye|bookworm|trixie|forky|sid|(?:old)*stable|testing|unstable)\/InRelease'/m;
  return archive.exec(printedUris)?.[1];
}
