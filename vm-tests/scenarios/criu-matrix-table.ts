/** What came of each pair of CRIUs, and the two tables side by side. */
import type { Loss } from '../../src/converters/steps/step.js';
import type { CriuVersion } from '../../src/image-format/criu/image-set.js';
import type { ProgramTree } from '../programs/program-trees.js';
import { crius } from './crius.js';
import { countAll, countRight, type Verdicts, wrongs } from './program-set.js';

export class Matrix {
  private readonly found = new Map<string, Verdicts>();
  private readonly lost = new Map<string, readonly Loss[]>();

  constructor(private readonly trees: readonly ProgramTree[]) {}

  set(by: CriuVersion, to: CriuVersion, verdicts: Verdicts): void {
    this.found.set(`${by} ${to}`, verdicts);
  }

  get(by: CriuVersion, to: CriuVersion): Verdicts {
    return this.found.get(`${by} ${to}`) ?? new Map([['all', 'FAILED: not tried']]);
  }

  /** Notes what a conversion had no place for. */
  losses(by: CriuVersion, to: CriuVersion, more: readonly Loss[]): void {
    this.lost.set(`${by} ${to}`, [...(this.lost.get(`${by} ${to}`) ?? []), ...more]);
  }

  /** What is not right, in words; empty where everything is. */
  wrongs(by: CriuVersion, to: CriuVersion): readonly string[] {
    return wrongs(this.get(by, to));
  }

  /** One line a releasing version: how many of the programs are right for each restoring one. */
  rows(): readonly string[] {
    const all = countAll(this.trees);
    return crius.map(by => crius.map(to => `${countRight(this.get(by, to))}/${all}`.padStart(8)).join(''));
  }

  /** How many pairs are right altogether. */
  green(): number {
    return crius.flatMap(by => crius.filter(to => this.wrongs(by, to).length === 0)).length;
  }

  /** The losses that were reported, each once, with the pairs that it was reported for. */
  lossLines(): readonly string[] {
    const pairs = new Map<string, Set<string>>();
    for (const [pair, losses] of this.lost) {
      for (const { severity, field, reason } of losses) {
        const line = `${severity}: ${field}: ${reason}`;
        pairs.set(line, (pairs.get(line) ?? new Set()).add(pair.replace(' ', ' to ')));
      }
    }
    return [...pairs].map(([line, where]) => `${line} (${[...where].join(', ')})`);
  }
}

/** Both tables, how many pairs are right, why others are not, and what was lost. */
export function sideBySide(raw: Matrix, converted: Matrix): string {
  const head = crius.map(to => to.padStart(8)).join('');
  const left = 'dumped by'.padEnd(10);
  const lines = raw.rows().map((row, index) => {
    const by = (crius[index] ?? '').padEnd(10);
    return `${by}${row}   | ${converted.rows()[index] ?? ''}`;
  });
  const why = (name: string, matrix: Matrix) =>
    crius.flatMap(by =>
      crius.flatMap(to =>
        matrix.wrongs(by, to).map(wrong => `${name}, ${by} to ${to}: ${wrong.slice(0, 300)}`),
      ),
    );
  return [
    '',
    `${''.padEnd(10)}${'raw, restored by'.padEnd(8 * crius.length)}   | converted, restored by`,
    `${left}${head}   | ${head}`,
    ...lines,
    `pairs right: raw ${raw.green()} of ${crius.length ** 2}, converted ${converted.green()} of ${crius.length ** 2}`,
    ...why('raw', raw),
    ...why('converted', converted),
    ...converted.lossLines().map(line => `loss, ${line}`),
  ].join('\n');
}
