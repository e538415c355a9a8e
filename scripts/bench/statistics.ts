/** The middle of some numbers: what a bench reports of rounds that other work on the machine disturbs. */
export function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)];
  const lower = sorted[Math.floor((sorted.length - 1) / 2)];
  if (upper === undefined || lower === undefined) throw new RangeError('there is no median of nothing');
  return (lower + upper) / 2;
}

/** The first for even rounds, the second for odd ones, then the other: neither always goes first. */
export async function alternate(
  round: number,
  one: () => Promise<void>,
  other: () => Promise<void>,
): Promise<void> {
  const [first, second] = round % 2 === 0 ? [one, other] : [other, one];
  await first();
  await second();
}
