import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { z } from 'zod';
import { encodeFrame, type Frame, FrameReader } from './frames.js';

const pong = z.object({ bootId: z.string(), kernel: z.string(), uptime: z.number() });

/** What the agent says of the system it runs in. `uptime` in seconds since that kernel started. */
export type Pong = z.infer<typeof pong>;

/** The agent is well but could not do what was asked, e.g. start a program that is not there. */
export class AgentRefusal extends Error {
  override readonly name = 'AgentRefusal';
}

interface Pending {
  readonly onFrame: (frame: Frame) => void;
  readonly reject: (error: Error) => void;
}

/** One connection to the agent in a guest. After a kexec a new one is made: nothing of the old can be in the way. */
export class AgentClient {
  private readonly reader = new FrameReader();
  private readonly pending = new Map<number, Pending>();
  // Answers to a former connection's requests may still arrive: numbers are never used twice.
  private next = Math.floor(Math.random() * 2 ** 40);
  private closedBecause: Error | undefined;

  private constructor(private readonly socket: Socket) {
    socket.on('data', data => this.receive(data));
    socket.on('error', error => this.fail(error));
    socket.on('close', () => this.fail(new Error('the connection to the agent was closed')));
  }

  /** Connects to the socket that QEMU listens on; the agent need not be there yet. */
  static async connect(path: string): Promise<AgentClient> {
    const socket = connect(path);
    await once(socket, 'connect');
    return new AgentClient(socket);
  }

  /** Asks who is there. A ping sent before the agent has started is answered once it has. */
  async ping(): Promise<Pong> {
    return pong.parse((await this.request({ op: 'ping' })).header);
  }

  /** Sends one request and resolves with the last frame of its answer; `onStream` gets the others. */
  request(
    header: Readonly<Record<string, unknown>>,
    body?: Buffer,
    onStream?: (stream: string, data: Buffer) => void,
  ): Promise<Frame> {
    if (this.closedBecause !== undefined) return Promise.reject(this.closedBecause);
    const id = this.next++;
    return new Promise<Frame>((resolve, reject) => {
      const onFrame = (frame: Frame): void => {
        if (typeof frame.header.stream === 'string') {
          onStream?.(frame.header.stream, frame.body);
          return;
        }
        this.pending.delete(id);
        if (typeof frame.header.error === 'string') reject(new AgentRefusal(frame.header.error));
        else resolve(frame);
      };
      this.pending.set(id, { onFrame, reject });
      this.socket.write(encodeFrame({ ...header, id }, body));
    });
  }

  close(): void {
    this.fail(new Error('the driver closed its connection to the agent'));
    this.socket.destroy();
  }

  private receive(data: Buffer): void {
    for (const frame of this.reader.push(data)) {
      const id = frame.header.id;
      if (typeof id === 'number') this.pending.get(id)?.onFrame(frame);
    }
  }

  private fail(error: Error): void {
    this.closedBecause ??= error;
    const waiting = [...this.pending.values()];
    this.pending.clear();
    for (const { reject } of waiting) reject(error);
  }
}
