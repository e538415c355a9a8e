/** Markdown would take `<dir>` for a tag and `*_diag` for emphasis. */
export function safe(text: string): string {
  return text.replace(/(`[^`]*`)|([<>*_\\])/g, (_match, code?: string, sign?: string) => code ?? `\\${sign}`);
}
