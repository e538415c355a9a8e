import { dirname } from 'node:path';
import { type FoundProgram, findProgram } from '../find-program.js';
import type { Finding } from './finding.js';

interface Tool {
  readonly name: string;
  readonly package: string;
  readonly without: string;
  readonly prevents?: 'switch';
}

/** Programs that ckpt or CRIU start. */
export const tools: readonly Tool[] = [
  {
    name: 'nft',
    package: 'nftables',
    without:
      'packets of frozen connections cannot be held back after a kernel switch: live TCP clients are reset',
  },
  {
    name: 'kexec',
    package: 'kexec-tools',
    without: 'the kernel cannot be switched with kexec',
    prevents: 'switch',
  },
  { name: 'ss', package: 'iproute2', without: 'the other ends of sockets cannot be found' },
  {
    name: 'ip',
    package: 'iproute2',
    without: 'programs in network namespaces of their own cannot be frozen or thawed',
  },
  { name: 'tar', package: 'tar', without: 'programs with a tmpfs of their own cannot be frozen or thawed' },
  {
    name: 'iptables-save',
    package: 'iptables',
    without: 'the packet filter of network namespaces of their own is not carried along',
  },
  { name: 'modprobe', package: 'kmod', without: 'missing kernel modules cannot be loaded' },
];

/** Looks for every tool. */
export function lookForTools(path: string | undefined): Finding[] {
  return judgeTools(tools.map(({ name }) => ({ name, found: findProgram(name, path) })));
}

/** Pure: one finding for what is there, one for each tool that is not, or that is not found by its name. */
export function judgeTools(
  looked: readonly { readonly name: string; readonly found: FoundProgram | undefined }[],
): Finding[] {
  const present = looked.filter(one => one.found?.inPath).map(one => one.name);
  return [
    ...(present.length === 0
      ? []
      : [{ id: 'tools', area: 'tools', grade: 'good', what: present.join(', ') } satisfies Finding]),
    ...tools.flatMap((tool): Finding[] => {
      const one = looked.find(({ name }) => name === tool.name);
      if (one === undefined || one.found?.inPath) return [];
      return [one.found === undefined ? missing(tool) : outOfPath(tool, one.found)];
    }),
  ];
}

function missing(tool: Tool): Finding {
  return {
    id: `tool.${tool.name}`,
    area: 'tools',
    grade: tool.prevents === undefined ? 'limited' : 'bad',
    what: `${tool.name} is missing`,
    consequence: tool.without,
    packages: [tool.package],
    ...(tool.prevents === undefined ? {} : { prevents: tool.prevents }),
  };
}

/** Root's PATH may be another one, so nothing is called impossible for it. */
function outOfPath(tool: Tool, { file }: FoundProgram): Finding {
  return {
    id: `tool.${tool.name}`,
    area: 'tools',
    grade: 'limited',
    what: `${file} is there, but not in PATH`,
    consequence: `with this PATH it is not found when it is needed: ${tool.without}`,
    remedy: `run ckpt with PATH="$PATH:${dirname(file)}"`,
  };
}
