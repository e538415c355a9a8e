import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Account, own, runAs, vagrantAccount } from './account.js';
import type { Box } from './current-box.js';
import { isAbandoned, layOut, machinesFolder, refreshVagrantfile, variablesOf } from './machine-folder.js';

const prefix = 'ckpt-';
const consoleLines = 60;
const rubyFrame = /^\tfrom |Progress: \d+%/;

/** What a command in the guest said, and its exit status. */
export interface Outcome {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A machine that the repository's own Vagrantfile describes, in a folder of its own. Must be destroyed. */
export class VagrantMachine {
  private constructor(
    private readonly account: Account,
    private readonly folder: string,
    private readonly extra: Readonly<Record<string, string>>,
  ) {}

  /** Lays out a folder of its own for the machine, and destroys what killed tests left. Boots nothing. */
  static async prepare(box: Box, executable: string): Promise<VagrantMachine> {
    const account = await vagrantAccount();
    const base = await machinesFolder(account);
    await destroyAbandoned(account, base);
    const folder = await mkdtemp(join(base, prefix));
    try {
      return new VagrantMachine(account, folder, await layOut(folder, account, box, executable));
    } catch (error) {
      await rm(folder, { recursive: true });
      throw error;
    }
  }

  /** `vagrant up`, until the guest answers and is provisioned. */
  async up(limitSeconds = 600): Promise<void> {
    await this.vagrant(['up'], limitSeconds);
    const config = await this.vagrant(['ssh-config'], 60);
    await writeFile(join(this.folder, 'ssh-config'), config);
    await own(join(this.folder, 'ssh-config'), this.account);
  }

  /** Runs a shell command in the guest as its `vagrant` user. Status 255 is ssh's own: no connection. */
  async run(command: string, limitSeconds = 120): Promise<Outcome> {
    const ssh = [...this.ssh(), 'default', '--', command] as const;
    const done = await runAs(
      this.account,
      ssh,
      {},
      {
        cwd: this.folder,
        reject: false,
        stdin: 'ignore',
        timeout: limitSeconds * 1000,
      },
    );
    if (done.timedOut) throw await this.failure(`\`${command}\` did not end within ${limitSeconds} s`);
    return { status: done.exitCode ?? 255, stdout: String(done.stdout), stderr: String(done.stderr) };
  }

  /** Runs a command that must succeed; its output. */
  async must(command: string, limitSeconds = 120): Promise<string> {
    const { status, stdout, stderr } = await this.run(command, limitSeconds);
    if (status !== 0) throw await this.failure(`\`${command}\` ended with ${status}: ${stderr || stdout}`);
    return stdout.trim();
  }

  /** Copies a file of the host into the guest, owned by its `vagrant` user. */
  async upload(from: string, to: string): Promise<void> {
    const ssh = [...this.ssh(), 'default', '--', `cat >${to}`] as const;
    const input = await readFile(from);
    await runAs(this.account, ssh, {}, { cwd: this.folder, input, timeout: 60_000 });
  }

  /** Runs a command that has this kernel end and another begin, and waits until that answers; what the command said. */
  async switchTo(release: string, command: string, limitSeconds = 600): Promise<string> {
    const before = await this.bootId();
    const { status, stdout, stderr } = await this.run(command, limitSeconds);
    // The connection may end before the answer comes.
    if (status !== 0 && status !== 255)
      throw await this.failure(`\`${command}\` ended with ${status}: ${stderr}`);
    await this.disconnect();
    const deadline = Date.now() + limitSeconds * 1000;
    for (;;) {
      const now = await this.answeringBoot();
      if (now !== undefined && now !== before) break;
      if (Date.now() > deadline)
        throw await this.failure(`no other kernel answered within ${limitSeconds} s`);
      await sleep(500);
    }
    const running = await this.must('uname -r');
    if (running !== release) throw await this.failure(`a switch to ${release} ended up in ${running}`);
    return stdout;
  }

  /** The ID of the boot that answers; a machine that boots takes connections long before it can. */
  private async answeringBoot(): Promise<string | undefined> {
    const answer = await this.run('cat /proc/sys/kernel/random/boot_id', 60).catch(() => undefined);
    return answer?.status === 0 ? answer.stdout.trim() : undefined;
  }

  bootId(): Promise<string> {
    return this.must('cat /proc/sys/kernel/random/boot_id');
  }

  /** Ends the machine and removes its folder, whatever state it is in. */
  async destroy(): Promise<void> {
    await this.disconnect();
    await this.vagrant(['destroy', '--force'], 120);
    await rm(this.folder, { recursive: true });
  }

  // One login serves all commands of a boot: each takes an emulated CPU a second and more.
  private ssh(): readonly [string, ...string[]] {
    const shared = ['-o', 'ControlMaster=auto', '-o', 'ControlPath=ssh-shared', '-o', 'ControlPersist=600'];
    return ['ssh', '-F', 'ssh-config', '-o', 'ConnectTimeout=10', ...shared];
  }

  private async disconnect(): Promise<void> {
    await runAs(
      this.account,
      [...this.ssh(), '-O', 'exit', 'default'],
      {},
      { cwd: this.folder, reject: false },
    );
  }

  private async vagrant(args: readonly string[], limitSeconds: number): Promise<string> {
    const done = await runAs(this.account, ['vagrant', ...args], this.extra, {
      cwd: this.folder,
      reject: false,
      stdin: 'ignore',
      all: true,
      timeout: limitSeconds * 1000,
    });
    if (done.exitCode === 0) return String(done.stdout);
    const why = done.timedOut ? `did not end within ${limitSeconds} s` : `ended with ${done.exitCode}`;
    throw await this.failure(`vagrant ${args.join(' ')} ${why}:\n${lastLines(String(done.all))}`);
  }

  private async failure(what: string): Promise<Error> {
    const said = await readFile(join(this.folder, 'console'), 'utf8').catch(() => '');
    return new Error(`${what}\n--- the machine's console, last ${consoleLines} lines\n${lastLines(said)}`);
  }
}

async function destroyAbandoned(account: Account, base: string): Promise<void> {
  for (const name of await readdir(base)) {
    const folder = join(base, name);
    if (!name.startsWith(prefix) || !(await isAbandoned(folder))) continue;
    await refreshVagrantfile(folder);
    await runAs(account, ['vagrant', 'destroy', '--force'], await variablesOf(folder), {
      cwd: folder,
      timeout: 120_000,
    });
    await rm(folder, { recursive: true });
  }
}

function lastLines(text: string): string {
  const lines = text.trimEnd().split('\n');
  return lines
    .filter(line => !rubyFrame.test(line))
    .slice(-consoleLines)
    .join('\n');
}
