/** What a document takes in memory, as whoever reads it counts: so that nobody writes one that is refused afterwards. */

/** What a value takes, roughly, in bytes: beside its text, for what it is made of. */
export const COST = { object: 100, list: 48, field: 40, item: 16 } as const;

/** The same for what is taken apart: a field, beside its name, and an item; and for a list of numbers, beside these. */
export const PART_COST = 64;
export const PACKED_COST = 1024;

/** Most that a document may take in memory, roughly, in bytes: 10,000 processes take as much. */
export const MOST_MEMORY = 160 * 1024 * 1024;

/** What the value with this text takes, in bytes, as `JsonWindow` measures it. */
export function costOfText(text: string): number {
  let cost = Buffer.byteLength(text) + COST.item;
  for (let at = 0; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case 0x22:
        at = endOfText(text, at);
        break;
      case 0x7b:
        cost += COST.object;
        break;
      case 0x5b:
        cost += COST.list;
        break;
      case 0x3a:
        cost += COST.field;
        break;
      case 0x2c:
        cost += COST.item;
        break;
    }
  }
  return cost;
}

/** Where the quotation mark is that ends the text which begins at another one. */
function endOfText(text: string, from: number): number {
  for (let at = from + 1; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x22) return at;
    if (code === 0x5c) at++;
  }
  return text.length;
}
