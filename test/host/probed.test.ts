import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { alive, cannotFreeze, ckpt, folder, owned, python, refusal, start, until } from './support.js';

const UPROBES = '/sys/bus/event_source/devices/uprobe/type';
const why = cannotFreeze ?? (existsSync(UPROBES) ? undefined : 'this kernel has no uprobes');

describe.skipIf(why)(`a program that is probed${why ? ` (${why})` : ''}`, () => {
  it('is refused before anything reached the probe, and taken once its tracer has ended', async () => {
    const store = await folder();
    const file = join(await folder(), 'pids');
    start(python, [join(import.meta.dirname, 'programs', 'probed.py'), file]);
    await until('the probe', () => existsSync(file));
    const [pid = 0, tracer = 0] = readFileSync(file, 'utf8').split(' ').map(Number);
    // The tracer is a child, in a session of its own; what is probed is looked at with it.
    owned(tracer);
    const refused = await refusal(['freeze', String(pid), '--store', store]);
    expect(JSON.stringify(refused)).toMatch(/1 breakpoint\(s\), the first at [0-9a-f]+/);

    process.kill(tracer, 'SIGKILL');
    await until('the tracer to end', () => !alive(tracer));
    const check = await ckpt(['check', String(pid), '--json']);
    expect(check.stdout).not.toContain('"breakpoints"');
    expect(check.status).toBe(0);
  });
});
