import { expect, test } from 'vitest';
import { runCli } from '../support/run-cli.js';

test.each([
  [['--install', '--uninstall']],
  [['--install', '--install-hook', '/nowhere/guard']],
  [['--uninstall', '--install-hook', '/nowhere/guard']],
])('guard %j is refused: one thing at a time', async words => {
  const { status, stderr } = await runCli(['guard', ...words]);
  expect(status).toBe(2);
  expect(stderr).toContain('cannot be used with');
});
