import { readFileSync } from 'node:fs';
import { execa } from 'execa';
import { type QemuSettings, qemuArguments } from './qemu-command.js';

/** Which QEMU is started; `CKPT_QEMU` names another. */
export function qemuProgram(): string {
  return process.env.CKPT_QEMU || 'qemu-system-x86_64';
}

/** A running QEMU. It ends with `stop`, or with this process, whatever way that goes. */
export class QemuProcess {
  private ended: string | undefined;

  private constructor(
    private readonly child: ReturnType<typeof spawnQemu>,
    readonly settings: QemuSettings,
  ) {
    void child.then(result => {
      const reason = result.signal === undefined ? `status ${result.exitCode}` : `signal ${result.signal}`;
      const words = typeof result.stderr === 'string' ? result.stderr.trim() : '';
      this.ended = `QEMU ended with ${reason}${words === '' ? '' : `: ${words}`}`;
    });
  }

  /** Starts QEMU. The kernel kills it when the thread that started it goes, so no test can leave one behind. */
  static start(settings: QemuSettings): QemuProcess {
    const child = spawnQemu(settings);
    return new QemuProcess(child, settings);
  }

  /** Why it is no longer running; undefined while it is. */
  get endedBecause(): string | undefined {
    return this.ended;
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  /** Resolves when it has ended, with the reason. */
  async wait(): Promise<string> {
    await this.child;
    return this.ended ?? 'QEMU ended';
  }

  /** Ends it at once. What the guest has not written is lost, as with a power cut. */
  async stop(): Promise<void> {
    if (this.ended === undefined) this.child.kill('SIGKILL');
    await this.child;
  }

  /** The last lines of the guest's console. */
  consoleTail(lines = 40): string {
    try {
      const text = readFileSync(this.settings.consoleLog, 'utf8').replaceAll('\r', '');
      return text.trimEnd().split('\n').slice(-lines).join('\n');
    } catch {
      return '';
    }
  }
}

function spawnQemu(settings: QemuSettings) {
  const terminal = settings.terminal ? 'inherit' : 'ignore';
  return execa('setpriv', ['--pdeathsig', 'KILL', qemuProgram(), ...qemuArguments(settings)], {
    stdin: terminal,
    stdout: terminal,
    stderr: 'pipe',
    reject: false,
  });
}
