/**
 * Setup of the test projects that may try a failed test once more: says at once why a try failed. Vitest's report
 * names such a test, but a second try that passes takes the reasons of the first with it.
 */
import { afterEach } from 'vitest';

afterEach(({ task }) => {
  const { state, retryCount = 0, errors = [] } = task.result ?? {};
  const left = typeof task.retry === 'number' ? task.retry - retryCount : 0;
  if (state !== 'fail' || left <= 0) return;
  for (const { stack, message } of errors)
    process.stderr.write(`\n"${task.name}" failed and is tried once more: ${stack ?? message}\n`);
});
