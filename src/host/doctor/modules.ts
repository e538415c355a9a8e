import type { Finding } from './finding.js';
import type { KernelConfig } from './kernel-config.js';
import { textOf } from './read.js';

interface Module {
  readonly name: string;
  /** Its option in the kernel's configuration, without CONFIG_. */
  readonly option: string;
  readonly without: string;
}

/** The modules that CRIU asks the kernel for (criu.org, "Linux kernel", and criu/cr-check.c). */
const modules: readonly Module[] = [
  { name: 'unix_diag', option: 'UNIX_DIAG', without: 'programs with unix sockets cannot be frozen' },
  { name: 'inet_diag', option: 'INET_DIAG', without: 'programs with network sockets cannot be frozen' },
  { name: 'tcp_diag', option: 'INET_TCP_DIAG', without: 'programs with TCP sockets cannot be frozen' },
  { name: 'udp_diag', option: 'INET_UDP_DIAG', without: 'programs with UDP sockets cannot be frozen' },
  { name: 'raw_diag', option: 'INET_RAW_DIAG', without: 'programs with raw sockets cannot be frozen' },
  { name: 'netlink_diag', option: 'NETLINK_DIAG', without: 'programs with netlink sockets cannot be frozen' },
  { name: 'af_packet_diag', option: 'PACKET_DIAG', without: 'programs with packet sockets cannot be frozen' },
  {
    name: 'nf_tables',
    option: 'NF_TABLES',
    without: 'packets of frozen connections cannot be held back: live TCP clients are reset at a thaw',
  },
  {
    name: 'veth',
    option: 'VETH',
    without: 'programs in network namespaces of their own cannot be thawed',
  },
  { name: 'tun', option: 'TUN', without: 'programs with tun or tap devices cannot be frozen' },
];

export type ModuleState = 'built in' | 'loaded' | 'loadable' | 'kept out' | 'missing' | 'unknown';

/** What is known about a kernel's modules. `undefined` where the source of the knowledge is not there. */
export interface ModuleFacts {
  readonly release: string;
  readonly loaded: ReadonlySet<string>;
  readonly builtIn: ReadonlySet<string> | undefined;
  readonly loadable: ReadonlySet<string> | undefined;
  readonly config: KernelConfig | undefined;
  /** Whether none can be loaded until the next boot (kernel.modules_disabled). */
  readonly closed: boolean;
}

/** Reads /proc/modules, modules.builtin and modules.dep of the running kernel, and whether more may be loaded. */
export async function readModuleFacts(
  release: string,
  config: KernelConfig | undefined,
): Promise<ModuleFacts> {
  const [loaded, builtIn, dependencies, closed] = await Promise.all([
    textOf('/proc/modules'),
    textOf(`/lib/modules/${release}/modules.builtin`),
    textOf(`/lib/modules/${release}/modules.dep`),
    textOf('/proc/sys/kernel/modules_disabled'),
  ]);
  return {
    release,
    loaded: new Set((loaded ?? '').split('\n').map(line => line.split(' ', 1)[0] ?? '')),
    builtIn: builtIn === undefined ? undefined : moduleNames(builtIn),
    loadable: dependencies === undefined ? undefined : moduleNames(dependencies),
    config,
    closed: closed?.trim() === '1',
  };
}

/** Pure: the names from lines such as "kernel/net/unix/unix_diag.ko.xz: kernel/…"; a dash counts as an underscore. */
export function moduleNames(text: string): Set<string> {
  const names = new Set<string>();
  for (const match of text.matchAll(/^[^:\n]*?([^/:\n]+)\.ko(?:\.\w+)?(?::.*)?$/gm)) {
    if (match[1] !== undefined) names.add(match[1].replaceAll('-', '_'));
  }
  return names;
}

/** Pure: whether a module is there. The configuration decides where the module folder is silent. */
export function moduleState(module: Pick<Module, 'name' | 'option'>, facts: ModuleFacts): ModuleState {
  if (facts.loaded.has(module.name)) return 'loaded';
  if (facts.builtIn?.has(module.name) === true) return 'built in';
  if (facts.loadable?.has(module.name) === true) return facts.closed ? 'kept out' : 'loadable';
  if (facts.config !== undefined) return facts.config.get(module.option) === 'y' ? 'built in' : 'missing';
  return facts.builtIn === undefined && facts.loadable === undefined ? 'unknown' : 'missing';
}

/** Pure: one finding for what is there, one for each module that is not. */
export function judgeModules(facts: ModuleFacts): Finding[] {
  const states = modules.map(module => ({ module, state: moduleState(module, facts) }));
  const listed = (['built in', 'loaded', 'loadable'] as const).flatMap(state => {
    const names = states.filter(one => one.state === state).map(one => one.module.name);
    return names.length === 0 ? [] : [`${state}: ${names.join(', ')}`];
  });
  const findings: Finding[] = [];
  if (listed.length > 0) {
    findings.push({ id: 'modules', area: 'modules', grade: 'good', what: listed.join('; ') });
  }
  for (const { module, state } of states) {
    if (state === 'missing') findings.push(missing(module, facts));
  }
  findings.push(...keptOut(states.filter(one => one.state === 'kept out').map(one => one.module)));
  const unknown = states.filter(one => one.state === 'unknown').map(one => one.module.name);
  if (unknown.length > 0) {
    findings.push({
      id: 'modules.unknown',
      area: 'modules',
      grade: 'limited',
      what: `it cannot be told whether these are there: ${unknown.join(', ')}`,
      consequence: `neither /lib/modules/${facts.release} nor the kernel's configuration can be read`,
      remedy: 'look on the machine itself when this is a container',
    });
  }
  return findings;
}

/** Most at once, as a rule: one finding for all. */
function keptOut(out: readonly Module[]): Finding[] {
  const names = out.map(({ name }) => name);
  if (names.length === 0) return [];
  return [
    {
      id: 'modules.disabled',
      area: 'modules',
      grade: 'limited',
      what: `kernel.modules_disabled is 1, and not loaded are: ${names.join(', ')}`,
      consequence: [...new Set(out.map(({ without }) => without))].join('; '),
      remedy: `have each boot load them before it is set, and reboot: printf '%s\\n' ${names.join(' ')} >>/etc/modules-load.d/ckpt.conf`,
    },
  ];
}

function missing(module: Module, facts: ModuleFacts): Finding {
  const wanted = facts.config?.get(module.option) === 'm';
  return {
    id: `module.${module.name}`,
    area: 'modules',
    grade: 'limited',
    what: `${module.name} is missing`,
    consequence: module.without,
    ...(wanted && facts.loadable === undefined
      ? {
          remedy: `the modules of the running kernel are not on the disk (it was upgraded or removed): install them again or reboot`,
          packages: [`linux-image-${facts.release}`],
        }
      : { remedy: `use a kernel built with CONFIG_${module.option}; all Debian kernels have it` }),
  };
}
