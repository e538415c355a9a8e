import { type Style, styleFor } from './style.js';
import { cut, printable, width } from './text.js';

/** A column: its heading, on which side its cells stand, and whether it may be cut when the terminal is narrow. */
export interface Column {
  readonly heading: string;
  readonly align?: 'left' | 'right';
  readonly shrink?: boolean;
}

/** Pure: rows of cells, which may come from outside, as aligned lines under a line of headings. No line ends in blanks. */
export function table(
  columns: readonly Column[],
  cells: readonly (readonly string[])[],
  options: { readonly width?: number; readonly style?: Style } = {},
): string {
  const style = options.style ?? styleFor(false);
  const rows = cells.map(row => row.map(printable));
  const widths = columns.map((column, at) =>
    Math.max(width(column.heading), ...rows.map(row => width(row[at] ?? ''))),
  );
  shrinkTo(options.width ?? Number.POSITIVE_INFINITY, columns, widths);
  const line = (row: readonly string[]): string =>
    columns
      .map((column, at) =>
        pad(fitted(row[at] ?? '', widths[at] ?? 0), widths[at] ?? 0, column.align ?? 'left'),
      )
      .join('  ')
      .trimEnd();
  return [style.bold(line(columns.map(column => column.heading))), ...rows.map(line)].join('\n');
}

/** Takes what is too wide from the shrinkable columns, the widest first, down to eight columns each. */
function shrinkTo(limit: number, columns: readonly Column[], widths: number[]): void {
  let excess = widths.reduce((sum, one) => sum + one, 2 * (widths.length - 1)) - limit;
  while (excess > 0) {
    let widest = -1;
    columns.forEach((column, at) => {
      const own = widths[at] ?? 0;
      if (column.shrink === true && own > 8 && own > (widths[widest] ?? 0)) widest = at;
    });
    if (widest < 0) return;
    widths[widest] = (widths[widest] ?? 0) - 1;
    excess -= 1;
  }
}

function fitted(cell: string, columns: number): string {
  return width(cell) <= columns ? cell : cut(cell, columns);
}

function pad(cell: string, columns: number, align: 'left' | 'right'): string {
  const blanks = ' '.repeat(Math.max(0, columns - width(cell)));
  return align === 'left' ? cell + blanks : blanks + cell;
}
