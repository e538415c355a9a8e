/** Milliseconds since a moment of `performance.now()`, to the tenth: more digits are noise to whoever reads them. */
export function since(began: number): number {
  return Math.round((performance.now() - began) * 10) / 10;
}
