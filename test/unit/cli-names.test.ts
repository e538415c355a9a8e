/** Names that are not to be trusted: nobody may write a line of ckpt's, hide one or colour one by the name of a process. */
import { expect, test } from 'vitest';
import { createIo } from '../../src/cli/frame/io.js';
import { attachListeners } from '../../src/cli/frame/listeners.js';
import { checkText } from '../../src/cli/render/check.js';
import { diffText } from '../../src/cli/render/diff-text.js';
import { failureText } from '../../src/cli/render/failure.js';
import { describeTrees } from '../../src/cli/render/freeze-text.js';
import { progressLine } from '../../src/cli/render/progress.js';
import { processTree } from '../../src/cli/render/show-tree.js';
import { styleFor } from '../../src/cli/render/style.js';
import { table } from '../../src/cli/render/table.js';
import { printable } from '../../src/cli/render/text.js';
import type { ProcessDiff } from '../../src/converters/diff/diff-tree.js';
import { fail } from '../../src/errors.js';

const name = 'x\nthawed db: y\u001b[8m\u202e';
const tame = 'x\\nthawed db: y\\x1b[8m\\u202e';
const style = styleFor(false);

function gathering(isTty: boolean) {
  const pieces: string[] = [];
  const write = (more: string): void => {
    pieces.push(more);
  };
  return { sink: { write, isTty, columns: 200 }, text: () => pieces.join('') };
}

test('what could begin a line, move, hide or turn text becomes visible', () => {
  expect(printable(name)).toBe(tame);
  expect(printable('a\r\n\tc\u009b2J\u2028é漢')).toBe('a\\r\\n\\tc\\x9b2J\\u2028é漢');
});

test('only our own colours get through to the terminal', () => {
  const { sink: out, text } = gathering(true);
  createIo({ out, err: out, env: {} }).out(`${styleFor(true).red('red')} \u001b[8mhidden\u001b[0m`);
  expect(text()).toBe('\u001b[31mred\u001b[39m \\x1b[8mhidden\\x1b[0m\n');
});

const finding = {
  rule: 'stuck',
  severity: 'cannot',
  why: `why ${name}`,
  remedy: `Ask ${name}`,
  sightings: [{ pid: 1, what: name, tie: name }],
} as const;
const tree = { root: 7, name, processes: 1, verdict: 'cannot', findings: [finding] } as const;
const side = { criu: '4.2.1', kernel: '6.12' };
const shown = {
  ...{ pid: 7, parent: 0, name, commandLine: [name, name], state: 'running', user: 0, userName: undefined },
  ...{ threads: [], workingDirectory: undefined, memory: undefined },
  descriptors: [{ number: 3, mode: 'r', kind: 'regular', what: name, closeOnExec: false }],
} as const;
const part = {
  change: 'changed',
  key: '3',
  what: name,
  fields: [{ field: 'path', from: name, to: name }],
} as const;
const process: ProcessDiff = {
  ...{ pid: 7, name, fields: [], threads: [], sockets: [], mappings: [] },
  ...{ change: 'changed', files: [part] },
};

test.each<readonly [string, string, number]>([
  ['check', checkText({ trees: [tree], freeze: side, thaw: side }, style), 6],
  ['freeze', describeTrees([{ root: 7, command: name, processes: 1 }]), 1],
  ['a table', table([{ heading: 'NAME' }], [[name]]), 2],
  ['show', processTree([shown], { files: true, sockets: true, memory: false }), 3],
  ['diff', diffText({ same: false, alike: { processes: 0, pages: 0 }, processes: [process], pages: [] }), 4],
  [
    'a failure',
    failureText(fail('target-name-unknown', { name, help: 'look' }), {
      verbose: false,
      style,
      elsewhere: undefined,
    }),
    3,
  ],
])('a name adds no line and no control to what %s says', (_what, text, lines) => {
  expect(text).toContain('x\\nthawed db: y\\x1b[8m');
  expect(text.split('\n')).toHaveLength(lines);
  for (const one of ['\u001b', '\u202e']) expect(text).not.toContain(one);
});

test('nor to warnings and to progress', () => {
  const { sink, text } = gathering(false);
  const io = createIo({ out: sink, err: sink, env: {} });
  attachListeners(io, sink);
  io.emit({ type: 'warning', operation: 'freeze', message: `it is called ${name}` });
  expect(text()).toBe(`ckpt: warning: it is called ${tame}\n`);
  const line = progressLine(sink, { now: () => 0, every: () => () => {} });
  line.event({ type: 'stage', operation: 'freeze', stage: `at ${name}`, at: 0 });
  expect(text()).toContain(`at ${tame}`);
});
