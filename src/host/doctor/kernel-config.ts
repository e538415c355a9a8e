import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';

/** Options of a kernel's configuration: `y`, `m` or a value; one that is not set is not there. */
export type KernelConfig = ReadonlyMap<string, string>;

/** Where the configuration of a running kernel can lie; the first that can be read is taken. */
const places = (release: string): readonly string[] => [
  '/proc/config.gz',
  `/boot/config-${release}`,
  `/lib/modules/${release}/config`,
  `/usr/lib/modules/${release}/config`,
];

/** The configuration of the running kernel, or undefined where it is kept nowhere. */
export async function readKernelConfig(release: string): Promise<KernelConfig | undefined> {
  for (const place of places(release)) {
    try {
      const raw = await readFile(place);
      const text = place.endsWith('.gz')
        ? await promisify(gunzip)(raw, { maxOutputLength: 16 * 2 ** 20 })
        : raw;
      return parseKernelConfig(text.toString('utf8'));
    } catch {
      // The next place may have it.
    }
  }
  return undefined;
}

/** Pure: "CONFIG_KEXEC=y" becomes KEXEC → y; "# CONFIG_KEXEC is not set" becomes nothing. */
export function parseKernelConfig(text: string): KernelConfig {
  const options = new Map<string, string>();
  for (const match of text.matchAll(/^CONFIG_(\w+)=(.*)$/gm)) {
    if (match[1] !== undefined && match[2] !== undefined) options.set(match[1], match[2]);
  }
  return options;
}
