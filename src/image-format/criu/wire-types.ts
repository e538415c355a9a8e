/** The shape of `wire-table.json`: every message and field of CRIU's images, and which CRIU releases know it. */
import type { CriuVersion } from './image-set.js';

/** A field's type on the wire, in protobuf's words. */
export type WireType =
  | 'bool'
  | 'bytes'
  | 'double'
  | 'enum'
  | 'fixed32'
  | 'fixed64'
  | 'float'
  | 'int32'
  | 'int64'
  | 'message'
  | 'sfixed32'
  | 'sfixed64'
  | 'sint32'
  | 'sint64'
  | 'string'
  | 'uint32'
  | 'uint64';

export type WireLabel = 'required' | 'optional' | 'repeated';

/** What one release says about one field number of a message. */
export interface FieldFacts {
  readonly name: string;
  readonly type: WireType;
  readonly label: WireLabel;
  /** Repeated scalars in one length-prefixed run. */
  readonly packed?: true;
  /** The message or enum type, for these two types. */
  readonly of?: string;
  /** The declared default, as the descriptor spells it. */
  readonly default?: string;
}

/** A field in the newest release that has it; `was` holds what older releases say differently. */
export interface FieldRow extends FieldFacts {
  /** The releases that know this field; absent: every release that knows the message. */
  readonly in?: readonly CriuVersion[];
  readonly was?: Readonly<Partial<Record<CriuVersion, Partial<FieldFacts>>>>;
}

export interface MessageRow {
  /** The releases that know this message; absent: all. */
  readonly in?: readonly CriuVersion[];
  /** By field number, ascending. */
  readonly fields: Readonly<Record<string, FieldRow>>;
}

export interface EnumRow {
  readonly in?: readonly CriuVersion[];
  /** Value names and numbers of the newest release that has the enum. */
  readonly values: Readonly<Record<string, number>>;
  /** Whole value lists of releases that differ. */
  readonly was?: Readonly<Partial<Record<CriuVersion, Readonly<Record<string, number>>>>>;
}

export interface WireTable {
  readonly versions: readonly CriuVersion[];
  readonly messages: Readonly<Record<string, MessageRow>>;
  readonly enums: Readonly<Record<string, EnumRow>>;
}

/** One release's schema, as its descriptors have it. */
export interface VersionSchema {
  readonly messages: Readonly<Record<string, Readonly<Record<string, FieldFacts>>>>;
  readonly enums: Readonly<Record<string, Readonly<Record<string, number>>>>;
}
