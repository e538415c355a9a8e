/** Bytes that lie beside the document: named on the way out, found again on the way in. Pure: nothing is read here. */
import { fail } from '../errors.js';
import type { BundlePayload } from '../image-format/bundle/write-payloads.js';
import { lengthOf, type Payload } from '../image-format/criu/image-set.js';
import type { PayloadReference } from '../image-format/neutral/index.js';

/** Payloads up to this size share one member of the bundle. */
const SMALL = 64 * 1024;

/** Takes payloads, and says how the document refers to them. */
export interface PayloadSink {
  /** @param name what a member of its own is called, such as `ghost-1` */
  add(name: string, payload: Payload): PayloadReference;
}

/** Gives payloads their places in the bundle. */
export class PayloadStore implements PayloadSink {
  private readonly small: Payload[] = [];
  private smallLength = 0;
  private readonly large: BundlePayload[] = [];
  private readonly places = new Map<string, Payload>();

  constructor(private readonly label: string) {}

  /** @param name what a member of its own is called, such as `ghost-1` */
  add(name: string, payload: Payload): PayloadReference {
    const length = lengthOf(payload);
    if (payload.in === 'memory' && length <= SMALL) {
      const at = this.smallLength;
      this.small.push(payload);
      this.smallLength += length;
      return this.placed({ payload: `payload/${this.label}/small`, at, length }, payload);
    }
    const member = `payload/${this.label}/${name}`;
    this.large.push({ member, parts: [payload] });
    return this.placed({ payload: member, at: 0, length }, payload);
  }

  private placed(reference: PayloadReference, payload: Payload): PayloadReference {
    if (reference.length > 0) this.places.set(`${reference.payload}@${reference.at}`, payload);
    return reference;
  }

  /** The bytes of a reference that this store gave out, or of its first part. */
  readonly resolve: PayloadResolver = ({ payload, at, length }) => {
    const whole = this.places.get(`${payload}@${at}`) ?? EMPTY;
    return lengthOf(whole) === length ? whole : slice(whole, 0, length);
  };

  members(): BundlePayload[] {
    if (this.small.length === 0) return this.large;
    return [{ member: `payload/${this.label}/small`, parts: this.small }, ...this.large];
  }
}

/** Finds the bytes that a reference names. */
export type PayloadResolver = (reference: PayloadReference) => Payload;

export const EMPTY: Payload = { in: 'memory', bytes: new Uint8Array() };

/** The members of a bundle as a resolver: each a path, or a payload that holds the whole member. */
export function membersResolver(find: (member: string) => string | Payload): PayloadResolver {
  return ({ payload, at, length }) => {
    // no bytes lie in no member
    if (length === 0) return EMPTY;
    const whole = find(payload);
    if (typeof whole === 'string') return { in: 'file', path: whole, offset: at, length };
    if (at + length > lengthOf(whole)) {
      throw fail('document-contradictory', {
        path: payload,
        detail: `it is shorter than ${at + length} bytes`,
      });
    }
    return slice(whole, at, length);
  };
}

/** Several references one after the other, as one payload. They must be in memory, or follow each other in one member. */
export function joinPayloads(resolve: PayloadResolver, references: readonly PayloadReference[]): Payload {
  const used = references.filter(({ length }) => length > 0);
  const [first, ...rest] = used;
  if (first === undefined) return EMPTY;
  let end = first.at + first.length;
  const follow = rest.every(next => {
    const follows = next.payload === first.payload && next.at === end;
    end += next.length;
    return follows;
  });
  if (follow) return resolve({ ...first, length: end - first.at });
  return {
    in: 'memory',
    bytes: Buffer.concat(
      used.map(reference => {
        const part = resolve(reference);
        if (part.in === 'memory') return part.bytes;
        throw fail('document-contradictory', {
          path: first.payload,
          detail: 'its parts do not follow each other',
        });
      }),
    ),
  };
}

/** A part of a payload. */
export function slice(payload: Payload, at: number, length: number): Payload {
  return payload.in === 'memory'
    ? { in: 'memory', bytes: payload.bytes.subarray(at, at + length) }
    : { ...payload, offset: payload.offset + at, length };
}

/**
 * Refers to payloads that lie in the bundle already: those that `inBundle` gave out. Others become new members.
 */
export class BundlePayloads implements PayloadSink {
  readonly made: BundlePayload[] = [];

  constructor(private readonly label: string) {}

  add(name: string, payload: Payload): PayloadReference {
    if (payload.in === 'file') return { payload: payload.path, at: payload.offset, length: payload.length };
    if (payload.bytes.length === 0) return { payload: `payload/${this.label}/none`, at: 0, length: 0 };
    const member = `payload/${this.label}/made-${this.made.length}-${name}`;
    this.made.push({ member, parts: [payload] });
    return { payload: member, at: 0, length: payload.bytes.length };
  }
}

/** Stands for a member of the bundle, without looking at it: only `BundlePayloads` can make something of the result. */
export const inBundle: PayloadResolver = ({ payload, at, length }) =>
  length === 0
    ? EMPTY
    : {
        in: 'file',
        path: payload,
        offset: at,
        length,
      };
