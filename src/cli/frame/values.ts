import { OLDEST } from '../../converters/release.js';
import { fail } from '../../errors.js';
import { FORMAT } from '../../image-format/neutral/format.js';
import { isOlder } from '../../versions.js';

/** Option parsers: each takes the option's name for its message and throws `bad-option-value`. */
type Parser<T> = (value: string) => T;

function bad(option: string, value: string, expected: string): never {
  throw fail('bad-option-value', { option, value: value === '' ? '(nothing)' : value, expected });
}

/** One of a few words. */
export function oneOf<const T extends readonly string[]>(option: string, words: T): Parser<T[number]> {
  const parse = (value: string): T[number] =>
    words.find(word => word === value) ?? bad(option, value, `one of ${words.join(', ')}`);
  knownWords.set(parse, words);
  return parse;
}

const knownWords = new WeakMap<object, readonly string[]>();

/** The words that a parser made by `oneOf` takes, for completion; none for any other. */
export function wordsOf(parser: unknown): readonly string[] {
  return typeof parser === 'function' ? (knownWords.get(parser) ?? []) : [];
}

/** A word that says something: an empty one is what a shell makes of a variable that is not set. */
export function filled(option: string, expected: string): Parser<string> {
  return value =>
    value.trim() === ''
      ? bad(option, '', `${expected}; an empty word is often a variable that is not set`)
      : value;
}

/** The path of a `.ckpt` file: by that ending a thaw tells it from the name of a bundle. */
export function archivePath(option: string): Parser<string> {
  return value =>
    value.endsWith('.ckpt') ? value : bad(option, value, 'the path of a file that ends in .ckpt');
}

/** A whole number between two bounds, both allowed. */
export function integer(option: string, least: number, most: number): Parser<number> {
  return value => {
    const number = /^\d{1,15}$/.test(value) ? Number(value) : Number.NaN;
    if (number >= least && number <= most) return number;
    return bad(option, value, `a whole number from ${least} to ${most}`);
  };
}

/** A process identifier. PID_MAX_LIMIT is 2^22 (include/linux/threads.h). */
export function pid(option: string): Parser<number> {
  return integer(option, 1, 4194304);
}

const durationUnits = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const;

/** A time such as 500ms, 10s, 2m or 1h, in milliseconds; a bare number is seconds. */
export function duration(option: string): Parser<number> {
  return value => {
    const match = /^(\d{1,9}(?:\.\d{1,6})?)(ms|s|m|h)?$/.exec(value);
    if (match === null) return bad(option, value, 'a time such as 500ms, 10s, 2m or 1h');
    const unit = (match[2] ?? 's') as keyof typeof durationUnits;
    return Number(match[1]) * durationUnits[unit];
  };
}

const sizeUnits = { '': 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30, t: 2 ** 40 } as const;

/** A size such as 4096, 512K, 64M or 2G, in bytes (powers of 1024). */
export function size(option: string): Parser<number> {
  return value => {
    const match = /^(\d{1,12})(k|m|g|t|)(?:i?b)?$/i.exec(value);
    if (match === null) return bad(option, value, 'a size such as 4096, 512K, 64M or 2G');
    return Number(match[1]) * sizeUnits[(match[2] ?? '').toLowerCase() as keyof typeof sizeUnits];
  };
}

const CRIU_VERSION = /^\d{1,3}(?:\.\d{1,3}){1,3}$/;

/** The version of a CRIU, such as 4.1.1. */
export function criuVersion(option: string): Parser<string> {
  return value =>
    CRIU_VERSION.test(value) ? value : bad(option, value, 'the version of a CRIU, such as 4.1.1');
}

/** The release of a kernel, such as 6.12 or 7.2.12+deb13-amd64; gives its version. */
export function kernelRelease(option: string): Parser<string> {
  return value =>
    /^v?(\d{1,3}(?:\.\d{1,5}){1,3})(?![\d.])/.exec(value)?.[1] ??
    bad(option, value, 'the release of a kernel, such as 6.12 or 7.2.12-amd64');
}

/** What a conversion makes: `criu:4.1.1`, `this-host`, `neutral`, `neutral:2`. */
export function conversionGoal(
  option: string,
): Parser<
  | { readonly form: 'criu'; readonly version: string }
  | { readonly form: 'this-host' }
  | { readonly form: 'neutral'; readonly format: number | undefined }
> {
  return value => {
    if (value === 'this-host') return { form: 'this-host' };
    if (value.startsWith('criu:')) {
      const version = value.slice(5);
      if (!CRIU_VERSION.test(version))
        return bad(option, value, 'criu:VERSION with the version of a CRIU, such as criu:4.1.1');
      return isOlder(version, OLDEST)
        ? bad(option, value, `the version of a CRIU from ${OLDEST} on: images of older ones are not known`)
        : { form: 'criu', version };
    }
    const neutral = /^neutral(?::(\d{1,4}))?$/.exec(value);
    if (neutral === null) return bad(option, value, 'criu:VERSION, this-host, neutral or neutral:FORMAT');
    if (neutral[1] === undefined) return { form: 'neutral', format: undefined };
    const format = Number(neutral[1]);
    return format >= 1 && format <= FORMAT
      ? { form: 'neutral', format }
      : bad(option, value, `neutral:FORMAT with a format from 1 to ${FORMAT}`);
  };
}

/** What becomes of files: `/run/app/*=carry`. */
export function fileRule(
  option: string,
): Parser<{ readonly pattern: string; readonly action: 'keep' | 'carry' | 'ignore' | 'reopen' }> {
  return value => {
    const match = /^(\/.*)=(keep|carry|ignore|reopen)$/s.exec(value);
    if (match === null)
      return bad(option, value, 'an absolute path or pattern, =, and keep, carry, ignore or reopen');
    return { pattern: match[1] ?? '', action: match[2] as 'keep' | 'carry' | 'ignore' | 'reopen' };
  };
}

/** Collects an option that may be given several times. */
export function append<T>(parse: Parser<T>): (value: string, before: readonly T[] | undefined) => T[] {
  return (value, before) => [...(before ?? []), parse(value)];
}
