import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { RULES } from '../../src/checkpoint/check/index.js';
import { doctorText } from '../../src/cli/render/doctor.js';
import { styleFor } from '../../src/cli/render/style.js';
import { fail, failures } from '../../src/errors.js';
import { causeRules } from '../../src/host/criu/causes/index.js';
import { type CriuCheck, parseCheck } from '../../src/host/criu/check.js';
import { type Criu, parseCriuVersion } from '../../src/host/criu/find.js';
import { judgePrivileges } from '../../src/host/doctor/capabilities.js';
import { judgeCriu, noCriu } from '../../src/host/doctor/criu.js';
import { inPlainWords } from '../../src/host/doctor/criu-words.js';
import { unite } from '../../src/host/doctor/examine.js';
import { type GuardFacts, judgeGuard } from '../../src/host/doctor/guard.js';
import { judgePair } from '../../src/host/doctor/judge-pair.js';
import { judgeKernel } from '../../src/host/doctor/kernel.js';
import { parseKernelConfig } from '../../src/host/doctor/kernel-config.js';
import { judgeKexec } from '../../src/host/doctor/kexec.js';
import { judgeModules, type ModuleFacts, moduleNames, moduleState } from '../../src/host/doctor/modules.js';
import { judgeNamespaces } from '../../src/host/doctor/namespaces.js';
import { judgeStore } from '../../src/host/doctor/store.js';
import { judgeTools, tools } from '../../src/host/doctor/tools.js';
import { earlyNetwork } from '../../src/host/early-network.js';
import type { StoreFacts } from '../../src/host/store-facts.js';
import { liesIn } from '../../src/versions.js';

const ids = (findings: readonly { readonly id: string; readonly grade: string }[]) =>
  findings.filter(one => one.grade !== 'good').map(one => one.id);

