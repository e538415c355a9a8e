import { expect, test } from 'vitest';
import { RULES } from '../../src/checkpoint/check/index.js';
import type { TreeFacts } from '../../src/checkpoint/check/rule.js';
import { enforcedProfile, mayRead } from '../../src/host/proc/apparmor.js';

test.each([
  ['/usr/sbin/chronyd (enforce)', '/usr/sbin/chronyd'],
  ['a name with spaces (kill)', 'a name with spaces'],
  ['unbound (complain)', undefined],
  ['busybox (unconfined)', undefined],
  ['unconfined', undefined],
  ['system_u:system_r:chronyd_t:s0', undefined],
])('the profile that is in force for %s: %s', (label, profile) => {
  expect(enforcedProfile(label)).toBe(profile);
});

// As Linux 7.2 answered for /proc/ with the profile of chronyd, and with one that has `@{PROC}/ r`.
test.each([
  ['allow 0x00000200\ndeny 0x00000000\naudit 0x00000000\nquiet 0x00000000\n', false],
  ['allow 0x00000244\ndeny 0x00000000\naudit 0x00000000\nquiet 0x00000000\n', true],
  ['allow 0x00000244\ndeny 0x00000004\naudit 0x00000000\nquiet 0x00000000\n', false],
  ['', undefined],
  [undefined, undefined],
])('%j: %s', (answer, may) => {
  expect(mayRead(answer)).toBe(may);
});

test.each([
  ['/usr/sbin/chronyd (enforce)', ['/proc/'], ['profile-keeps-proc', 'profile']],
  ['/usr/sbin/chronyd (complain)', [], ['profile']],
  ['system_u:system_r:chronyd_t:s0', [], ['security-label']],
  ['unconfined_u:unconfined_r:unconfined_t:s0', [], []],
  ['busybox (unconfined)', [], []],
  ['unconfined', [], []],
  ['', [], []],
])('%s, kept from %j: %j', (securityLabel, keptFromRoot, expected) => {
  const process = { task: { state: 'S' }, securityLabel, keptFromRoot };
  const facts = { root: 1, members: [1], processes: new Map([[1, process]]) } as unknown as TreeFacts;
  const labels = RULES.filter(({ id }) => /^(profile|security-label)/.test(id));
  expect(labels.filter(rule => rule.find(facts).length > 0).map(({ id }) => id)).toEqual(expected);
});
