import { expect, test } from 'vitest';
import { settingsFrom } from '../../src/host/systemd/scope-settings.js';

/** As systemd 257 answers GetAll for a service (busctl --json=short); a number above 2^53 is not told apart from others. */
const ANSWER = `{"type":"a{sv}","data":[{
  "Type":{"type":"s","data":"notify"},"WatchdogUSec":{"type":"t","data":3000000},"KillMode":{"type":"s","data":"mixed"},
  "MemoryMax":{"type":"t","data":209715200},"TasksMax":{"type":"t","data":18446744073709551615},
  "SendSIGKILL":{"type":"b","data":false},"KillSignal":{"type":"i","data":2},
  "AllowedCPUs":{"type":"ay","data":[3]},"OOMPolicy":{"type":"s","data":"kill"},
  "IOReadBandwidthMax":{"type":"a(st)","data":[["/dev/vda",50000000]]},
  "IPAddressDeny":{"type":"a(iayu)","data":[[2,[10,9,0,0],16]]}}]}`;

test('what a scope can have of a service is said in the words of busctl, and nothing else', () => {
  const { count, words } = settingsFrom(ANSWER, 'special.slice');
  expect(words).toEqual([
    ...[
      'Slice',
      's',
      'special.slice',
      'MemoryMax',
      't',
      '209715200',
      'TasksMax',
      't',
      '18446744073709551615',
    ],
    ...['SendSIGKILL', 'b', 'false', 'KillSignal', 'i', '2', 'AllowedCPUs', 'ay', '1', '3'],
    ...['OOMPolicy', 's', 'kill', 'IOReadBandwidthMax', 'a(st)', '1', '/dev/vda', '50000000'],
    ...['IPAddressDeny', 'a(iayu)', '1', '2', '4', '10', '9', '0', '0', '16'],
  ]);
  expect(count).toBe(9);
});