describe('CRIU', () => {
  test('its version is read from what --version prints', () => {
    expect(parseCriuVersion('Version: 4.1.1\n')).toBe('4.1.1');
    expect(parseCriuVersion('Version: 4.2\nGitID: v4.2-15-gabc\n')).toBe('4.2');
    expect(parseCriuVersion('Usage: criu …')).toBeUndefined();
  });

  // What the three print on kernel 6.18, word for word.
  const tooOld = [
    'Error (criu/vdso.c:381): vdso: Unexpected rt vDSO area bounds',
    'Error (criu/vdso.c:613): vdso: Failed to fill self vdso symtable',
    'Error (criu/kerndat.c:1615): kerndat_vdso_fill_symtable failed when initializing kerndat.',
    'Error (criu/crtools.c:260): Could not initialize kernel features detection.',
  ].join('\n');
  const partly = [
    'Looks good but some kernel features are missing',
    'which, depending on your process tree, may cause',
    'dump or restore failure.',
  ].join('\n');

  test('its own check has three outcomes', () => {
    expect(parseCheck('Looks good.\n', '')).toEqual({ verdict: 'good', complaints: [] });
    expect(
      parseCheck(
        partly,
        'Warn  (criu/cr-check.c:824): Dirty tracking is OFF. Memory snapshot will not work.\n',
      ),
    ).toEqual({
      verdict: 'partly',
      complaints: ['Dirty tracking is OFF. Memory snapshot will not work.'],
    });
    expect(parseCheck('', tooOld).verdict).toBe('bad');
    expect(parseCheck('', 'Warn  (criu/cr-check.c:1700): Does not look good.\n').verdict).toBe('bad');
    expect(parseCheck('', '').verdict).toBe('bad');
  });

  test('its complaints become plain words, each once, and unknown ones are quoted', () => {
    const { complaints } = parseCheck('', tooOld);
    expect(inPlainWords(complaints).map(one => one.id)).toEqual(['vdso']);
    expect(inPlainWords(['Something new is OFF'])).toEqual([
      { id: 'other', what: 'criu check says: Something new is OFF', consequence: '' },
    ]);
    expect(inPlainWords(['UFFD is not supported', 'exited, status=1'])).toEqual([]);
  });

  const criu: Criu = { path: '/usr/sbin/criu', version: '3.17.1', chosenBy: 'PATH' };
  const bad: CriuCheck = parseCheck('', tooOld);
  test('one that does not start prevents a freeze, and says what to do', () => {
    const [first] = judgeCriu(criu, bad, '6.18.44');
    expect(first).toMatchObject({ id: 'criu', grade: 'bad', prevents: 'freeze' });
    expect(first?.consequence).toContain('6.18.44');
    expect(first?.remedy).toContain('4.2.1');
  });

  test.each([
    ['3.17.1', '6.1.0-50-cloud-amd64', []],
    ['3.17.1', '6.18.44', ['pair.vdso-bounds', 'pair.passcred']],
    ['3.19', '6.12.38', []],
    ['3.19', '6.18', ['pair.vdso-bounds', 'pair.passcred']],
    ['4.0', '6.13', ['pair.vdso-bounds']],
    ['4.1', '6.13', []],
    ['4.1.1', '6.15.9', []],
    ['4.1.1', '6.16', ['pair.passcred']],
    ['4.1.1', '7.2.0+deb13-cloud-amd64', ['pair.passcred']],
    ['4.2.1', '7.2.0', []],
    ['4.3', '5.10.0-37-amd64', ['pair.rseq']],
    ['4.3', '5.13', []],
  ])('CRIU %s on kernel %s: %j', (version, kernel, expected) => {
    expect(ids(judgePair(version, kernel))).toEqual(expected);
  });
  test('check and the causes of failures say the same of a pair', () => {
    const at = (id: string) => RULES.find(rule => rule.id === id)?.at;
    const cause = causeRules.find(rule => rule.code === 'criu-kernel-unknown')?.criu;
    for (const criu of ['3.17.1', '3.19', '4.0', '4.1', '4.1.1', '4.2', '4.3'])
      for (const kernel of ['6.1', '6.12', '6.13', '6.16', '6.18', '7.2']) {
        const says = ids(judgePair(criu, kernel));
        for (const [pair, rule] of [
          ['pair.vdso-bounds', 'criu-vdso'],
          ['pair.vdso-bounds', 'criu-vdso-thaw'],
          ['pair.passcred', 'passcred'],
        ] as const) {
          const met = liesIn(criu, at(rule)?.criu ?? {}) && liesIn(kernel, at(rule)?.kernel ?? {});
          expect(met, `${rule}: ${criu} on ${kernel}`).toBe(says.includes(pair));
        }
        if (says.includes('pair.vdso-bounds')) expect(liesIn(criu, cause ?? {})).toBe(true);
      }
    expect(failures['criu-kernel-unknown'].why).toContain('CRIU before 4.1 on kernels from 6.13 on');
  });
  test('the package is named only where there is one', () => {
    const error = fail('criu-not-found', { places: '$PATH' });
    expect(noCriu(error, 'trixie').packages).toEqual(['criu']);
    expect(noCriu(error, 'bullseye')).toMatchObject({ remedy: expect.stringContaining('no package') });
    expect(noCriu(error, 'bullseye').packages).toBeUndefined();
  });
  test('a lack that two sources tell of is shown once', () => {
    const one = (id: string) => ({ id, area: 'criu', grade: 'limited', what: id }) as const;
    const left = (...list: string[]) => unite(list.map(one)).map(finding => finding.id);
    expect(left('criu.dirty-track', 'kernel.soft-dirty')).toEqual(['kernel.soft-dirty']);
    expect(left('criu.dirty-track')).toEqual(['criu.dirty-track']);
    expect(left('criu.tun')).toEqual([]);
    expect(left('criu.tun', 'modules.unknown')).toEqual(['criu.tun', 'modules.unknown']);
  });
});

