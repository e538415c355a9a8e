import { cp, mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { execa } from 'execa';
import { type Report, step } from '../../scripts/setup/progress.js';
import { type SuiteApt, suiteApt } from '../../scripts/setup/suite-apt.js';
import { cacheFolder, completeOrAbsent } from '../../scripts/toolbox/cache.js';
import { cacheKey, filesOf, guestFolder } from './cache-key.js';
import { buildInitramfs } from './initramfs.js';
import { chooseKernel, type KernelRow, kernelList, kernelRowOf } from './kernel-list.js';

/** A kernel that is ready to boot. */
export interface Kernel {
  readonly series: string;
  readonly release: string;
  readonly vmlinuz: string;
  readonly initrd: string;
  /** Modules of kernels.json that this kernel neither has nor has built in. */
  readonly missingModules: readonly string[];
}

/** Debian has moved on: nothing is wrong with this machine, the series is just not to be had any more. */
export class KernelGone extends Error {
  override readonly name = 'KernelGone';
}

/** Where a series' kernel is, or will be, in the cache. */
export function kernelFolder(series: string): string {
  const recipe = {
    row: kernelRowOf(series),
    boot: kernelList.bootModules,
    modules: kernelList.modules,
    init: filesOf(join(guestFolder, 'initramfs')),
    layout: 1,
  };
  return join(cacheFolder(), 'vm', 'kernels', `${series}-${cacheKey(recipe)}`);
}

/**
 * The newest kernel of a series that Debian had when it was first asked for, from the cache or fetched now.
 *
 * @throws when the suite has moved on and carries the series no more
 */
export async function ensureKernel(series: string, report: Report): Promise<Kernel> {
  const row = kernelRowOf(series);
  const folder = await completeOrAbsent(kernelFolder(series), temporary =>
    step(report, `kernel ${series} from ${row.suite}`, () => fetchKernel(row, temporary)),
  );
  const facts = JSON.parse(await readFile(join(folder, 'facts.json'), 'utf8')) as KernelFacts;
  return { series, ...facts, vmlinuz: join(folder, 'vmlinuz'), initrd: join(folder, 'initrd') };
}

interface KernelFacts {
  readonly release: string;
  readonly missingModules: readonly string[];
}

async function fetchKernel(row: KernelRow, folder: string): Promise<void> {
  const packages = join(folder, 'packages');
  const tree = join(folder, 'tree');
  await mkdir(tree);
  for (const file of await download(row, packages)) await execa('dpkg-deb', ['-x', file, tree]);
  const { release, vmlinuz } = await findKernel(tree);
  await cp(vmlinuz, join(folder, 'vmlinuz'));
  await mkdir(join(tree, 'usr/lib'), { recursive: true });
  await symlink('usr/lib', join(tree, 'lib')).catch(() => undefined);
  const missingModules = await buildInitramfs(tree, release, join(folder, 'initrd'));
  const facts: KernelFacts = { release, missingModules };
  await writeFile(join(folder, 'facts.json'), `${JSON.stringify(facts, null, 2)}\n`);
  await rm(packages, { recursive: true });
  await rm(tree, { recursive: true });
}

async function download(row: KernelRow, folder: string): Promise<readonly string[]> {
  for (const fresh of [false, true]) {
    const apt = await suiteApt(row.suite, fresh);
    const names = await Promise.all(
      ['linux-image-', 'linux-binary-', 'linux-modules-', 'linux-base-'].map(apt.names),
    );
    const choice = chooseKernel(row.series, names.flat());
    try {
      if (choice !== undefined) return await apt.download(choice.packages, folder);
      if (row.leftover !== undefined && names.flat().includes(row.leftover.binary)) {
        return await downloadLeftover(apt, row.leftover, folder);
      }
    } catch (error) {
      // The lists in the cache name a package that the mirror has replaced since: ask once more with new lists.
      if (fresh) throw error;
    }
  }
  throw new KernelGone(
    `Debian's ${row.suite} carries no ${row.series} kernel (cloud-amd64) any more. Change its row in ` +
      `vm-tests/kernels.json, or copy ${kernelFolder(row.series)} from a machine that still has it.`,
  );
}

/** A modules package that its suite no longer lists but the mirror still keeps: taken only with the known digest. */
async function downloadLeftover(
  apt: SuiteApt,
  leftover: NonNullable<KernelRow['leftover']>,
  folder: string,
): Promise<readonly string[]> {
  const listed = await apt.download([leftover.binary], folder);
  const kept = leftover.files.map(async ({ pool, sha256 }) => {
    const file = join(folder, basename(pool));
    const url = `${apt.mirror}/${pool}`;
    const got = await execa('/usr/lib/apt/apt-helper', ['download-file', url, file, `SHA256:${sha256}`], {
      reject: false,
      all: true,
    });
    if (got.exitCode !== 0) throw new KernelGone(`${leftover.why}. Now it is gone or another: ${got.all}`);
    return file;
  });
  return [...listed, ...(await Promise.all(kept))];
}

async function findKernel(tree: string): Promise<{ release: string; vmlinuz: string }> {
  for (const modules of ['usr/lib/modules', 'lib/modules']) {
    const [release] = await readdir(join(tree, modules)).catch(() => []);
    if (release === undefined) continue;
    const inside = join(tree, modules, release, 'vmlinuz');
    const boot = join(tree, 'boot', `vmlinuz-${release}`);
    const names = await readdir(join(tree, modules, release));
    return { release, vmlinuz: names.includes('vmlinuz') ? inside : boot };
  }
  throw new Error(`the kernel packages in ${tree} hold no modules`);
}
