import type { CabledCard } from './options.js';

/** Where a port of the guest can be reached on the host: 127.0.0.1:host leads to 10.0.2.15:guest. */
export interface Forward {
  readonly guest: number;
  readonly host: number;
}

export type Accelerator = 'kvm' | 'tcg';

/** Everything that QEMU's command line depends on. Paths are absolute. */
export interface QemuSettings {
  readonly accelerator: Accelerator;
  readonly vmlinuz: string;
  readonly initrd: string;
  readonly commandLine: string;
  readonly memoryMiB: number;
  readonly cpus: number;
  /** qcow2 overlay that the guest may write to. Undefined for a guest without any disk. */
  readonly overlay: string | undefined;
  /** With true a flush of the guest reaches the host's disk; else it is ignored, which is quicker. */
  readonly durable: boolean;
  /** Raw images, read-only: vdb, vdc … in this order. */
  readonly readOnlyDisks: readonly string[];
  readonly forwards: readonly Forward[];
  readonly cabled: CabledCard | undefined;
  readonly agentSocket: string | undefined;
  readonly consoleLog: string;
  /** With true the second serial line is this terminal. */
  readonly terminal: boolean;
}

/** QEMU's arguments. Its networks are a user-mode one, cut off from the host but for forwards on 127.0.0.1, and its cable. */
export function qemuArguments(settings: QemuSettings): readonly string[] {
  return [
    ...['-nodefaults', '-no-user-config', '-display', 'none', '-no-reboot', '-msg', 'timestamp=on'],
    ...machine(settings),
    ...['-kernel', settings.vmlinuz, '-initrd', settings.initrd, '-append', settings.commandLine],
    ...['-chardev', `file,id=console,path=${settings.consoleLog},append=on`, '-serial', 'chardev:console'],
    ...(settings.terminal ? ['-chardev', 'stdio,id=terminal,signal=off', '-serial', 'chardev:terminal'] : []),
    ...disks(settings),
    ...network(settings.forwards),
    ...card(settings.cabled),
    ...agent(settings.agentSocket),
    ...['-device', 'virtio-rng-pci'],
  ];
}

function machine({ accelerator, memoryMiB, cpus }: QemuSettings): readonly string[] {
  // Without five-level paging: a kexec from 6.12 into 5.10 hangs with it. Without fast string operations where they are
  // emulated, byte by byte: a guest read 92 MB of its page cache in 11 s instead of 2, as the kernel copied with them.
  const cpu = accelerator === 'kvm' ? 'host,-la57' : 'max,-la57,-erms,-fsrm';
  // A kernel that another jumped into writes over pages whose code QEMU has translated, and QEMU then forgets it block by
  // block, and each time where all jumps lead: 70,000 times a second, for seconds. A smaller buffer of translations is
  // full sooner, and emptied at once; half of this one is too small for a guest that runs Node.
  const accel = accelerator === 'kvm' ? 'kvm' : 'tcg,thread=multi,tb-size=256';
  return ['-machine', 'q35,usb=off', '-accel', accel, '-cpu', cpu, '-smp', `${cpus}`, '-m', `${memoryMiB}M`];
}

function disks({ overlay, durable, readOnlyDisks }: QemuSettings): readonly string[] {
  const cache = durable ? 'writeback' : 'unsafe';
  const root =
    overlay === undefined
      ? []
      : [
          ...['-drive', `file=${overlay},format=qcow2,if=none,id=root,cache=${cache},discard=unmap`],
          ...['-device', 'virtio-blk-pci,drive=root,serial=root'],
        ];
  const others = readOnlyDisks.flatMap((file, index) => [
    ...['-drive', `file=${file},format=raw,if=none,id=tree${index},readonly=on`],
    ...['-device', `virtio-blk-pci,drive=tree${index}`],
  ]);
  return [...root, ...others];
}

function network(forwards: readonly Forward[]): readonly string[] {
  const rules = forwards.map(({ host, guest }) => `,hostfwd=tcp:127.0.0.1:${host}-10.0.2.15:${guest}`);
  return ['-nic', `user,model=virtio-net-pci,restrict=on${rules.join('')}`];
}

function card(cabled: CabledCard | undefined): readonly string[] {
  if (cabled === undefined) return [];
  const { end: cable, seen } = cabled;
  const end = (side: string, port: number) => `${side}.type=inet,${side}.host=127.0.0.1,${side}.port=${port}`;
  return [
    ...['-netdev', `dgram,id=cable,${end('local', cable.own)},${end('remote', cable.other)}`],
    // Two cards of one address would not hear each other.
    ...['-device', `virtio-net-pci,netdev=cable,mac=${macOf(cable.own)}`],
    ...(seen === undefined ? [] : ['-object', `filter-dump,id=seen,netdev=cable,file=${seen}`]),
  ];
}

/** One of those that nobody sells (the second bit of the first byte). */
function macOf(port: number): string {
  return `02:00:00:00:${(port >> 8).toString(16).padStart(2, '0')}:${(port & 255).toString(16).padStart(2, '0')}`;
}

function agent(socket: string | undefined): readonly string[] {
  if (socket === undefined) return [];
  return [
    ...['-chardev', `socket,id=agent,path=${socket},server=on,wait=off`, '-device', 'virtio-serial-pci'],
    ...['-device', 'virtserialport,chardev=agent,name=ckpt.agent'],
  ];
}

/**
 * The kernel's command line. Mitigations are off: they cost an emulated CPU dearly and no guest runs foreign code.
 *
 * @param mounts where the read-only disks go, in the order of the disks
 */
export function kernelCommandLine(init: string, mounts: readonly string[], extra: readonly string[]): string {
  const where = mounts.map((at, index) => `vd${String.fromCharCode('b'.charCodeAt(0) + index)}:${at}`);
  return [
    ...[
      'console=ttyS0',
      'root=/dev/vda',
      'rw',
      `init=${init}`,
      'net.ifnames=0',
      'panic=-1',
      'quiet',
      'loglevel=4',
    ],
    ...['mitigations=off', 'audit=0', 'random.trust_cpu=on', 'no_timer_check', 'cryptomgr.notests'],
    'ckpt.pids=apart',
    ...(where.length === 0 ? [] : [`ckpt.mounts=${where.join(',')}`]),
    ...extra,
  ].join(' ');
}
