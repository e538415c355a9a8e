import { expect, test } from 'vitest';
import { mayConnect } from '../../src/checkpoint/plan/may-connect.js';

const process = (pid: number) => ({
  ...{ pid, name: 'db', parent: 1, session: pid, terminal: 0, state: 'S' as const, kernelThread: false },
});
const tree = (processes: number) => ({
  root: process(7),
  processes: Array.from({ length: processes }, (_, at) => process(7 + at)),
});
const reading = (target: string) => () => [{ fd: 3, target, flags: undefined }];
const asked = { descriptorsOf: reading('/dev/null'), hasOwnNetwork: () => false };

test('a tree without sockets, in the network of the machine, has no connections', () => {
  expect(mayConnect(tree(2), asked)).toBe(false);
});

test('one with a socket may have some, one too large to be read, and one whose network CRIU cuts off as a whole', () => {
  expect(mayConnect(tree(2), { ...asked, descriptorsOf: reading('socket:[812]') })).toBe(true);
  expect(mayConnect(tree(51), asked)).toBe(true);
  expect(mayConnect(tree(2), { ...asked, hasOwnNetwork: pid => pid === 7 })).toBe(true);
});
