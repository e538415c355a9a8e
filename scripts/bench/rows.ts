/** What the bench reports: a measured pair and the limit that holds for it. Pure. */
export interface Row {
  readonly what: string;
  readonly unit: 'ms' | 's' | 'MiB';
  /** The side to compare with; undefined where the limit is absolute. */
  readonly raw: number | undefined;
  readonly ckpt: number;
  /** `informative` rows show where time goes and have no limit. */
  readonly limit: Limit;
}

export type Limit =
  | { readonly kind: 'ratio'; readonly most: number }
  | { readonly kind: 'least-ratio'; readonly least: number }
  | { readonly kind: 'more'; readonly most: number }
  | { readonly kind: 'absolute'; readonly most: number }
  | { readonly kind: 'informative' };

/** A row as it is printed, all words made. */
export interface Judged extends Row {
  /** ckpt / raw; raw / ckpt where the limit asks how many times faster ckpt is. */
  readonly ratio: number | undefined;
  readonly verdict: 'ok' | 'over' | '';
}

/** Compares a row with its limit. */
export function judge(row: Row): Judged {
  const { raw, ckpt, limit } = row;
  const ratio = raw === undefined ? undefined : limit.kind === 'least-ratio' ? raw / ckpt : ckpt / raw;
  return { ...row, ratio, verdict: verdictOf(ratio, ckpt - (raw ?? 0), limit) };
}

function verdictOf(ratio: number | undefined, more: number, limit: Limit): Judged['verdict'] {
  if (limit.kind === 'informative') return '';
  const good =
    limit.kind === 'ratio'
      ? ratio !== undefined && ratio <= limit.most
      : limit.kind === 'least-ratio'
        ? ratio !== undefined && ratio >= limit.least
        : more <= limit.most;
  return good ? 'ok' : 'over';
}

const HEAD = ['what', 'raw', 'ckpt', 'ratio', 'limit', ''] as const;

/** The table, aligned, a line each. */
export function renderRows(rows: readonly Judged[]): string {
  const cells = [
    HEAD,
    ...rows.map(row => [
      row.what,
      row.raw === undefined ? '–' : amount(row.raw, row.unit),
      amount(row.ckpt, row.unit),
      row.ratio === undefined ? '–' : `${row.ratio.toFixed(2)} ×`,
      limitText(row.limit, row.unit),
      row.verdict,
    ]),
  ];
  const widths = HEAD.map((_, column) => Math.max(...cells.map(line => line[column]?.length ?? 0)));
  return cells
    .map(line =>
      line
        .map((cell, column) =>
          column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
        )
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function amount(value: number, unit: Row['unit']): string {
  const digits = unit === 's' ? 3 : value < 100 ? 1 : 0;
  return `${value.toFixed(digits)} ${unit}`;
}

function limitText(limit: Limit, unit: Row['unit']): string {
  if (limit.kind === 'ratio') return `≤ ${limit.most} ×`;
  if (limit.kind === 'least-ratio') return `≥ ${limit.least} × faster`;
  if (limit.kind === 'more') return `raw + ${limit.most} ${unit}`;
  if (limit.kind === 'absolute') return `≤ ${limit.most} ${unit}`;
  return '';
}
