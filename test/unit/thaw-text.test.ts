import { expect, test } from 'vitest';
import { thawText } from '../../src/cli/render/thaw-text.js';

const result = {
  name: 'db',
  trees: [{ root: 131, command: 'redis-server', processes: 1 }],
  connections: 2,
  losses: [],
  scopes: ['ckpt-db-131.scope'],
  heldBack: ['db.socket', 'db.service'],
  restoring: 100,
  total: 300,
};

test('of a service that runs as a scope it is said how to have it back', () => {
  expect(thawText(result, false).split('\n')).toEqual([
    'thawed db: redis-server (PID 131, 1 process)',
    '  connections  2 TCP kept',
    '  scope        ckpt-db-131.scope (systemctl status shows it)',
    '  held back    db.socket, db.service: not started as long as the scope is there',
    '  later        to stop what was thawed and start the service: systemctl stop ckpt-db-131.scope && systemctl start db.socket db.service',
    '  took         300 ms',
  ]);
});

test('of what was no service nothing of the kind is said', () => {
  expect(thawText({ ...result, heldBack: [] }, false)).not.toContain('systemctl start');
});

test('a dry run does not promise what only CRIU can see', () => {
  const lines = thawText({ ...result, heldBack: [], scopes: [] }, true).split('\n');
  expect(lines[0]).toBe('nothing was found that prevents a thaw of db: redis-server (PID 131, 1 process)');
  expect(lines[1]).toMatch(/^ {2}not seen {5}files .* replaced/);
});
