/**
 * Whether a text fits a pattern as shells know it: `*` is anything but a slash, `**` anything, `?` one character that is
 * no slash; all else stands for itself. Pure.
 */
export function fits(pattern: string, text: string): boolean {
  return compiled(pattern).test(text);
}

const known = new Map<string, RegExp>();

function compiled(pattern: string): RegExp {
  const found = known.get(pattern);
  if (found !== undefined) return found;
  const source = pattern.replace(/\*\*|[*?]|[\\^$.|+()[\]{}]/g, one => WILD[one] ?? `\\${one}`);
  const made = new RegExp(`^${source}$`, 's');
  known.set(pattern, made);
  return made;
}

const WILD: Readonly<Record<string, string>> = { '**': '.*', '*': '[^/]*', '?': '[^/]' };
