import type { StoreFacts } from '../store-facts.js';
import type { Finding } from './finding.js';

/** Below this a freeze of anything but a small program fails for lack of space, in bytes. */
const little = 512n * 2n ** 20n;

/** Pure. */
export function judgeStore(facts: StoreFacts): Finding[] {
  if (facts.kind === 'other') {
    return [
      {
        id: 'store',
        area: 'store',
        grade: 'bad',
        what: `${facts.path} is no folder`,
        consequence: 'there is no place for bundles',
        remedy: 'give a folder with --store DIR or CKPT_STORE',
        prevents: 'freeze',
      },
    ];
  }
  const free = `${(Number(facts.free) / 2 ** 30).toFixed(1)} GiB free`;
  const state =
    facts.kind === 'absent' ? 'not there yet: the first freeze makes it' : `mode ${octal(facts.mode)}`;
  const findings: Finding[] = [
    { id: 'store', area: 'store', grade: 'good', what: `${facts.path}: ${state}; ${free}` },
  ];
  if (!facts.writable) {
    findings.push({
      id: 'store.writable',
      area: 'store',
      grade: 'bad',
      what: 'it cannot be written to',
      consequence: 'no bundle can be made there',
      remedy: 'mount its file system read-write, or choose another folder with --store DIR',
      prevents: 'freeze',
    });
  }
  if (facts.free < little) {
    findings.push({
      id: 'store.space',
      area: 'store',
      grade: 'limited',
      what: `only ${free}`,
      consequence: 'a bundle takes as much space as the frozen memory',
      remedy: 'remove old bundles (`ckpt list`, `ckpt rm`), or choose another folder with --store DIR',
    });
  }
  if (facts.volatile !== undefined) {
    findings.push({
      id: 'store.volatile',
      area: 'store',
      grade: 'limited',
      what: `it lies on a ${facts.volatile}`,
      consequence: 'bundles there are gone after a kernel switch',
      remedy: 'choose a folder on a disk with --store DIR',
    });
  }
  if (facts.kind === 'folder' && ((facts.mode & 0o077) !== 0 || facts.owner !== 0)) {
    findings.push({
      id: 'store.mode',
      area: 'store',
      grade: 'limited',
      what: `others can look into it (mode ${octal(facts.mode)}, uid ${facts.owner})`,
      consequence: 'a bundle holds the memory of processes: keys and passwords in it',
      remedy: `chown root ${facts.path} && chmod 0700 ${facts.path}`,
    });
  }
  return findings;
}

function octal(mode: number): string {
  return mode.toString(8).padStart(4, '0');
}
