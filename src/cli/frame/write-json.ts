/** Characters that are gathered before they are handed on. */
const PIECE = 64 * 1024;

/**
 * What `JSON.stringify(value, undefined, 2)` gives, with each bigint as a decimal string, handed on in pieces: the text
 * of a million mappings is 200 MB long, and need not be in memory whole. For plain values (no `toJSON`), and dates.
 */
export function writeJson(value: unknown, write: (piece: string) => void): void {
  const writer = new Gatherer(write);
  writer.value(value, '');
  writer.end();
}

class Gatherer {
  private text = '';

  constructor(private readonly write: (piece: string) => void) {}

  end(): void {
    this.write(withoutControls(this.text));
    this.text = '';
  }

  value(value: unknown, indent: string): void {
    if (Array.isArray(value)) {
      this.parts('[', ']', value.length, indent, at => this.value(value[at] ?? null, `${indent}  `));
    } else if (typeof value === 'object' && value !== null && !(value instanceof Date)) {
      const fields = Object.entries(value).filter(([, one]) => one !== undefined);
      this.parts('{', '}', fields.length, indent, at => {
        const [key, one] = fields[at] as [string, unknown];
        this.put(`${JSON.stringify(key)}: `);
        this.value(one, `${indent}  `);
      });
    } else this.put(typeof value === 'bigint' ? `"${value}"` : JSON.stringify(value ?? null));
  }

  private parts(
    open: string,
    close: string,
    length: number,
    indent: string,
    part: (at: number) => void,
  ): void {
    this.put(open);
    for (let at = 0; at < length; at++) {
      this.put(`${at === 0 ? '' : ','}\n${indent}  `);
      part(at);
    }
    this.put(length === 0 ? close : `\n${indent}${close}`);
  }

  private put(text: string): void {
    this.text += text;
    if (this.text.length >= PIECE) this.end();
  }
}

/** JSON.stringify escapes the control characters below 32 only; a terminal obeys those from 127 to 159, too. */
export function withoutControls(json: string): string {
  return json.replace(/[\u007f-\u009f]/g, one => `\\u00${one.charCodeAt(0).toString(16)}`);
}
