/** What the demo prints: titles, notes, quoted commands, and at the end how long each step took. */
export class Timeline {
  readonly #began = performance.now();
  readonly #steps: { readonly name: string; readonly from: number; readonly to: number }[] = [];

  constructor(private readonly print: (line: string) => void) {}

  title(text: string): void {
    this.print(`\n${text}`);
  }

  note(text: string): void {
    this.print(`  ${text}`);
  }

  /** A command and what it printed. */
  quote(command: string, output: string): void {
    this.print(`  # ${command}`);
    for (const line of output.split('\n')) this.print(`  ${line}`);
  }

  async timed<T>(name: string, work: () => Promise<T>): Promise<T> {
    const from = performance.now() - this.#began;
    try {
      return await work();
    } finally {
      this.#steps.push({ name, from, to: performance.now() - this.#began });
    }
  }

  /** The steps to scale, one line each. */
  summary(): void {
    const first = this.#steps[0];
    const last = this.#steps.at(-1);
    if (!first || !last) return;
    const columns = 40;
    const scale = (last.to - first.from) / columns;
    this.print('\nTimeline');
    for (const { name, from, to } of this.#steps) {
      const start = Math.floor((from - first.from) / scale);
      const length = Math.max(1, Math.round((to - from) / scale));
      const bar =
        ' '.repeat(Math.min(start, columns - 1)) + '█'.repeat(Math.min(length, columns - start || 1));
      this.print(
        `  ${name.padEnd(16)} ${bar.padEnd(columns)} ${((to - from) / 1000).toFixed(2).padStart(7)} s`,
      );
    }
  }
}
