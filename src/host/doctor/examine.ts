import { release as kernelRelease } from 'node:os';
import type { Criu } from '../criu/find.js';
import { judgePrivileges } from './capabilities.js';
import { lookAtCriu } from './criu.js';
import type { Finding } from './finding.js';
import { judgeKernel, readKernelFacts } from './kernel.js';
import { readKernelConfig } from './kernel-config.js';
import { judgeKexec, readKexecFacts } from './kexec.js';
import { judgeModules, readModuleFacts } from './modules.js';
import { textOf } from './read.js';
import { judgeStore, readStoreFacts } from './store.js';
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
  const config = await readKernelConfig(release);
  const [kernel, criu, status, modules, tools, store, kexec] = await Promise.all([
    readKernelFacts(release, config),
    lookAtCriu({ path: options.criu, env: options.env, kernel: release }),
    textOf('/proc/self/status'),
    readModuleFacts(release, config),
    lookForTools(options.env.PATH),
    readStoreFacts(options.store),
    readKexecFacts(config),
  ]);
  const findings = [
    ...judgeKernel(kernel),
    ...criu.findings,
    ...judgePrivileges(status ?? '', process.geteuid?.() ?? -1),
    ...judgeModules(modules),
    ...tools,
    ...judgeStore(store),
    ...judgeKexec(kexec),
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

/** CRIU and the kernel's configuration can tell of the same lack: it is shown once, by the kernel. */
function unite(findings: readonly Finding[]): Finding[] {
  const twice: Readonly<Record<string, string>> = {
    'criu.dirty-track': 'kernel.soft-dirty',
    'criu.rseq': 'pair.rseq',
    'pair.vdso-bounds': 'criu',
  };
  return findings.filter(finding => {
    const other = twice[finding.id];
    return other === undefined || !findings.some(one => one.id === other && one.grade !== 'good');
  });
}
