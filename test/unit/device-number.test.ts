import { expect, test } from 'vitest';
import { majorOf, minorOf } from '../../src/host/proc/device-number.js';

// As makedev(3) makes them: a partition of NVMe has more than 8 bits of each, and the last one has every bit set.
test.each([
  [26, 0, 26],
  [34_817, 136, 1],
  [1_114_924, 259, 300],
  [0xffff_ffff, 0xfff, 0xf_ffff],
])('%i is %i:%i', (device, major, minor) => {
  expect([majorOf(device), minorOf(device)]).toEqual([major, minor]);
});
