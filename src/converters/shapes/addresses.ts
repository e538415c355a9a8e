/** IP addresses: words in network byte order on the wire, the usual text in the document. */
import { isIPv4, isIPv6 } from 'node:net';
import { fail } from '../../errors.js';
import type { Rep } from './shape.js';

/** One word is IPv4, four are IPv6; anything else has no text form: it is said to be no address, and the comparison carries it. */
export const ipAddress: Rep<string> = {
  lift: value => {
    const words = value as readonly number[];
    const bytes = Buffer.alloc(words.length * 4);
    words.forEach((word, i) => {
      bytes.writeUInt32LE(word, i * 4);
    });
    if (words.length === 1) return [...bytes].join('.');
    return words.length === 4 ? ipv6Text(bytes) : '::';
  },
  lower: value => {
    const bytes = bytesOf(value);
    if (bytes === undefined)
      throw fail('document-contradictory', { path: '/', detail: `${value} is no IP address` });
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

/** The 4 or 16 bytes of an address; undefined for a text that is none. A zone (`%eth0`) is no part of one. */
function bytesOf(text: string): Buffer | undefined {
  if (isIPv4(text)) return Buffer.from(text.split('.').map(Number));
  return isIPv6(text) && !text.includes('%') ? ipv6Bytes(text) : undefined;
}

function ipv6Bytes(text: string): Buffer {
  // The last four bytes may stand as an IPv4 address (RFC 4291, 2.2).
  const groups = text.replace(/\d+(?:\.\d+){3}$/, ipv4 => {
    const [a = 0, b = 0, c = 0, d = 0] = ipv4.split('.').map(Number);
    return `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
  });
  const [head = [], tail = []] = groups.split('::').map(half => (half === '' ? [] : half.split(':')));
  const gap = new Array<string>(8 - head.length - tail.length).fill('0');
  const bytes = Buffer.alloc(16);
  [...head, ...gap, ...tail].forEach((group, i) => {
    bytes.writeUInt16BE(Number.parseInt(group, 16), i * 2);
  });
  return bytes;
}

/**
 * The IPv4 address in an IPv4-mapped one (::ffff:0:0/96, RFC 4291), undefined for any other: an IPv6 socket with such ends
 * exchanges IPv4 packets. In documents its last groups are hexadecimal; the kernel's tools write them with dots.
 */
export function mappedIpv4(address: string): string | undefined {
  const bytes = bytesOf(address);
  const prefix = bytes?.subarray(0, 12).toString('hex');
  return bytes?.length === 16 && prefix === '00000000000000000000ffff'
    ? [...bytes.subarray(12)].join('.')
    : undefined;
}

/** fe80::/10 (RFC 4291, 2.5.6): an address that means something together with an interface only. */
export function isLinkLocal(address: string | undefined): boolean {
  return address !== undefined && /^fe[89ab]/i.test(address);
}
