import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { AgentClient, AgentRefusal, type Pong } from './agent-client.js';
import { BootTimeout, MachineError } from './errors.js';
import type { Frame } from './frames.js';
import type { QemuProcess } from './qemu-process.js';
import { within } from './wait.js';

const pingEverySeconds = 0.25;

/** The line between a driver and its guest: QEMU, the agent's socket, and what to say when either fails. */
export class GuestLink {
  private client: AgentClient | undefined;

  constructor(
    public qemu: QemuProcess,
    private readonly socket: string,
  ) {}

  /**
   * One request to the agent.
   *
   * @param limit seconds for the whole answer
   * @throws AgentRefusal when the agent could not do it; MachineError when no answer came
   */
  async ask(
    header: Readonly<Record<string, unknown>>,
    limit: number,
    body?: Buffer,
    onStream?: (stream: string, data: Buffer) => void,
  ): Promise<Frame> {
    const client = this.client;
    if (client === undefined) throw this.failure('the agent is not connected');
    const late = () => this.failure(`the agent did not answer "${String(header.op)}" within ${limit} s`);
    try {
      return await within(client.request(header, body, onStream), limit, late);
    } catch (error) {
      if (error instanceof AgentRefusal || error instanceof MachineError) throw error;
      // The socket closes a moment before QEMU has ended: its reason is worth the wait.
      await Promise.race([this.qemu.wait(), sleep(1000)]);
      throw this.failure(`the agent was lost during "${String(header.op)}"`, error);
    }
  }

  /** Resolves when an agent answers from another boot than `before`. */
  async awaitBoot(before: string | undefined, limit: number): Promise<Pong> {
    const deadline = Date.now() + limit * 1000;
    while (Date.now() < deadline) {
      if (this.qemu.endedBecause !== undefined) throw this.failure(this.qemu.endedBecause);
      const pong = await this.tryPing();
      if (pong !== undefined && pong.bootId !== before) return pong;
      if (pong !== undefined) this.disconnect();
      await sleep(20);
    }
    const since = before === undefined ? '' : ` from another boot than ${before}`;
    throw new BootTimeout(`waited ${limit} s for the agent to answer${since}`, this.qemu.consoleTail());
  }

  /** Forgets the connection; requests under way fail. */
  disconnect(): void {
    this.client?.close();
    this.client = undefined;
  }

  /** An error of the machine with the reason why QEMU ended, if it did, and the end of the console. */
  failure(what: string, cause?: unknown): MachineError {
    const ended = this.qemu.endedBecause;
    const full = ended === undefined || what === ended ? what : `${what}: ${ended}`;
    return new MachineError(full, this.qemu.consoleTail(), { cause });
  }

  // Pings are repeated on one connection: a kernel that goes down may have swallowed the first ones.
  private async tryPing(): Promise<Pong | undefined> {
    try {
      if (this.client === undefined) {
        if (!existsSync(this.socket)) return undefined;
        this.client = await AgentClient.connect(this.socket);
      }
      return await within(this.client.ping(), pingEverySeconds, () => new PingUnanswered());
    } catch (error) {
      if (!(error instanceof PingUnanswered)) this.disconnect();
      return undefined;
    }
  }
}

class PingUnanswered extends Error {}
