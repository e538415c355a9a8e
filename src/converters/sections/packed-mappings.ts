/**
 * Mappings of `mm` images in few bytes. Only those are packed that the document gives back as they were, which is tried
 * out once for each form.
 */
import type { WireMessage } from '../../image-format/criu/image-set.js';
import type { Mapping } from '../../image-format/neutral/index.js';
import type { Form } from '../../image-format/neutral/packed-forms.js';
import { mappingPacker } from '../../image-format/neutral/packed-kinds.js';
import type { PackedList } from '../../image-format/neutral/packed-list.js';
import { packedNumber } from '../../image-format/neutral/packed-numbers.js';
import { sameValue } from '../shapes/shape.js';
import { liftMapping, lowerMapping } from './mappings.js';

/** The field of a VMA that each slot of a mapping's form is, in the order of `MAPPING_SLOTS`. */
const FIELDS = ['start', 'end', 'pgoff', 'shmid', 'shmid'] as const;

/** A form with what tells it from others on the wire. */
interface WireForm {
  readonly form: Form;
  readonly wire: WireMessage;
  readonly fields: number;
}

/** The forms of one dump. */
export class MappingForms {
  private readonly packer = mappingPacker();
  private readonly known: WireForm[] = [];
  private last: WireForm | undefined;

  /** Packs VMAs; undefined where the document would not give every one of them back as it is. */
  pack(vmas: readonly WireMessage[]): PackedList<Mapping> | undefined {
    for (const vma of vmas) {
      const form = this.formOf(vma);
      if (form === undefined) {
        this.packer.finish();
        return undefined;
      }
      this.packer.begin(form);
      for (const slot of form.slots) {
        this.packer.number(slot, packedNumber(vma[FIELDS[slot] as (typeof FIELDS)[number]] as bigint));
      }
    }
    return this.packer.finish();
  }

  private formOf(vma: WireMessage): Form | undefined {
    if (this.last !== undefined && hasForm(this.last, vma)) return this.last.form;
    this.last = this.known.find(one => hasForm(one, vma)) ?? this.add(vma);
    return this.last?.form;
  }

  private add(vma: WireMessage): WireForm | undefined {
    const mapping = liftMapping(vma);
    if (!sameValue(lowerMapping(mapping), vma)) return undefined;
    const form = this.packer.forms.of(mapping);
    if (form === undefined) return undefined;
    const made = { form, wire: vma, fields: Object.keys(vma).length };
    this.known.push(made);
    return made;
  }
}

function hasForm({ wire, fields }: WireForm, vma: WireMessage): boolean {
  if (
    vma.status !== wire.status ||
    vma.flags !== wire.flags ||
    vma.prot !== wire.prot ||
    vma.fdflags !== wire.fdflags ||
    vma.madv !== wire.madv ||
    vma.fd !== wire.fd ||
    (vma.shmid === 0n) !== (wire.shmid === 0n) ||
    (vma.pgoff === 0n) !== (wire.pgoff === 0n)
  ) {
    return false;
  }
  let count = 0;
  for (const _ in vma) count++;
  return count === fields;
}
