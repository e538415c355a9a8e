/** What many processes have in common is in memory once: their limits, credentials, namespaces, vector registers. */

/** Different parts that are remembered; a tree whose processes have nothing in common must not pay for that. */
const MOST = 256;

const OF_PROCESS = ['limits', 'namespaces', 'taskFlags', 'timers'] as const;
const OF_THREAD = ['credentials', 'signalStack', 'restartableSequence', 'blockedSignals'] as const;
const OF_SPACE = ['auxiliaryVector', 'layout'] as const;
const OF_REGISTERS = ['segments', 'floatingPoint'] as const;

export class PartPool {
  private readonly known = new Map<string, unknown>();

  /** A process with parts that may belong to others, too: nobody changes them. Anything else stays as it is. */
  share<T>(value: T): T {
    if (!isObject(value) || !Array.isArray(value.threads)) return value;
    this.replace(value, OF_PROCESS);
    for (const thread of value.threads) {
      if (!isObject(thread)) continue;
      this.replace(thread, OF_THREAD);
      if (isObject(thread.x86)) this.replace(thread.x86, OF_REGISTERS);
    }
    return value;
  }

  /** The like of an address space: what the kernel told its program, which forks of it have in common. */
  shareSpace<T extends object>(space: T): T {
    this.replace(space as Record<string, unknown>, OF_SPACE);
    return space;
  }

  private replace(object: Record<string, unknown>, fields: readonly string[]): void {
    for (const field of fields) {
      const part = object[field];
      if (typeof part !== 'object' || part === null) continue;
      const text = JSON.stringify(part);
      const known = this.known.get(text);
      if (known !== undefined) object[field] = known;
      else if (this.known.size < MOST && text.length < 16_384) this.known.set(text, part);
    }
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
