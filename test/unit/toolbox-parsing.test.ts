import { describe, expect, test } from 'vitest';
import { mirrorAmong } from '../../scripts/toolbox/debian-mirror.js';
import { librariesListed } from '../../scripts/toolbox/portable-folder.js';
import { candidateIn } from '../../scripts/toolbox/private-apt.js';
import { upstreamVersion, versionPrinted } from '../../scripts/toolbox/versions.js';

describe('versions', () => {
  test.each([
    ['3.17.1-2+deb12u2', '3.17.1'],
    ['4.3-1~exp2', '4.3'],
    ['1:4.2.1-1', '4.2.1'],
    ['4.4~rc1-1', '4.4'],
  ])('Debian %s is upstream %s', (debian, upstream) => {
    expect(upstreamVersion(debian)).toBe(upstream);
  });

  test('the program says its version, with or without a commit beneath it', () => {
    expect(versionPrinted('Version: 4.2.1\nGitID: v4.2.1-3-gabc\n')).toBe('4.2.1');
    expect(versionPrinted('Segmentation fault')).toBeUndefined();
  });
});

describe('what apt prints', () => {
  test('the mirror is the archive, not security and not a third party', () => {
    const printed = [
      "'https://example.test/node_20.x/dists/nodistro/InRelease' a 0",
      "'http://mirror.test/debian-security/dists/bookworm-security/InRelease' b 0",
      "'http://mirror.test/debian/dists/bookworm-updates/InRelease' c 0",
      "'http://mirror.test/debian/dists/bookworm/InRelease' d 0",
    ].join('\n');
    expect(mirrorAmong(printed)).toBe('http://mirror.test/debian');
  });

  test('a slash too many in the sources does not end up in the mirror', () => {
    expect(mirrorAmong("'http://mirror.test/debian//dists/trixie/InRelease' x 0")).toBe(
      'http://mirror.test/debian',
    );
  });

  test('no Debian archive, no mirror', () => {
    expect(mirrorAmong("'https://example.test/apt/dists/jammy/InRelease' a 0")).toBeUndefined();
  });

  test('a package that the suite does not have has no candidate', () => {
    expect(candidateIn('criu:\n  Installed: (none)\n  Candidate: 4.1.1-1\n')).toBe('4.1.1-1');
    expect(candidateIn('criu:\n  Installed: (none)\n  Candidate: (none)\n')).toBeUndefined();
    expect(candidateIn('')).toBeUndefined();
  });
});

test('libraries listed by the loader: found, missing, and not the vdso or the loader itself', () => {
  const printed = `\tlinux-vdso.so.1 (0x00007ffd)
\tlibnet.so.9 => /r/usr/lib/x86_64-linux-gnu/libnet.so.9 (0x00007f01)
\tlibgone.so.1 => not found
\t/lib64/ld-linux-x86-64.so.2 => /r/usr/lib64/ld-linux-x86-64.so.2 (0x00007f02)
`;
  expect(librariesListed(printed)).toEqual([
    { name: 'libnet.so.9', path: '/r/usr/lib/x86_64-linux-gnu/libnet.so.9' },
    { name: 'libgone.so.1', path: 'not found' },
  ]);
});
