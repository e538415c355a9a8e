/**
 * What an ELF program asks of the C library, read from its version requirements (`.gnu.version_r`), so that no
 * binutils are needed to check it. Layouts: elf.h, Elf64_Ehdr, Elf64_Shdr, Elf64_Verneed, Elf64_Vernaux.
 */
const verneedSection = 0x6ffffffe;

/** The names of all versions that a 64-bit little-endian ELF file requires, e.g. `GLIBC_2.28`. */
export function versionsNeeded(elf: Buffer): readonly string[] {
  if (elf.length < 64 || elf.readUInt32BE(0) !== 0x7f454c46 || elf[4] !== 2) {
    throw new Error('not a 64-bit ELF file');
  }
  const sections = sectionsOf(elf);
  const needs = sections.find(section => section.type === verneedSection);
  const strings = needs === undefined ? undefined : sections[needs.link];
  if (needs === undefined || strings === undefined) return [];
  const names: string[] = [];
  for (let need = needs.offset, more = true; more; ) {
    const entries = elf.readUInt16LE(need + 2);
    let entry = need + elf.readUInt32LE(need + 8);
    for (let index = 0; index < entries; index += 1) {
      names.push(stringAt(elf, strings.offset + elf.readUInt32LE(entry + 8)));
      entry += elf.readUInt32LE(entry + 12);
    }
    const next = elf.readUInt32LE(need + 12);
    need += next;
    more = next !== 0;
  }
  return names;
}

/** The newest glibc among required versions as [major, minor]; undefined for a program without any. */
export function newestGlibc(versions: readonly string[]): readonly [number, number] | undefined {
  const found = versions.flatMap(version => {
    const match = /^GLIBC_(\d+)\.(\d+)/.exec(version);
    return match === null ? [] : [[Number(match[1]), Number(match[2])] as const];
  });
  return found.sort((a, b) => b[0] - a[0] || b[1] - a[1])[0];
}

interface Section {
  readonly type: number;
  readonly offset: number;
  readonly link: number;
}

function sectionsOf(elf: Buffer): readonly Section[] {
  const start = Number(elf.readBigUInt64LE(0x28));
  const size = elf.readUInt16LE(0x3a);
  const count = elf.readUInt16LE(0x3c);
  return Array.from({ length: count }, (_, index) => {
    const at = start + index * size;
    return {
      type: elf.readUInt32LE(at + 4),
      offset: Number(elf.readBigUInt64LE(at + 0x18)),
      link: elf.readUInt32LE(at + 0x28),
    };
  });
}

function stringAt(elf: Buffer, offset: number): string {
  return elf.toString('latin1', offset, elf.indexOf(0, offset));
}
