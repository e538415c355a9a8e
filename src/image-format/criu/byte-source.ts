/** The two places that image bytes come from. */
import { readSync } from 'node:fs';
import type { Decoder } from './compile.js';
import type { Payload, WireMessage } from './image-set.js';
import { LARGE_KINDS } from './kinds.js';
import type { ByteSource } from './records.js';
import { WireError } from './wire-error.js';
import { COST, MAX_VALUES, ROOM_LARGE, WireReader } from './wire-reader.js';

/** Payloads longer than this stay in their file. */
export const IN_MEMORY = 65_536;

/** An image that is in memory whole. */
export class MemorySource implements ByteSource {
  readonly size: number;
  private readonly reader: WireReader;
  private readonly view: DataView;

  constructor(
    private readonly bytes: Uint8Array,
    room = ROOM_LARGE,
  ) {
    this.size = bytes.length;
    this.reader = new WireReader(bytes);
    this.reader.room = room;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get room(): number {
    return this.reader.room;
  }

  u32(offset: number): number {
    return this.view.getUint32(offset, true);
  }

  message(decoder: Decoder, offset: number, length: number): WireMessage {
    this.reader.pos = offset;
    return decoder(this.reader, offset + length, 0);
  }

  payload(offset: number, length: number): Payload {
    this.reader.room -= COST.bytes + length;
    return { in: 'memory', bytes: Uint8Array.prototype.slice.call(this.bytes, offset, offset + length) };
  }
}

/** Longest image that grows with the memory of a process, in bytes: 200,000 mappings take 7 MiB. */
const LONGEST_LARGE = 128 * 1024 * 1024;
/** Longest of the others, payloads not counted: a million open files take 50 MiB. */
const LONGEST_OTHER = 64 * 1024 * 1024;

/** Most bytes of messages that are read from an image: a damaged one must not cost more memory than there is. */
export function longestImage(kind: string): number {
  return LARGE_KINDS.has(kind) ? LONGEST_LARGE : LONGEST_OTHER;
}
/** Most bytes of short payloads that one image keeps in memory; after that, short ones stay in the file, too. */
const PAYLOADS_IN_MEMORY = 32 * 1024 * 1024;

/** An open image file, of which only messages and short payloads are read. */
export class FileSource implements ByteSource {
  private messageBytes = 0;
  private payloadBytes = 0;
  private budget = MAX_VALUES;

  constructor(
    private readonly fd: number,
    private readonly path: string,
    readonly size: number,
    /** Most bytes of messages. */
    private readonly longest: number,
    /** Memory that what is read may still take. */
    public room: number,
  ) {}

  u32(offset: number): number {
    return new DataView(this.bytes(offset, 4).buffer).getUint32(0, true);
  }

  message(decoder: Decoder, offset: number, length: number): WireMessage {
    this.messageBytes += length;
    if (this.messageBytes > this.longest)
      throw new WireError('excessive', `more than ${this.longest} bytes of messages`);
    const reader = new WireReader(this.bytes(offset, length));
    reader.budget = this.budget;
    reader.room = this.room;
    const message = decoder(reader, length, 0);
    this.budget = reader.budget;
    this.room = reader.room;
    return message;
  }

  payload(offset: number, length: number): Payload {
    if (length > IN_MEMORY || this.payloadBytes + length > PAYLOADS_IN_MEMORY) {
      return { in: 'file', path: this.path, offset, length };
    }
    this.payloadBytes += length;
    this.room -= COST.bytes + length;
    return { in: 'memory', bytes: this.bytes(offset, length) };
  }

  private bytes(offset: number, length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    for (let done = 0; done < length; ) {
      const got = readSync(this.fd, bytes, done, length - done, offset + done);
      if (got === 0)
        throw new WireError('truncated', `it became shorter than ${this.size} bytes while it was read`);
      done += got;
    }
    return bytes;
  }
}
