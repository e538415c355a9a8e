import type { Finding } from './finding.js';

interface Capability {
  readonly name: string;
  /** Number as in include/uapi/linux/capability.h. */
  readonly bit: number;
  /** What does not work without it. */
  readonly without: string;
  readonly prevents?: 'freeze' | 'switch';
}

/** The capabilities that a freeze, a thaw or a kernel switch makes use of. */
const capabilities: readonly Capability[] = [
  { name: 'CAP_SYS_ADMIN', bit: 21, without: 'no process can be frozen or thawed', prevents: 'freeze' },
  { name: 'CAP_SYS_PTRACE', bit: 19, without: 'no process can be looked into', prevents: 'freeze' },
  {
    name: 'CAP_CHECKPOINT_RESTORE',
    bit: 40,
    without: 'PIDs can be set only through CAP_SYS_ADMIN',
  },
  {
    name: 'CAP_NET_ADMIN',
    bit: 12,
    without: 'programs with TCP connections cannot be frozen or thawed (TCP repair, packet lock)',
  },
  {
    name: 'CAP_SYS_RESOURCE',
    bit: 24,
    without:
      "other users' processes cannot be frozen (their limits cannot be read), and raised limits cannot be restored",
  },
  {
    name: 'CAP_DAC_OVERRIDE',
    bit: 1,
    without: "other users' files cannot be opened for a thaw",
  },
  {
    name: 'CAP_SETUID',
    bit: 7,
    without: "other users' processes cannot be thawed",
  },
  {
    name: 'CAP_SYS_MODULE',
    bit: 16,
    without: 'missing kernel modules cannot be loaded when they are needed',
  },
  {
    name: 'CAP_SYS_BOOT',
    bit: 22,
    without: 'kexec is not allowed: the kernel has to be switched from outside',
    prevents: 'switch',
  },
];

/** CAP_CHECKPOINT_RESTORE came with Linux 5.9; CapBnd then has bit 40. */
const checkpointRestoreBit = 40;

/** Pure: the findings from the text of /proc/self/status and the user's number. */
export function judgePrivileges(status: string, uid: number): Finding[] {
  const effective = mask(status, 'CapEff');
  const kernelKnows = (bit: number): boolean =>
    bit !== checkpointRestoreBit || ((mask(status, 'CapBnd') ?? 0n) | (effective ?? 0n)) >> 40n > 0n;
  if (uid !== 0) {
    return [
      {
        id: 'root',
        area: 'privileges',
        grade: 'bad',
        what: `not root (uid ${uid})`,
        consequence: 'nothing can be frozen or thawed',
        remedy: 'run ckpt with sudo',
        prevents: 'freeze',
      },
    ];
  }
  if (effective === undefined) {
    return [{ id: 'root', area: 'privileges', grade: 'limited', what: 'root, with unknown capabilities' }];
  }
  const missing = capabilities.filter(
    ({ bit }) => (effective & (1n << BigInt(bit))) === 0n && kernelKnows(bit),
  );
  const findings = missing.map(
    ({ name, without, prevents }): Finding => ({
      id: `capability.${name}`,
      area: 'privileges',
      grade: prevents === undefined ? 'limited' : 'bad',
      what: `${name} is missing`,
      consequence: without,
      remedy: 'start ckpt with all capabilities (docker: --privileged; systemd: CapabilityBoundingSet=~)',
      ...(prevents === undefined ? {} : { prevents }),
    }),
  );
  const rest = missing.length === 0 ? 'root, with all capabilities that ckpt uses' : 'root';
  return [{ id: 'root', area: 'privileges', grade: 'good', what: rest }, ...findings];
}

/** A capability set of /proc/PID/status: sixteen hexadecimal digits. */
function mask(status: string, field: string): bigint | undefined {
  const digits = new RegExp(`^${field}:\\s*([0-9a-f]+)$`, 'm').exec(status)?.[1];
  return digits === undefined ? undefined : BigInt(`0x${digits}`);
}
