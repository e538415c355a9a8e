import { setTimeout as sleep } from 'node:timers/promises';
import { LineClient } from './line-client.js';

/** Between two questions: an emulated processor has better to do than to answer all the time. */
const PAUSE_MS = 100;

/** What a counting client has seen. */
export interface CountingReport {
  readonly replies: number;
  /** Longest time between a request and its reply, in milliseconds. */
  readonly longestPause: number;
  /** The first thing that was wrong: a lost, repeated or foreign reply, or a broken connection. */
  readonly problem: string | undefined;
}

/** A client of redis that counts one key up over one connection, and sees when a reply is lost or repeated. */
export class CountingClient {
  readonly #client: LineClient;
  #replies = 0;
  #longest = 0;
  #problem: string | undefined;
  #stopped = false;
  #done: Promise<void> = Promise.resolve();

  private constructor(client: LineClient) {
    this.#client = client;
  }

  static async start(port: number): Promise<CountingClient> {
    const client = new CountingClient(await LineClient.open(port));
    client.#done = client.#count();
    return client;
  }

  report(): CountingReport {
    return { replies: this.#replies, longestPause: this.#longest, problem: this.#problem };
  }

  async stop(): Promise<CountingReport> {
    this.#stopped = true;
    await this.#done;
    this.#client.close();
    return this.report();
  }

  async #count(): Promise<void> {
    while (!this.#stopped && this.#problem === undefined) {
      const asked = performance.now();
      try {
        const answer = await this.#client.ask('INCR ckpt', 240);
        if (answer !== `:${this.#replies + 1}`)
          this.#problem = `reply ${answer} where :${this.#replies + 1} was due`;
        else this.#replies += 1;
      } catch (error) {
        this.#problem = (error as Error).message;
      }
      this.#longest = Math.max(this.#longest, performance.now() - asked);
      await sleep(PAUSE_MS);
    }
  }
}