describe('privileges', () => {
  const status = (effective: string) => `CapInh:\t0\nCapEff:\t${effective}\nCapBnd:\t000001ffffffffff\n`;
  test('all of them', () => {
    expect(ids(judgePrivileges(status('000001ffffffffff'), 0))).toEqual([]);
  });
  test('without CAP_SYS_RESOURCE other users’ processes cannot be frozen, others can', () => {
    const findings = judgePrivileges(status('000001fffeffffff'), 0);
    expect(ids(findings)).toEqual(['capability.CAP_SYS_RESOURCE']);
    expect(findings[1]?.consequence).toContain("other users' processes cannot be frozen");
    expect(findings.some(one => one.prevents !== undefined)).toBe(false);
  });
  test("a container's usual set prevents a freeze", () => {
    const findings = judgePrivileges(status('00000000a80425fb'), 0);
    expect(findings.find(one => one.id === 'capability.CAP_SYS_ADMIN')?.prevents).toBe('freeze');
  });
  test('a kernel before 5.9 does not know CAP_CHECKPOINT_RESTORE: its absence is no lack', () => {
    const old = 'CapEff:\t0000003fffffffff\nCapBnd:\t0000003fffffffff\n';
    expect(ids(judgePrivileges(old, 0))).toEqual([]);
  });
  test('not root', () => {
    expect(judgePrivileges(status('0000000000000000'), 1000)).toMatchObject([
      { grade: 'bad', prevents: 'freeze' },
    ]);
  });
});

