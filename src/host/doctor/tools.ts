import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { delimiter, isAbsolute, join } from 'node:path';
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

/** Where a program lies: in the folders of PATH, or in those that a user's PATH leaves out. */
export async function findTool(name: string, path: string | undefined): Promise<string | undefined> {
  const folders = [
    ...(path ?? '').split(delimiter).filter(isAbsolute),
    '/usr/sbin',
    '/sbin',
    '/usr/bin',
    '/bin',
  ];
  for (const folder of folders) {
    try {
      const file = join(folder, name);
      await access(file, constants.X_OK);
      return file;
    } catch {
      // The next folder may have it.
    }
  }
  return undefined;
}

/** Looks for every tool. */
export async function lookForTools(path: string | undefined): Promise<Finding[]> {
  const found = await Promise.all(tools.map(async tool => ({ tool, file: await findTool(tool.name, path) })));
  return judgeTools(found.map(({ tool, file }) => ({ name: tool.name, there: file !== undefined })));
}

/** Pure: one finding for what is there, one for each tool that is not. */
export function judgeTools(found: readonly { readonly name: string; readonly there: boolean }[]): Finding[] {
  const present = found.filter(one => one.there).map(one => one.name);
  const absent = tools.filter(tool => found.some(one => one.name === tool.name && !one.there));
  return [
    ...(present.length === 0
      ? []
      : [{ id: 'tools', area: 'tools', grade: 'good', what: present.join(', ') } satisfies Finding]),
    ...absent.map(
      (tool): Finding => ({
        id: `tool.${tool.name}`,
        area: 'tools',
        grade: tool.prevents === undefined ? 'limited' : 'bad',
        what: `${tool.name} is missing`,
        consequence: tool.without,
        packages: [tool.package],
        ...(tool.prevents === undefined ? {} : { prevents: tool.prevents }),
      }),
    ),
  ];
}
