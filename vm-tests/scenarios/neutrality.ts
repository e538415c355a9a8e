/** How much of the images of many dumps the document has words for, by the CRIU that made them. */
import { neutralityReport } from '../../src/converters/report.js';
import { CRIU_VERSIONS, type CriuVersion, type Image } from '../../src/image-format/criu/image-set.js';
import { readImageSet } from '../../src/image-format/criu/read-image-set.js';
import type { Residue } from '../../src/image-format/neutral/index.js';

/** Residue that says nothing about a process: CRIU leaves the thread list of one that has ended uninitialised. */
const MEANINGLESS: readonly string[] = ['pstree.threads'];

/** Fields that are carried without words, and images of which the same is true as a whole. */
export function wordless(images: readonly Image[], residue: Residue | undefined): readonly string[] {
  const { kinds, carriedWhole } = neutralityReport(images, residue);
  const fields = kinds.flatMap(({ kind, residue: list }) => list.map(({ field }) => `${kind}.${field}`));
  return [...fields.filter(field => !MEANINGLESS.includes(field)), ...carriedWhole];
}

/** Gathers dumps, and says what they come to. */
export class Neutrality {
  private readonly images = new Map<CriuVersion, Image[]>();
  private readonly residues = new Map<CriuVersion, Residue[]>();

  /** @return what has no words in this dump */
  add(criu: CriuVersion, folder: string, residue: Residue | undefined): readonly string[] {
    const { images } = readImageSet(folder);
    this.images.set(criu, [...(this.images.get(criu) ?? []), ...images]);
    if (residue !== undefined) this.residues.set(criu, [...(this.residues.get(criu) ?? []), residue]);
    return wordless(images, residue);
  }

  /** A line for each CRIU, and one for each field without words. */
  text(): string {
    const lines = CRIU_VERSIONS.filter(criu => this.images.has(criu)).flatMap(criu => {
      const all = this.residues.get(criu) ?? [];
      const report = neutralityReport(this.images.get(criu) ?? [], {
        fields: all.flatMap(({ fields = [] }) => fields),
        images: all.flatMap(({ images = [] }) => images),
      });
      const share = ((report.modelled / report.fields) * 100).toFixed(1);
      return [
        `${criu}: ${report.modelled} of ${report.fields} fields present are modelled (${share}%), ` +
          `${report.modelledOccurrences} of ${report.occurrences} occurrences`,
        ...report.kinds.flatMap(({ kind, residue }) =>
          residue.map(({ field, occurrences }) => `  residue: ${kind}.${field}, ${occurrences} times`),
        ),
      ];
    });
    return ['', 'wire fields in all dumps', ...lines].join('\n');
  }
}
