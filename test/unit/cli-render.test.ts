import { describe, expect, test } from 'vitest';
import { importText } from '../../src/cli/render/import-text.js';
import { describe as describeEvent, progressLine } from '../../src/cli/render/progress.js';
import { processTree } from '../../src/cli/render/show-tree.js';
import { table } from '../../src/cli/render/table.js';
import { cut, width } from '../../src/cli/render/text.js';
import { tree } from '../../src/cli/render/tree.js';
import { ago, bytes, count, duration } from '../../src/cli/render/units.js';

test.each([
  [0, '0 B'],
  [1023, '1023 B'],
  [1024, '1.0 KiB'],
  [102_300, '99.9 KiB'],
  [102_400, '100 KiB'],
  [1_048_575, '1.0 MiB'],
  [2n ** 40n * 3n, '3.0 TiB'],
])('bytes(%s) is %s', (value, text) => {
  expect(bytes(value)).toBe(text);
});

test.each([
  [0, '0.0 ms'],
  [9.96, '10.0 ms'],
  [12.4, '12 ms'],
  [999.6, '1.0 s'],
  [9960, '10 s'],
  [59_600, '1 min'],
  [125_000, '2 min 5 s'],
  [11_400_000, '3 h 10 min'],
  [353_000_000, '4 d 2 h'],
])('duration(%s) is %s', (value, text) => {
  expect(duration(value)).toBe(text);
});

test('counts and times past', () => {
  expect(count(1, 'process', 'processes')).toBe('1 process');
  expect(count(1234, 'file')).toBe('1,234 files');
  expect(ago(1000, 1500)).toBe('just now');
  expect(ago(0, 65_400)).toBe('1 min 5 s ago');
  expect(ago(0, 2100)).toBe('2 s ago');
  // The clock of a boot may be wrong (a battery that is flat: 1970).
  expect(ago(1_800_000_000_000, 60_000)).toBe('in the future');
});

describe('text', () => {
  test('widths count columns, not characters', () => {
    expect(width('\u001b[31mred\u001b[39m')).toBe(3);
    expect(width('漢字')).toBe(4);
    expect(width('e\u0301')).toBe(1);
  });
  test('a cut text fits', () => {
    expect(cut('abcdef', 4)).toBe('abc…');
    expect(width(cut('漢字漢字', 5))).toBeLessThanOrEqual(5);
    expect(cut('abc', 3)).toBe('abc');
  });
});

test('a table aligns its columns, and shrinks the one that may be cut', () => {
  const columns = [
    { heading: 'NAME' },
    { heading: 'SIZE', align: 'right' },
    { heading: 'COMMAND', shrink: true },
  ] as const;
  const rows = [
    ['db', '1.0 GiB', 'postgres -D /var/lib/postgresql'],
    ['web-frontend', '12 B', 'nginx'],
  ];
  expect(table(columns, rows)).toBe(
    [
      'NAME             SIZE  COMMAND',
      'db            1.0 GiB  postgres -D /var/lib/postgresql',
      'web-frontend     12 B  nginx',
    ].join('\n'),
  );
  const narrow = table(columns, rows, { width: 36 }).split('\n');
  expect(Math.max(...narrow.map(width))).toBeLessThanOrEqual(36);
  expect(narrow[1]).toContain('postgres -D …');
});

test('a tree draws its branches, keeps several lines together, and is not bound by the stack', () => {
  const text = tree([
    {
      label: '1 init',
      children: [{ label: '2 a\nmore', children: [{ label: '3 b' }] }, { label: '4 c\nmore' }],
    },
    { label: '5 d' },
  ]);
  expect(text).toBe(['1 init', '├─ 2 a', '│  │ more', '│  └─ 3 b', '└─ 4 c', '     more', '5 d'].join('\n'));
  let deep: { label: string; children: { label: string }[] } = { label: 'leaf', children: [] };
  for (let level = 0; level < 5000; level += 1) deep = { label: 'x', children: [deep] };
  expect(tree([{ label: 'root', children: [] }])).toBe('root');
  expect(tree([deep]).endsWith('leaf')).toBe(true);
});

describe('progress', () => {
  test('says how far it is', () => {
    const event = {
      type: 'progress',
      operation: 'verify',
      what: 'pages',
      done: 512,
      total: 2048,
      unit: 'bytes',
    } as const;
    expect(describeEvent(event, 1500)).toBe('verify: pages 25 %, 512 B of 2.0 KiB (1.5 s)');
    expect(describeEvent({ ...event, unit: 'processes', done: 1, total: 3 }, 0)).toContain(
      '1 of 3 processes',
    );
  });

  test('redraws one line that fits the terminal, and ends clean', () => {
    let text = '';
    const ticks: (() => void)[] = [];
    let stopped = 0;
    const sink = {
      write: (part: string) => {
        text += part;
      },
      isTty: true,
      columns: 20,
    };
    const timer = {
      now: () => 0,
      every: (_interval: number, call: () => void) => {
        ticks.push(call);
        return () => {
          stopped += 1;
        };
      },
    };
    const line = progressLine(sink, timer);
    expect(text).toBe('');
    line.event({ type: 'stage', operation: 'freeze', stage: 'a stage with a very long name', at: 0 });
    expect(ticks).toHaveLength(1);
    const drawn = text.replace('\r\u001b[2K', '');
    expect(width(drawn)).toBeLessThan(20);
    ticks[0]?.();
    line.end();
    expect(stopped).toBe(1);
    expect(text.endsWith('\r\u001b[2K')).toBe(true);
    const before = text;
    ticks[0]?.();
    expect(text).toBe(before);
  });
});

test('a mapping is shown with its size, and what of it is in the bundle', () => {
  const mapping = { start: '0x7f0000001000', end: '0x7f0000003000', access: 'rw-p', what: '[heap]' };
  const process = {
    ...{ pid: 10, parent: 1, name: 'p', commandLine: [], state: 'running', threads: [], descriptors: [] },
    ...{ user: undefined, userName: undefined, workingDirectory: undefined },
    memory: {
      ...{ mapped: 3 * 8192, frozen: 4096 },
      mappings: [
        { ...mapping, size: 8192, frozen: 4096 },
        { ...mapping, size: 2 ** 24, frozen: 0 },
      ],
    },
  };
  const shown = (memory: boolean) => processTree([process], { files: true, sockets: true, memory });
  expect(shown(true).split('\n')).toEqual([
    'p 10  4.0 KiB',
    '    7f0000001000 rw-p   8.0 KiB   4.0 KiB [heap]',
    '    7f0000001000 rw-p  16.0 MiB         - [heap]',
  ]);
  expect(shown(false)).toBe('p 10  4.0 KiB');
});

test('an import says how sure it is of the CRIU, and names the others', () => {
  const said = (sure: 'told' | 'likely' | 'certain', candidates: readonly string[]) =>
    importText({
      ...{ name: 'a', path: '/store/a', memory: 0, placements: [] },
      recognised: { directory: '/d', criu: '4.2.1', sure, candidates, evidence: [], dumpedAt: new Date(0) },
      trees: [{ root: 10, command: 'p', processes: 2 }],
    }).split('\n');
  expect(said('likely', ['4.1.1', '4.2.1', '4.3'])).toEqual([
    'imported p (PID 10, 2 processes) as the bundle a',
    '  written by   CRIU 4.2.1 (likely: 4.1.1, 4.3 would fit, too)',
    expect.stringMatching(/^ {2}memory {7}0 B/),
    '  bundle       /store/a',
    '  next         ckpt thaw a',
  ]);
  expect(said('told', [])[1]).toBe('  written by   CRIU 4.2.1 (as you say)');
});
