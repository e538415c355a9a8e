import { readFile, rm } from 'node:fs/promises';
import { reportToStderr } from '../../scripts/setup/progress.js';
import { ensureKernel } from '../setup/kernel.js';
import type { Pong } from './agent-client.js';
import { type Assets, prepareAssets } from './assets.js';
import { BootTimeout, CommandError, type CommandResult } from './errors.js';
import { copyFileIn, copyFileOut, copyTreeIn, copyTreeOut, isFolder, writeFileIn } from './files.js';
import { GuestLink } from './guest-link.js';
import { loadKernel } from './kexec.js';
import { launch } from './launch.js';
import type { BootOptions, RunOptions, StartOptions } from './options.js';
import { QemuProcess } from './qemu-process.js';
import { makeOverlay, makeRunFolder, type RunFolder } from './run-folder.js';
import { type WaitOptions, waitFor } from './wait.js';

/** Seconds that a guest may take to its first answer, by kind. A loaded host with emulation needs most of it. */
const bootLimits = { bare: 120, systemd: 300 } as const;

/**
 * A virtual machine and its guest. Every method throws `MachineError` when the machine failed, with the end of the
 * console; what a command in the guest does is a result, never an error of the machine.
 */
export class Machine {
  private pong: Pong | undefined;

  private constructor(
    private readonly options: BootOptions,
    private readonly folder: RunFolder,
    private readonly link: GuestLink,
  ) {}

  /**
   * Prepares what is missing in the cache, starts QEMU and resolves when the agent in the guest answers. One that does not
   * answer in time is ended and another started: most boot in hooks, which are not tried again as tests are, and nothing
   * of a test has run in it yet.
   */
  static async boot(options: BootOptions): Promise<Machine> {
    const assets = await prepareAssets(options);
    try {
      return await Machine.bootOnce(options, assets);
    } catch (error) {
      if (!(error instanceof BootTimeout)) throw error;
      (options.report ?? reportToStderr)(`${error.message}\ntrying another machine`);
      return Machine.bootOnce(options, assets);
    }
  }

  private static async bootOnce(options: BootOptions, assets: Assets): Promise<Machine> {
    const folder = await makeRunFolder();
    await makeOverlay(assets.image, folder.overlay);
    const qemu = await launch(options, assets, folder);
    const machine = new Machine(options, folder, new GuestLink(qemu, folder.agentSocket));
    try {
      await machine.awaitBoot(undefined);
      return machine;
    } catch (error) {
      await machine.stop();
      throw error;
    }
  }

  /** The kernel that runs now, e.g. `6.1.0-50-cloud-amd64`. */
  get kernelRelease(): string {
    return this.pong?.kernel ?? '';
  }

  /** The guest's boot id; another one after every kexec. */
  get bootId(): string {
    return this.pong?.bootId ?? '';
  }

  /** The process of QEMU on the host. */
  get qemuPid(): number | undefined {
    return this.link.qemu.pid;
  }

  /** The port of 127.0.0.1 that leads to a forwarded port of the guest. */
  port(guest: number): number {
    const forward = this.link.qemu.settings.forwards.find(candidate => candidate.guest === guest);
    if (forward === undefined) throw new Error(`port ${guest} was not in this machine's forwards`);
    return forward.host;
  }

  /** Runs a program and resolves with its output and ending, whatever they are. @throws if it cannot be started */
  async run(argv: readonly string[], options: RunOptions = {}): Promise<CommandResult> {
    const limit = options.limit ?? 120;
    const output = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
    const header = { op: 'run', argv, limit, cwd: options.cwd ?? '/root', env: options.env ?? {} };
    const answer = await this.link.ask(
      header,
      limit + 60,
      Buffer.from(options.input ?? ''),
      (stream, data) => {
        const name = stream === 'stderr' ? 'stderr' : 'stdout';
        output[name].push(data);
        options.onOutput?.(name, data);
      },
    );
    return {
      status: numberOrNull(answer.header.status),
      signal: numberOrNull(answer.header.signal),
      timedOut: answer.header.timedOut === true,
      stdout: Buffer.concat(output.stdout).toString(),
      stderr: Buffer.concat(output.stderr).toString(),
    };
  }

  /** Runs a line of shell and resolves with its output and ending. */
  sh(script: string, options: RunOptions = {}): Promise<CommandResult> {
    return this.run(['/bin/sh', '-c', script], options);
  }

  /** Runs a line of shell that must end with status 0; resolves with its trimmed stdout. @throws CommandError */
  async ok(script: string, options: RunOptions = {}): Promise<string> {
    const result = await this.sh(script, options);
    if (result.status !== 0) throw new CommandError(script, result);
    return result.stdout.trim();
  }

