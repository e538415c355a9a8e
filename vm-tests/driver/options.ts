import type { Report } from '../../scripts/setup/progress.js';
import type { GuestKind } from '../setup/userland.js';
import type { CableEnd } from './cable.js';

/** A folder of the host that the guest sees read-only at `at`. */
export interface SharedTree {
  readonly tree: string;
  readonly at: string;
}

/** Another network card of the guest, eth1, on a cable to another machine (`layCable`). */
export interface CabledCard {
  readonly end: CableEnd;
  /** With the length of the network's prefix, e.g. `192.0.2.1/24`; IPv6 as well. */
  readonly addresses: readonly string[];
  /** A file of the host that takes all frames (pcap). */
  readonly seen?: string;
}

export interface BootOptions {
  /** A series of kernels.json, e.g. `6.1`. */
  readonly kernel: string;
  /** A Debian suite, `trixie` by default. */
  readonly userland?: string;
  /** `bare` by default. */
  readonly kind?: GuestKind;
  /** Debian packages besides those of userlands.json; each set is a disk of its own in the cache. */
  readonly packages?: readonly string[];
  /** MiB, 1024 by default. */
  readonly memory?: number;
  /** 2 by default. */
  readonly cpus?: number;
  readonly disks?: readonly SharedTree[];
  /** TCP ports of the guest to be reached from 127.0.0.1; `Machine.port` says at which port there. */
  readonly forwards?: readonly number[];
  readonly cabled?: CabledCard;
  /** More words for the kernel's command line, e.g. `memmap=256M!1G`. */
  readonly append?: readonly string[];
  /** Makes the guest's flushes reach the host's disk, so that `powerCut` loses what was not flushed, and only that. */
  readonly durable?: boolean;
  /** Series that the guest will switch to: it has them on disks, so that none is copied into it. */
  readonly switchesTo?: readonly string[];
  /** Gives the guest a shell on this process's terminal. */
  readonly terminal?: boolean;
  /** Seconds that the guest may take to its first answer; by default 120, and 300 with systemd. */
  readonly answersWithin?: number;
  /** Is told of downloads and builds; to stderr by default. */
  readonly report?: Report;
}

export interface RunOptions {
  /** Seconds until the command and its process group are killed, 120 by default. */
  readonly limit?: number;
  readonly input?: string | Buffer;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Gets output as it comes. */
  readonly onOutput?: (stream: 'stdout' | 'stderr', data: Buffer) => void;
}

export interface StartOptions {
  /** A file of the guest that takes stdout and stderr, `/dev/null` by default. */
  readonly out?: string;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}
