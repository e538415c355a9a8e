/** Finding the row of an image kind, by its name or by a file's. */
import { type IdShape, type Kind, kinds } from './kind-rows.js';

export { kinds, type RecordsKind } from './kind-rows.js';

const byName = new Map(kinds.map(kind => [kind.kind, kind]));

/** The row of a kind's name, such as `core`. */
export function kindNamed(name: string): Kind | undefined {
  return byName.get(name);
}

const ID: Readonly<Record<Exclude<IdShape, 'none'>, RegExp>> = {
  decimal: /^\d+$/,
  hex: /^[0-9a-f]+$/,
  word: /^\w+$/,
};

/** Kinds whose images grow with the memory of the processes: a dump's other images are small beside them. */
export const LARGE_KINDS: ReadonlySet<string> = new Set(['mm', 'pagemap', 'pagemap-shmem']);

/** The images that have no `.img` in their names. */
const SERVICE_FILE = /^(stats-\w+|irmap-cache)$/;

/** The row of a file's name, such as `core-131.img`, or undefined for a name that no CRIU gives an image. */
export function kindOfFile(file: string): Kind | undefined {
  if (file.startsWith('amdgpu-') && file.endsWith('.img')) return byName.get('amdgpu');
  const stem = SERVICE_FILE.test(file) ? file : /^([\w-]+?)(?:\.tar\.gz)?\.img$/.exec(file)?.[1];
  if (stem === undefined) return undefined;
  const whole = byName.get(stem);
  if (whole?.ids.includes('none') === true) return whole;
  const dash = stem.lastIndexOf('-');
  const kind = dash < 0 ? undefined : byName.get(stem.slice(0, dash));
  const id = stem.slice(dash + 1);
  if (kind?.form === 'records' && (kind.lead === 'service') !== (stem === file)) return undefined;
  return kind?.ids.some(shape => shape !== 'none' && ID[shape].test(id)) === true ? kind : undefined;
}

/** The part of a file's name after its kind (a PID, a namespace number, …), or '' where there is none. */
export function idOfFile(file: string, kind: Kind): string {
  return file
    .slice(kind.kind.length + 1)
    .replace(/(\.tar\.gz)?\.img$/, '')
    .replace(/^img$/, '');
}