  /**
   * Starts a program in the background: leader of a new session, child of init, descriptors 0 to 2 only, stdin from
   * /dev/null. Resolves with its PID.
   */
  async start(argv: readonly string[], options: StartOptions = {}): Promise<number> {
    const answer = await this.link.ask({ op: 'start', argv, ...options }, 60);
    const pid = numberOrNull(answer.header.pid);
    if (pid === null) throw new Error('the agent did not say the PID of what it started');
    return pid;
  }

  /** Copies a file or a whole folder of the host to `guestPath`, which is what it is called there. */
  async copyIn(hostPath: string, guestPath: string): Promise<void> {
    const copy = (await isFolder(hostPath)) ? copyTreeIn : copyFileIn;
    await copy(this.link, hostPath, guestPath);
  }

  /** Copies a file or a whole folder of the guest to `hostPath`, which is what it is called here. */
  async copyOut(guestPath: string, hostPath: string): Promise<void> {
    const folder = (await this.run(['test', '-d', guestPath])).status === 0;
    await (folder ? copyTreeOut : copyFileOut)(this.link, guestPath, hostPath);
  }

  /** Writes a file in the guest, making its folder. */
  async write(guestPath: string, content: string | Buffer, mode = 0o644): Promise<void> {
    await writeFileIn(this.link, guestPath, Buffer.from(content), mode);
  }

  /** Loads a kernel of kernels.json for kexec, with this kernel's command line unless another is given. */
  async kexecLoad(series: string, commandLine?: string): Promise<void> {
    const kernel = await ensureKernel(series, this.options.report ?? reportToStderr);
    await loadKernel(this, kernel, commandLine);
  }

  /** Jumps into the loaded kernel and resolves when its agent answers. What was written to the disk stays. */
  async kexecExec(): Promise<void> {
    if (this.kind === 'systemd') return this.switchBy(['systemctl', 'kexec']);
    const before = this.bootId;
    await this.link.ask({ op: 'kexec' }, 30);
    this.link.disconnect();
    await this.awaitBoot(before);
  }

  /** Starts a program that ends this kernel, and resolves when the agent answers from the next. */
  async switchBy(argv: readonly string[], options: StartOptions = {}): Promise<void> {
    const before = this.bootId;
    await this.start(argv, options);
    this.link.disconnect();
    await this.awaitBoot(before);
  }

  /** Loads a kernel and jumps into it. */
  async kexec(series: string, commandLine?: string): Promise<void> {
    await this.kexecLoad(series, commandLine);
    await this.kexecExec();
  }

  /** Resolves when `condition` is true or a value. @throws Error naming what was waited for; MachineError if it died */
  waitFor<T>(condition: () => Promise<T | undefined | false>, options: WaitOptions): Promise<T> {
    return waitFor(async () => {
      const ended = this.link.qemu.endedBecause;
      if (ended !== undefined) throw this.link.failure(ended);
      return condition();
    }, options);
  }

  /** Cuts the power and boots again from the same disk, with another kernel if one is named. */
  async powerCut(series = this.options.kernel): Promise<void> {
    const before = this.bootId;
    this.link.disconnect();
    await this.link.qemu.stop();
    await rm(this.folder.agentSocket, { force: true });
    const kernel = await ensureKernel(series, this.options.report ?? reportToStderr);
    const settings = { ...this.link.qemu.settings, vmlinuz: kernel.vmlinuz, initrd: kernel.initrd };
    this.link.qemu = QemuProcess.start(settings);
    await this.awaitBoot(before);
  }

  /** All that the guest's kernels have said so far. */
  async console(): Promise<string> {
    return readFile(this.folder.consoleLog, 'utf8').catch(() => '');
  }

  /** Resolves when QEMU has ended by itself, e.g. because the guest powered off, with the reason. */
  ended(): Promise<string> {
    return this.link.qemu.wait();
  }

  /** Ends QEMU and removes what belonged to the machine. */
  async stop(): Promise<void> {
    this.link.disconnect();
    await this.link.qemu.stop();
    await rm(this.folder.path, { recursive: true, force: true });
  }

  private get kind(): 'bare' | 'systemd' {
    return this.options.kind ?? 'bare';
  }

  private async awaitBoot(before: string | undefined): Promise<void> {
    this.pong = await this.link.awaitBoot(before, this.options.answersWithin ?? bootLimits[this.kind]);
  }
}

function numberOrNull(value: unknown): number | null {
  return typeof value === 'number' ? value : null;
}
