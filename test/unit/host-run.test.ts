import { describe, expect, it } from 'vitest';
import { run } from '../../src/host/run.js';

describe('running a program', () => {
  it('gives what it printed and its status, whatever that is', async () => {
    const result = await run('sh', ['-c', 'echo out; echo err >&2; exit 3']);
    expect(result).toMatchObject({ status: 3, stdout: 'out\n', stderr: 'err\n', timedOut: false });
    expect(result.signal).toBeUndefined();
    expect(result.startError).toBeUndefined();
  });

  it('passes input', async () => {
    expect((await run('cat', [], { input: 'given' })).stdout).toBe('given');
  });

  it('bears a program that does not read its input', async () => {
    expect((await run('true', [], { input: new Uint8Array(1 << 20) })).status).toBe(0);
  });

  it('says what signal ended it', async () => {
    expect(await run('sh', ['-c', 'kill -TERM $$'])).toMatchObject({ status: -1, signal: 'SIGTERM' });
  });

  it('says why it did not start', async () => {
    expect(await run('/no/such/program', [])).toMatchObject({ status: -1, startError: 'ENOENT' });
    expect(await run('/etc/passwd', [])).toMatchObject({ status: -1, startError: 'EACCES' });
  });

  it('ends one that takes longer than its limit', async () => {
    await expect(run('sleep', ['60'], { limit: 50, waitingFor: 'a nap' })).rejects.toMatchObject({
      code: 'timed-out',
    });
    const reported = await run('sleep', ['60'], { limit: 50, onLimit: 'report' });
    expect(reported).toMatchObject({ timedOut: true, signal: 'SIGKILL' });
  });

  it('starts many side by side without a word of its own', async () => {
    const warnings: Error[] = [];
    const note = (warning: Error) => warnings.push(warning);
    process.on('warning', note);
    await Promise.all(Array.from({ length: 30 }, () => run('true', [])));
    await new Promise(resolve => setImmediate(resolve));
    process.off('warning', note);
    expect(warnings).toEqual([]);
  });

  it('keeps no more output than asked for', async () => {
    const result = await run('sh', ['-c', 'head -c 300000 /dev/zero; echo end >&2'], { maxOutput: 1000 });
    expect(result.stdout).toHaveLength(1000);
    expect(result).toMatchObject({ status: 0, stderr: 'end\n' });
  });
});
