/** IP addresses: words in network byte order on the wire, the usual text in the document. */
import type { Rep } from './shape.js';

/** One word is IPv4, four are IPv6; anything else has no text form and the comparison carries it. */
export const ipAddress: Rep<string> = {
  lift: value => {
    const words = value as readonly number[];
    const bytes = Buffer.alloc(words.length * 4);
    words.forEach((word, i) => {
      bytes.writeUInt32LE(word, i * 4);
    });
    return words.length === 1 ? [...bytes].join('.') : ipv6Text(bytes);
  },
  lower: value => {
    const bytes = value.includes(':') ? ipv6Bytes(value) : Buffer.from(value.split('.').map(Number));
    return Array.from({ length: bytes.length >>> 2 }, (_, i) => bytes.readUInt32LE(i * 4));
  },
};

/** RFC 5952: the longest run of zero groups, the first of equals, becomes `::`. */
function ipv6Text(bytes: Buffer): string {
  const groups = Array.from({ length: bytes.length >>> 1 }, (_, i) => bytes.readUInt16BE(i * 2).toString(16));
  let best = { start: -1, length: 1 };
  for (let start = 0; start < groups.length; start++) {
    let length = 0;
    while (groups[start + length] === '0') length++;
    if (length > best.length) best = { start, length };
  }
  if (best.start < 0) return groups.join(':');
  return `${groups.slice(0, best.start).join(':')}::${groups.slice(best.start + best.length).join(':')}`;
}

function ipv6Bytes(text: string): Buffer {
  const [before = '', after] = text.split('::');
  const head = before === '' ? [] : before.split(':');
  const tail = after === undefined || after === '' ? [] : after.split(':');
  const gap =
    after === undefined ? [] : new Array<string>(Math.max(8 - head.length - tail.length, 0)).fill('0');
  const bytes = Buffer.alloc((head.length + gap.length + tail.length) * 2);
  [...head, ...gap, ...tail].forEach((group, i) => {
    bytes.writeUInt16BE(Number.parseInt(group, 16) & 0xffff, i * 2);
  });
  return bytes;
}

/**
 * The IPv4 address in an IPv4-mapped one (::ffff:0:0/96, RFC 4291), undefined for any other: an IPv6 socket with such ends
 * exchanges IPv4 packets. In documents its last groups are hexadecimal; the kernel's tools write them with dots.
 */
export function mappedIpv4(address: string): string | undefined {
  if (!address.includes(':')) return undefined;
  const dotted = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (dotted !== undefined) return dotted;
  const bytes = ipv6Bytes(address);
  const prefix = bytes.subarray(0, 12).toString('hex');
  return bytes.length === 16 && prefix === '00000000000000000000ffff'
    ? [...bytes.subarray(12)].join('.')
    : undefined;
}
