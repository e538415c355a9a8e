/** A value held against a schema, in the way that is the quicker for how often it happens. */
import type { z } from 'zod';

/** From so many values on, code made for a schema has saved the time that making it took. */
const FEW = 40;

const checked = new WeakMap<z.ZodType, number>();

/**
 * As `schema.safeParse`. zod makes code for every object schema at its first use (about half a millisecond each), which
 * a command that reads one small document never gets back; so only a schema that is used a lot gets it.
 */
export function checkValue<T>(schema: z.ZodType<T>, value: unknown): z.ZodSafeParseResult<T> {
  const times = (checked.get(schema) ?? 0) + 1;
  checked.set(schema, times);
  return schema.safeParse(value, times <= FEW ? { jitless: true } : undefined);
}
