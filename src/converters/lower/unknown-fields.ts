/** Fields that no known release of CRIU has: they are carried, and only who wrote them surely reads them. Pure. */
import type { CarriedValue, Tree } from '../../image-format/neutral/index.js';
import { isOlder } from '../../versions.js';
import type { Lost } from '../steps/step.js';

/**
 * Says of each such field that it may be lost on the way to another CRIU: protobuf passes over fields that it does not know.
 * @param criu the version that will restore the tree
 */
export function tellUnknownFields(tree: Tree, criu: string, lost: Lost): void {
  const { source, residue } = tree;
  if (residue === undefined || (!isOlder(criu, source) && !isOlder(source, criu))) return;
  const tell = (image: string, at: string, path: readonly (string | number)[]): void =>
    lost({
      field: [image, ...path.filter(part => typeof part === 'string')].join('.'),
      at,
      severity: 'degrading',
      reason: `no CRIU that this ckpt knows has this field, which ${source} wrote: CRIU ${criu} may pass over it`,
    });
  for (const { image, file, record, path, value } of residue.fields ?? []) {
    const at = `${file}, record ${record}`;
    if (path.some(isUnknown)) tell(image, at, path);
    else if (value !== undefined) for (const inner of unknownIn(value)) tell(image, at, [...path, ...inner]);
  }
  for (const { image, file, records = [] } of residue.images ?? []) {
    records.forEach(({ message }, record) => {
      for (const inner of unknownIn({ message })) tell(image, `${file}, record ${record}`, inner);
    });
  }
}

function isUnknown(part: string | number): boolean {
  return typeof part === 'string' && part.startsWith('#');
}

/** The ways down to unknown fields in a value. */
function unknownIn(value: CarriedValue): readonly (readonly string[])[] {
  if (Array.isArray(value)) return value.flatMap(unknownIn);
  if (typeof value !== 'object' || !('message' in value)) return [];
  return Object.entries(value.message).flatMap(([name, inner]) =>
    isUnknown(name) ? [[name]] : unknownIn(inner).map(way => [name, ...way]),
  );
}
