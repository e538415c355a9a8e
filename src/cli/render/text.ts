/**
 * Text from outside (names of processes, command lines, paths, log lines) made safe to put into a line. Everybody may call
 * a process as he likes: what could begin a line of its own, move the cursor, hide text or turn its direction round
 * becomes a visible escape.
 */
export function printable(text: string): string {
  return text.replace(unsafe, escapeOne);
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: finding control characters is its purpose
const unsafe = /[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g;

// biome-ignore lint/suspicious/noControlCharactersInRegex: finding control characters is its purpose
const controlsOrColours = /\u001b\[(?:1|2|22|31|32|33|36|39)m|[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;

/** The last look at lines that we made: our own colours stay (see style.ts), every other control becomes visible. */
export function harmless(text: string): string {
  return text.replace(controlsOrColours, found => (found.length > 1 ? found : escapeOne(found)));
}

const shortEscapes: Readonly<Record<string, string>> = { '\r': '\\r', '\n': '\\n', '\t': '\\t' };

function escapeOne(character: string): string {
  const code = character.charCodeAt(0);
  const digits = code.toString(16);
  return shortEscapes[character] ?? (code > 0xff ? `\\u${digits}` : `\\x${digits.padStart(2, '0')}`);
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: the escape character begins a colour sequence
const colourSequence = /\u001b\[[0-9;]*m/g;

/** Combining marks and joiners take no column; East Asian wide characters and emoji take two. */
const noWidth = /\p{Mn}|\p{Me}|[\u200b-\u200d]|\ufe0f/u;
const twoColumns =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u;

/** How many columns a text takes on a terminal, colour sequences not counted. */
export function width(text: string): number {
  let columns = 0;
  for (const character of text.replace(colourSequence, '')) {
    if (!noWidth.test(character)) columns += twoColumns.test(character) ? 2 : 1;
  }
  return columns;
}

/** Cuts a text without colours to a number of columns, with an ellipsis where something was cut. */
export function cut(text: string, columns: number): string {
  if (width(text) <= columns) return text;
  let kept = '';
  let used = 0;
  for (const character of text) {
    const next = width(character);
    if (used + next > columns - 1) break;
    kept += character;
    used += next;
  }
  return `${kept}…`;
}
