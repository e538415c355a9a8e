import { write } from 'node:fs';

/** What a line that is drawn over the last one begins with. */
const DRAWN_OVER = '\r\u001b[2K';
/** How long until a terminal that somebody else has set to refuse instead of to wait is asked again, ms. */
const PAUSE_MS = 20;

interface Piece {
  readonly descriptor: number;
  readonly text: string;
}

/**
 * Writes to the terminal, one piece after the other, while everything else goes on. Node would wait for it: a terminal that
 * was stopped by Ctrl-S, or whose other end is out of reach, would keep processes from running that stand still for a freeze.
 */
export class Terminal {
  #pieces: Piece[] = [];
  #busy = false;
  #whenIdle: (() => void)[] = [];

  write(descriptor: number, text: string): void {
    // Nobody needs to see how far it was in between.
    if (text.startsWith(DRAWN_OVER) && this.#pieces.at(-1)?.text.startsWith(DRAWN_OVER)) this.#pieces.pop();
    this.#pieces.push({ descriptor, text });
    this.#next();
  }

  /** Resolves when all has been written; with a terminal that takes nothing, not before it does. */
  idle(): Promise<void> {
    return new Promise(resolve => {
      this.#whenIdle.push(resolve);
      this.#next();
    });
  }

  #next(): void {
    if (this.#busy) return;
    const piece = this.#pieces.shift();
    if (piece === undefined) {
      for (const resolve of this.#whenIdle.splice(0)) resolve();
      return;
    }
    this.#busy = true;
    this.#put(piece.descriptor, Buffer.from(piece.text));
  }

  #put(descriptor: number, bytes: Buffer): void {
    write(descriptor, bytes, (error, written) => {
      if (error?.code === 'EAGAIN') {
        setTimeout(() => this.#put(descriptor, bytes), PAUSE_MS);
        return;
      }
      if (!error && written < bytes.length) {
        this.#put(descriptor, bytes.subarray(written));
        return;
      }
      // A terminal that has gone reads nothing any more, and what is done goes on without it.
      this.#busy = false;
      this.#next();
    });
  }
}
