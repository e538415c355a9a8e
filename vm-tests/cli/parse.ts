import { parseArgs } from 'node:util';
import type { BootOptions } from '../driver/index.js';
import type { GuestKind } from '../setup/userland.js';

export const usageText = `Usage: npm run vm -- COMMAND

  setup                          install what this machine needs (QEMU, builders)
  list                           kernels and userlands: what is in the cache, what Debian release it is
  build [KERNEL | SUITE/KIND]…   fetch and build ahead of use; everything by default
  shell [OPTIONS]                a shell in a virtual machine; leave with "exit" or ctrl-d, then poweroff -f
  run [OPTIONS] -- COMMAND…      run one command in a virtual machine; its status is this command's

Options:
  --kernel SERIES    5.10, 6.1, 6.12, 6.19 or 7.2 (default 6.12)
  --userland SUITE   bullseye, bookworm, trixie or forky (default trixie)
  --kind KIND        bare or systemd (default bare)
  --memory MIB       1024 by default
  --share DIR:AT     the host's folder DIR, read-only at AT in the guest; can be given more than once
  --forward PORT     a TCP port of the guest to reach from 127.0.0.1; can be given more than once
`;

/** The command line is wrong; the message says how. */
export class VmUsageError extends Error {}

/** What `shell` and `run` are asked for; `rest` is what stands after `--`. */
export function parseMachine(args: readonly string[]): { options: BootOptions; rest: readonly string[] } {
  const { values, positionals } = parseOrExplain(args);
  const kind = values.kind ?? 'bare';
  if (!isKind(kind)) throw new VmUsageError(`--kind is bare or systemd, not ${kind}`);
  const options: BootOptions = {
    kernel: values.kernel ?? '6.12',
    userland: values.userland ?? 'trixie',
    kind,
    memory: numberOf('--memory', values.memory ?? '1024'),
    forwards: (values.forward ?? []).map(port => numberOf('--forward', port)),
    disks: (values.share ?? []).map(sharedTree),
  };
  return { options, rest: positionals };
}

function parseOrExplain(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        kernel: { type: 'string' },
        userland: { type: 'string' },
        kind: { type: 'string' },
        memory: { type: 'string' },
        share: { type: 'string', multiple: true },
        forward: { type: 'string', multiple: true },
      },
    });
  } catch (error) {
    throw new VmUsageError(error instanceof Error ? error.message : String(error));
  }
}

function isKind(text: string): text is GuestKind {
  return text === 'bare' || text === 'systemd';
}

function numberOf(option: string, text: string): number {
  if (!/^[1-9]\d*$/.test(text)) throw new VmUsageError(`${option} takes a number, not ${text}`);
  return Number(text);
}

function sharedTree(text: string) {
  const [tree, at] = text.split(':');
  if (tree === undefined || at === undefined || !at.startsWith('/')) {
    throw new VmUsageError(`--share takes DIR:/PLACE/IN/GUEST, not ${text}`);
  }
  return { tree, at };
}
