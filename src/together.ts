import { CkptError } from './errors.js';

/**
 * What all of several gave; else the first failure, which names the others, too: who has misspelt three names is told so once.
 * Throws whatever is no failure of ours as it is.
 */
export function together<T>(outcomes: readonly PromiseSettledResult<T>[]): readonly T[] {
  const reasons = outcomes.flatMap(one => (one.status === 'rejected' ? [one.reason as unknown] : []));
  const unforeseen = reasons.find(reason => !(reason instanceof CkptError));
  if (unforeseen !== undefined) throw unforeseen;
  const [first, ...others] = reasons.filter(reason => reason instanceof CkptError);
  if (first === undefined) return outcomes.flatMap(one => (one.status === 'fulfilled' ? [one.value] : []));
  if (others.length === 0) throw first;
  const also = [...(first.extra.also ?? []), ...others.map(({ message }) => message)];
  throw new CkptError(first.code, first.facts, { ...first.extra, also });
}

/** The same for work that waits for nothing. */
export function eachTogether<T, R>(items: readonly T[], work: (item: T) => R): readonly R[] {
  return together(
    items.map((item): PromiseSettledResult<R> => {
      try {
        return { status: 'fulfilled', value: work(item) };
      } catch (reason) {
        return { status: 'rejected', reason };
      }
    }),
  );
}