describe('modules', () => {
  const facts = (part: Partial<ModuleFacts>): ModuleFacts => ({
    release: '6.1.0',
    loaded: new Set(),
    builtIn: undefined,
    loadable: undefined,
    config: undefined,
    closed: false,
    ...part,
  });
  const unixDiag = { name: 'unix_diag', option: 'UNIX_DIAG' };

  test('names are read from modules.dep and modules.builtin', () => {
    const text =
      'kernel/net/unix/unix_diag.ko.xz: kernel/a/b.ko\nkernel/net/ipv4/tcp-diag.ko:\nkernel/x/inet_diag.ko\n';
    expect([...moduleNames(text)]).toEqual(['unix_diag', 'tcp_diag', 'inet_diag']);
  });
  test.each([
    [{ loaded: new Set(['unix_diag']) }, 'loaded'],
    [{ builtIn: new Set(['unix_diag']), loadable: new Set<string>() }, 'built in'],
    [{ builtIn: new Set<string>(), loadable: new Set(['unix_diag']) }, 'loadable'],
    [{ loadable: new Set(['unix_diag']), closed: true }, 'kept out'],
    [{ loaded: new Set(['unix_diag']), closed: true }, 'loaded'],
    [{ builtIn: new Set<string>(), loadable: new Set<string>() }, 'missing'],
    [{ config: parseKernelConfig('CONFIG_UNIX_DIAG=y\n') }, 'built in'],
    [{ config: parseKernelConfig('CONFIG_UNIX_DIAG=m\n') }, 'missing'],
    [{ config: parseKernelConfig('# CONFIG_UNIX_DIAG is not set\n') }, 'missing'],
    [{}, 'unknown'],
  ])('%j is %s', (part, state) => {
    expect(moduleState(unixDiag, facts(part))).toBe(state);
  });
  test('modules that are built but not on the disk: the package to install is named', () => {
    const found = judgeModules(facts({ config: parseKernelConfig('CONFIG_UNIX_DIAG=m\n') }));
    expect(found.find(one => one.id === 'module.unix_diag')?.packages).toEqual(['linux-image-6.1.0']);
    expect(found.find(one => one.id === 'module.tcp_diag')?.packages).toBeUndefined();
  });
  test('one that may not be loaded any more is told how to be, from the next boot on', () => {
    const found = judgeModules(facts({ loadable: new Set(['nf_tables', 'tun']), closed: true }));
    expect(found.filter(one => one.id === 'modules.disabled')).toMatchObject([
      {
        grade: 'limited',
        what: expect.stringMatching(/kernel\.modules_disabled is 1.*: nf_tables, tun$/),
        remedy: expect.stringMatching(/'%s\\n' nf_tables tun >>\/etc\/modules-load\.d\//),
      },
    ]);
  });
  test('what cannot be told is said so, once', () => {
    expect(judgeModules(facts({}))).toMatchObject([{ id: 'modules.unknown', grade: 'limited' }]);
  });
});

describe('kexec', () => {
  const config = parseKernelConfig('CONFIG_KEXEC=y\nCONFIG_KEXEC_FILE=y\n');
  const free = { config, loaded: '0', disabled: '0', lockdown: '[none] integrity confidentiality' };
  test.each([
    [free, []],
    [{ ...free, config: parseKernelConfig('CONFIG_X=y\n') }, ['kexec.built']],
    [{ ...free, config: undefined }, []],
    [{ ...free, config: undefined, loaded: undefined }, ['kexec.built']],
    [{ ...free, disabled: '1' }, ['kexec.disabled']],
    // What waits already is started all the same.
    [{ ...free, loaded: '1', disabled: '1' }, []],
    [{ ...free, loaded: '1', lockdown: 'none [integrity] confidentiality' }, []],
    [{ ...free, lockdown: 'none [integrity] confidentiality' }, ['kexec.lockdown']],
  ])('%#', (facts, expected) => {
    expect(ids(judgeKexec(facts))).toEqual(expected);
  });
});

test('the kernel: what its configuration and Yama forbid', () => {
  const facts = { release: '6.1', architecture: 'x86-64', distribution: 'Debian 12', ptraceScope: 1 };
  const good = parseKernelConfig('CONFIG_CHECKPOINT_RESTORE=y\nCONFIG_MEM_SOFT_DIRTY=y\n');
  expect(ids(judgeKernel({ ...facts, config: good }))).toEqual([]);
  expect(ids(judgeKernel({ ...facts, config: undefined }))).toEqual([]);
  expect(ids(judgeKernel({ ...facts, config: good, ptraceScope: 3 }))).toEqual(['kernel.ptrace-scope']);
  expect(ids(judgeKernel({ ...facts, config: new Map() }))).toEqual([
    'kernel.checkpoint-restore',
    'kernel.soft-dirty',
  ]);
  expect(ids(judgeKernel({ ...facts, config: good, architecture: 's390x' }))).toEqual(['kernel']);
});

test('kinds of namespaces that may not be made', () => {
  const limits = (part: Record<string, number>) =>
    new Map(Object.entries({ time: 7919, net: 7919, mnt: 7919, pid: 7919, user: 7919, ...part }));
  expect(judgeNamespaces(limits({}))).toEqual([]);
  expect(judgeNamespaces(new Map())).toEqual([]);
  expect(judgeNamespaces(limits({ user: 0 }))).toMatchObject([{ id: 'namespaces.user', grade: 'limited' }]);
  expect(judgeNamespaces(limits({ time: 0, net: 0 })).map(one => one.prevents)).toEqual(['freeze', 'freeze']);
});

test('missing programs name their packages', () => {
  const found = judgeTools(
    tools.map(({ name }) => {
      const there = { file: `/usr/bin/${name}`, inPath: true };
      return { name, found: name === 'nft' || name === 'kexec' ? undefined : there };
    }),
  );
  expect(found.flatMap(one => one.packages ?? [])).toEqual(['nftables', 'kexec-tools']);
  expect(found.find(one => one.id === 'tool.kexec')?.prevents).toBe('switch');
});

test('a program that PATH does not lead to is there, and is told of', () => {
  const found = judgeTools([{ name: 'nft', found: { file: '/usr/sbin/nft', inPath: false } }]);
  expect(found).toMatchObject([
    { id: 'tool.nft', grade: 'limited', what: '/usr/sbin/nft is there, but not in PATH' },
  ]);
  expect(found[0]?.remedy).toContain('/usr/sbin');
  expect(found[0]?.packages).toBeUndefined();
});

describe('the store', () => {
  const good: StoreFacts = {
    path: '/var/lib/ckpt',
    kind: 'folder',
    mode: 0o700,
    owner: 0,
    writable: true,
    free: 2n ** 34n,
    freeFiles: undefined,
    volatile: undefined,
    noexec: false,
  };
  test.each([
    [good, []],
    [{ ...good, kind: 'absent' as const, mode: 0o755 }, []],
    [{ ...good, kind: 'other' as const }, ['store']],
    [{ ...good, mode: 0o755 }, ['store.mode']],
    [{ ...good, owner: 1000 }, ['store.mode']],
    [{ ...good, free: 10n }, ['store.space']],
    [{ ...good, writable: false }, ['store.writable']],
    [{ ...good, volatile: 'tmpfs' }, ['store.volatile']],
    [{ ...good, noexec: true }, ['store.noexec']],
  ])('%#', (facts, expected) => {
    expect(ids(judgeStore(facts))).toEqual(expected);
  });
});

const guarded: GuardFacts = { installed: 'this', systemd: true, early: undefined, ownedTables: true };

test.each([
  ['this', 'good'],
  ['other', 'limited'],
  ['none', 'limited'],
] as const)('a guard of %s store is %s', (installed, grade) => {
  const [guard] = judgeGuard({ ...guarded, installed });
  const { grade: judged, remedy = '' } = guard ?? {};
  expect(judged).toBe(grade);
  expect(remedy.includes('ckpt guard --install')).toBe(grade !== 'good');
});

test('a guard that a flush takes away is said to be one', () => {
  expect(ids(judgeGuard({ ...guarded, ownedTables: false }))).toEqual(['guard.owner']);
  expect(ids(judgeGuard({ ...guarded, ownedTables: undefined }))).toEqual([]);
});

test('where systemd does not run the machine, its guard is not advised', () => {
  expect(judgeGuard({ ...guarded, installed: 'none', systemd: false })[0]?.remedy).toContain(
    '--install-hook',
  );
});

test.each([
  ['ip=192.0.2.1 root=/dev/vda quiet', ['net-snmp', 'network', 'net-.conf'], undefined],
  ['root=/dev/vda rd.neednet=1', [], 'rd.neednet=1'],
  ['root=/dev/nfs nfsroot=192.0.2.9:/srv', [], 'root=/dev/nfs'],
  ['root=/dev/vda', ['net-eth0.conf'], 'RUN/net-eth0.conf'],
])('the network of an initramfs, with %s and %j in /run', async (line, names, expected) => {
  const run = mkdtempSync(join(tmpdir(), 'ckpt-run-'));
  try {
    writeFileSync(join(run, 'cmdline'), `${line}\n`);
    for (const name of names) writeFileSync(join(run, name), '');
    const shown = await earlyNetwork({ cmdline: join(run, 'cmdline'), run });
    expect(shown?.replace(run, 'RUN')).toBe(expected);
    const early = judgeGuard({ ...guarded, early: shown }).filter(({ id }) => id === 'early-network');
    expect(early.map(({ grade }) => grade)).toEqual(expected === undefined ? [] : ['limited']);
  } finally {
    rmSync(run, { recursive: true });
  }
});

test('the report has a sign for each finding, and ends with what is possible', () => {
  const text = doctorText(
    {
      kernel: '6.1',
      architecture: 'x86-64',
      distribution: undefined,
      criu: undefined,
      findings: [
        { id: 'kernel', area: 'kernel', grade: 'good', what: 'Linux 6.1' },
        { id: 'criu', area: 'criu', grade: 'bad', what: 'none', prevents: 'freeze', packages: ['criu'] },
        { id: 'tool.nft', area: 'tools', grade: 'limited', what: 'no nft', packages: ['nftables'] },
      ],
      canFreeze: false,
      canSwitch: true,
    },
    styleFor(false),
  );
  expect(text.split('\n')).toEqual([
    'Kernel',
    '  ✓ Linux 6.1',
    '',
    'CRIU',
    '  ✗ none',
    '      install: criu',
    '',
    'Programs',
    '  ! no nft',
    '      install: nftables',
    '',
    'Freeze and thaw: not possible',
    'Switch kernels with kexec: possible',
    'To install what is missing: apt install criu nftables',
  ]);
});
