/** A process, and how it holds something. */
export type Holder = readonly [pid: number, how: string];

/** Who holds something, by the thing's name. */
export class Holders {
  readonly #ends = new Map<string, Map<number, string>>();

  add(thing: string, pid: number, how: string): void {
    const ends = this.#ends.get(thing) ?? new Map<number, string>();
    const known = ends.get(pid);
    ends.set(pid, known === undefined ? how : `${known}, ${how}`);
    this.#ends.set(thing, ends);
  }

  of(thing: string): readonly Holder[] {
    return [...(this.#ends.get(thing) ?? [])];
  }

  things(): readonly string[] {
    return [...this.#ends.keys()];
  }
}
