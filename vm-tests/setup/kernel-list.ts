import { z } from 'zod';
import listed from '../kernels.json' with { type: 'json' };

const kernelRow = z.strictObject({
  series: z.string(),
  suite: z.string(),
  leftover: z
    .strictObject({
      why: z.string(),
      binary: z.string(),
      files: z.array(z.strictObject({ pool: z.string(), sha256: z.string() })),
    })
    .optional(),
});

const kernelFile = z.strictObject({
  kernels: z.array(kernelRow),
  bootModules: z.array(z.string()),
  modules: z.array(z.string()),
});

export type KernelRow = z.infer<typeof kernelRow>;

/** `kernels.json`: which series exist, where Debian has them, and which modules a guest can load. */
export const kernelList = kernelFile.parse(listed);

/** The row of a series such as `6.1`. @throws when kernels.json does not name it */
export function kernelRowOf(series: string): KernelRow {
  const row = kernelList.kernels.find(candidate => candidate.series === series);
  if (row === undefined) {
    const known = kernelList.kernels.map(candidate => candidate.series).join(', ');
    throw new Error(`kernels.json names no series ${series}; it has ${known}`);
  }
  return row;
}

/** What must be fetched for one kernel release: whole packages, or a package and a file that left the index. */
export interface KernelChoice {
  readonly release: string;
  readonly packages: readonly string[];
}

/**
 * The newest release of a series among a suite's package names: either one `linux-image-*` package or, from 6.19
 * on, `linux-binary-*` with its `linux-modules-*`; `linux-base-*` says what is built in. Undefined when the suite has moved on.
 */
export function chooseKernel(series: string, names: readonly string[]): KernelChoice | undefined {
  const present = new Set(names);
  const choices = names.flatMap((name): KernelChoice[] => {
    const match = /^linux-(image|binary)-(\d[^-]*(?:-\d+)?-cloud-amd64)$/.exec(name);
    const release = match?.[2];
    if (release === undefined || !belongsTo(release, series)) return [];
    const base = [`linux-base-${release}`].filter(other => present.has(other));
    if (match?.[1] === 'image') {
      return present.has(`linux-binary-${release}`) ? [] : [{ release, packages: [name, ...base] }];
    }
    const modules = `linux-modules-${release}`;
    return present.has(modules) ? [{ release, packages: [name, modules, ...base] }] : [];
  });
  return choices.sort((a, b) => compareReleases(b.release, a.release))[0];
}

function belongsTo(release: string, series: string): boolean {
  return release.startsWith(`${series}.`) || release.startsWith(`${series}-`);
}

/** Orders releases such as `6.1.0-9-cloud-amd64` and `6.1.0-50-cloud-amd64` by their numbers. */
export function compareReleases(a: string, b: string): number {
  const [left, right] = [a, b].map(text => (text.match(/\d+/g) ?? []).map(Number));
  for (let i = 0; i < Math.max(left?.length ?? 0, right?.length ?? 0); i++) {
    const difference = (left?.[i] ?? -1) - (right?.[i] ?? -1);
    if (difference !== 0) return difference;
  }
  return 0;
}
