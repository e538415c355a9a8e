import { release as kernelRelease } from 'node:os';
import { resolve } from 'node:path';
import type { Criu } from '../criu/find.js';
import { earlyNetwork } from '../early-network.js';
import { installedGuard } from '../guard-unit.js';
import { readKernels } from '../kernels.js';
import { readKexecState } from '../kexec.js';
import { readStoreFacts } from '../store-facts.js';
import { hasSystemd } from '../systemd/scope.js';
import { judgePrivileges } from './capabilities.js';
import { lookAtCriu } from './criu.js';
import type { Finding } from './finding.js';
import { judgeGuard, ownsTables } from './guard.js';
import { judgeInstalledKernels } from './installed-kernels.js';
import { debianSuite, judgeKernel, readKernelFacts } from './kernel.js';
import { readKernelConfig } from './kernel-config.js';
import { judgeKexec } from './kexec.js';
import { judgeModules, readModuleFacts } from './modules.js';
import { judgeNamespaces, readNamespaceLimits } from './namespaces.js';
import { textOf } from './read.js';
import { judgeStore } from './store.js';
import { lookForTools } from './tools.js';

/** What a machine can do, and what it was told from. */
export interface Examination {
  readonly kernel: string;
  readonly architecture: string;
  readonly distribution: string | undefined;
  readonly criu: Criu | undefined;
  /** In the order of their areas. */
  readonly findings: readonly Finding[];
  /** Whether anything can be frozen and thawed here at all. */
  readonly canFreeze: boolean;
  /** Whether kexec can switch the kernel here. */
  readonly canSwitch: boolean;
}

/** Looks at this machine. Changes nothing (CRIU keeps a cache of its own in /run). */
export async function examine(options: {
  readonly store: string;
  readonly criu: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
}): Promise<Examination> {
  const release = kernelRelease();
  const uid = process.geteuid?.() ?? -1;
  const [config, suite] = await Promise.all([readKernelConfig(release), debianSuite()]);
  const [kernel, criu, status, modules, store, early, ownedTables, namespaces] = await Promise.all([
    readKernelFacts(release, config),
    lookAtCriu({ path: options.criu, env: options.env, kernel: release, suite, root: uid === 0 }),
    textOf('/proc/self/status'),
    readModuleFacts(release, config),
    readStoreFacts(options.store),
    earlyNetwork(),
    ownsTables(),
    readNamespaceLimits(),
  ]);
  const findings = [
    ...judgeKernel(kernel),
    ...judgeNamespaces(namespaces),
    ...criu.findings,
    ...judgePrivileges(status ?? '', uid),
    ...judgeModules(modules),
    ...lookForTools(options.env.PATH),
    ...judgeStore(store),
    ...judgeKexec({ ...readKexecState(), config }),
    ...judgeInstalledKernels(release, readKernels()),
    ...judgeGuard({
      installed: installedGuard(resolve(options.store)),
      systemd: hasSystemd(),
      early,
      ownedTables,
    }),
  ];
  const prevents = (what: Finding['prevents']): boolean => findings.some(one => one.prevents === what);
  return {
    kernel: release,
    architecture: kernel.architecture,
    distribution: kernel.distribution,
    criu: criu.criu,
    findings: unite(findings),
    canFreeze: !prevents('freeze'),
    canSwitch: !prevents('switch'),
  };
}

/** Findings that say what another one says better, where that one is there and not good. */
const saidBetterBy: Readonly<Record<string, string>> = {
  'criu.dirty-track': 'kernel.soft-dirty',
  'criu.rseq': 'pair.rseq',
  'pair.vdso-bounds': 'criu',
};

/** CRIU and the kernel can tell of the same lack: it is shown once. Pure. */
export function unite(findings: readonly Finding[]): Finding[] {
  const tells = (id: string): boolean => findings.some(one => one.id === id && one.grade !== 'good');
  return findings.filter(({ id }) => {
    // CRIU tries a tun device without loading the module: only where nothing is known of modules is that news.
    if (id === 'criu.tun') return tells('modules.unknown');
    const other = saidBetterBy[id];
    return other === undefined || !tells(other);
  });
}
