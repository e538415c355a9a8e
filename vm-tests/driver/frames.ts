import { z } from 'zod';

/** The frames that driver and agent exchange; guest/common/agent.py describes them and is the other end. */
const magic = Buffer.from('CKVM');
const prefixLength = 12;

export interface Frame {
  readonly header: Readonly<Record<string, unknown>>;
  readonly body: Buffer;
}

export function encodeFrame(
  header: Readonly<Record<string, unknown>>,
  body: Buffer = Buffer.alloc(0),
): Buffer {
  const text = Buffer.from(JSON.stringify(header));
  const prefix = Buffer.alloc(prefixLength);
  magic.copy(prefix);
  prefix.writeUInt32BE(text.length, 4);
  prefix.writeUInt32BE(body.length, 8);
  return Buffer.concat([prefix, text, body]);
}

const anyHeader = z.record(z.string(), z.unknown());

/** Cuts a byte stream into frames; bytes that belong to no frame (the rest of a broken one) are skipped. */
export class FrameReader {
  private pieces: Buffer[] = [];
  private length = 0;
  private needed = prefixLength;

  /** Takes what came in and returns the frames that are complete now. */
  push(data: Buffer): readonly Frame[] {
    this.pieces.push(data);
    this.length += data.length;
    if (this.length < this.needed) return [];
    let buffer: Buffer = Buffer.concat(this.pieces);
    const frames: Frame[] = [];
    for (;;) {
      buffer = skipToMagic(buffer);
      this.needed = frameLength(buffer);
      if (buffer.length < this.needed) break;
      frames.push(decodeFrame(buffer.subarray(0, this.needed)));
      buffer = buffer.subarray(this.needed);
    }
    this.pieces = [buffer];
    this.length = buffer.length;
    return frames;
  }
}

function skipToMagic(buffer: Buffer): Buffer {
  if (buffer.subarray(0, magic.length).equals(magic) || buffer.length < magic.length) return buffer;
  const at = buffer.indexOf(magic);
  return buffer.subarray(at >= 0 ? at : buffer.length - magic.length + 1);
}

function frameLength(buffer: Buffer): number {
  if (buffer.length < prefixLength || !buffer.subarray(0, magic.length).equals(magic)) return prefixLength;
  return prefixLength + buffer.readUInt32BE(4) + buffer.readUInt32BE(8);
}

function decodeFrame(frame: Buffer): Frame {
  const bodyAt = prefixLength + frame.readUInt32BE(4);
  const header = anyHeader.parse(JSON.parse(frame.toString('utf8', prefixLength, bodyAt)));
  return { header, body: Buffer.from(frame.subarray(bodyAt)) };
}
