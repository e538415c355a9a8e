import { existsSync, readFileSync } from 'node:fs';
import { mkdir, rmdir, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { cannotFreeze, ckpt, folder, refusal, startCounter, until } from './support.js';

/** Where a control group of version 2 can be made here. */
const top = ['/sys/fs/cgroup', '/sys/fs/cgroup/unified'].find(path => existsSync(`${path}/cgroup.procs`));
const why = cannotFreeze ?? (top === undefined ? 'no control groups of version 2 here' : undefined);
const group = `${top}/ckpt-test-${process.pid}`;

describe.skipIf(why !== undefined)(`a frozen control group${why ? ` (${why})` : ''}`, () => {
  it('is refused before anything is stopped: what CRIU had begun there would crash later', async () => {
    const store = await folder();
    const { pid, runsOn, count } = await startCounter();
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ');
    const tree = [pid, ...children.map(Number)];
    await mkdir(group);
    for (const each of tree) await writeFile(`${group}/cgroup.procs`, String(each));
    await writeFile(`${group}/cgroup.freeze`, '1');
    const freeze = ['freeze', String(pid), '--name', 'a', '--store', store];
    try {
      await until('the group to be frozen', () =>
        readFileSync(`${group}/cgroup.events`, 'utf8').includes('frozen 1'),
      );
      expect(await refusal(freeze)).toMatchObject({ code: 'freeze-blocked', exit: 3 });
      expect((await ckpt(['check', String(pid)])).stdout).toContain(`${group.slice(top?.length)} is frozen`);
    } finally {
      await writeFile(`${group}/cgroup.freeze`, '0');
    }
    expect(count()).toBeGreaterThan(0);
    await runsOn();
    for (const each of tree) process.kill(each, 'SIGKILL');
    await until('the group to be empty', () => readFileSync(`${group}/cgroup.procs`, 'utf8') === '');
    await rmdir(group);
  });
});
