/** What is lost on the way to a target. A process can have a million mappings that lose the same. */
import type { Loss } from './step.js';

/** Places of one loss that are listed; the others are only counted. */
const MOST_ALIKE = 1000;
/** Different losses that are told apart. */
const MOST_DIFFERENT = 10_000;

export class Losses {
  readonly list: Loss[] = [];
  private readonly alike = new Map<string, { count: number; at: number }>();

  add(loss: Loss): void {
    const { field, severity, reason } = loss;
    const key = `${severity} ${field} ${reason}`;
    if (this.alike.has(key) || this.alike.size < MOST_DIFFERENT) this.count(key, loss, MOST_ALIKE);
    else {
      const rest = { ...loss, field: 'others', reason: 'more different losses than are told apart' };
      this.count(`${severity} others`, rest, 0);
    }
  }

  private count(key: string, loss: Loss, most: number): void {
    const known = this.alike.get(key) ?? { count: 0, at: 0 };
    this.alike.set(key, known);
    known.count++;
    if (known.count <= most) this.list.push(loss);
    else {
      if (known.count === most + 1) known.at = this.list.push(loss) - 1;
      this.list[known.at] = { ...loss, at: `${known.count - most} more places` };
    }
  }
}
