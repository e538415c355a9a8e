import { connect, type Socket } from 'node:net';

/**
 * One TCP connection that is kept for good: each question is one line, each answer the next line. It never connects
 * again: a connection that breaks is the very thing that a test wants to see.
 */
export class LineClient {
  readonly #socket: Socket;
  #buffer = '';
  #waiting: { readonly resolve: (line: string) => void; readonly reject: (error: Error) => void } | undefined;
  #ended: Error | undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setEncoding('utf8');
    socket.on('data', text => this.#take(String(text)));
    socket.on('error', error => this.#end(error));
    socket.on('close', () => this.#end(new Error('the connection was closed')));
  }

  /** Connects to a port of 127.0.0.1. */
  static open(port: number): Promise<LineClient> {
    return new Promise((resolve, reject) => {
      const socket = connect({ host: '127.0.0.1', port, noDelay: true });
      socket.once('error', reject);
      socket.once('connect', () => {
        socket.off('error', reject);
        resolve(new LineClient(socket));
      });
    });
  }

  /** Sends a line and gives the line that comes back; rejects when the connection breaks or after `limit` seconds. */
  ask(line: string, limit = 60): Promise<string> {
    this.send(line);
    return this.next(`"${line}"`, limit);
  }

  /** Sends a line, and waits for nothing. */
  send(line: string): void {
    if (!this.#ended) this.#socket.write(`${line}\r\n`);
  }

  /** The next line that comes, or has come; rejects when the connection breaks or after `limit` seconds. */
  next(what: string, limit = 60): Promise<string> {
    if (this.#ended) return Promise.reject(this.#ended);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`no answer to ${what} within ${limit} s`)),
        limit * 1000,
      );
      const after =
        <T>(settle: (value: T) => void) =>
        (value: T) => {
          clearTimeout(timer);
          settle(value);
        };
      this.#waiting = { resolve: after(resolve), reject: after(reject) };
      this.#deliver();
    });
  }

  close(): void {
    this.#socket.destroy();
  }

  #take(text: string): void {
    this.#buffer += text;
    this.#deliver();
  }

  #deliver(): void {
    const end = this.#buffer.indexOf('\n');
    if (end < 0 || !this.#waiting) return;
    const line = this.#buffer.slice(0, end).replace(/\r$/, '');
    this.#buffer = this.#buffer.slice(end + 1);
    const { resolve } = this.#waiting;
    this.#waiting = undefined;
    resolve(line);
  }

  #end(error: Error): void {
    this.#ended ??= error;
    this.#waiting?.reject(this.#ended);
    this.#waiting = undefined;
  }
}
