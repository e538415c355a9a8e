import { existsSync, utimesSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, describe, expect, it } from 'vitest';
import { alive, cannotFreeze, ckpt, folder, owned, python, refusal, start, until } from './support.js';

/** Opens a file for reading and writing, locks it if told to, says so, and holds it. */
const HOLDER = `
import fcntl, os, struct, sys, time
path, kind, said = sys.argv[1:]
file = os.open(path, os.O_RDWR)
if kind == "flock": fcntl.flock(file, fcntl.LOCK_EX)
if kind == "posix": fcntl.lockf(file, fcntl.LOCK_EX)
if kind == "ofd": fcntl.fcntl(file, 37, struct.pack("hhqqi", fcntl.F_WRLCK, 0, 0, 0, 0))
open(said, "w").close()
while True: time.sleep(0.1)
`;

async function holder(path: string, kind: string): Promise<ReturnType<typeof start>> {
  const said = join(await folder(), 'said');
  const child = start(python, ['-c', HOLDER, path, kind, said]);
  await until(`the holder (${kind})`, () => existsSync(said));
  return child;
}

async function frozenHolder(
  kind: string,
  where?: string,
  modified?: Date,
): Promise<{ path: string; store: string }> {
  const [store, place] = [await folder(), where ?? (await folder())];
  const path = join(place, 'data');
  writeFileSync(path, 'as it was');
  if (modified !== undefined) utimesSync(path, modified, modified);
  const { pid } = await holder(path, kind);
  const frozen = await ckpt(['freeze', String(pid), '--name', 'a', '--store', store]);
  expect(frozen).toMatchObject({ status: 0 });
  owned(pid);
  return { path, store };
}

const mounted: string[] = [];

/** An overlay of two file systems in memory, where every file comes from the lower one. */
async function overlay(xino: string): Promise<string> {
  const top = await folder();
  await execa('mount', ['-t', 'tmpfs', 'below', top]);
  mounted.unshift(top);
  const [lower, upper, place] = [join(top, 'lower'), join(top, 'upper'), join(top, 'place')];
  for (const one of [lower, upper, place]) await mkdir(one);
  await execa('mount', ['-t', 'tmpfs', 'above', upper]);
  mounted.unshift(upper);
  for (const one of ['made', 'work']) await mkdir(join(upper, one));
  writeFileSync(join(lower, 'data'), '');
  const layers = `lowerdir=${lower},upperdir=${upper}/made,workdir=${upper}/work,${xino}`;
  await execa('mount', ['-t', 'overlay', '-o', layers, 'both', place]);
  mounted.unshift(place);
  return place;
}

afterEach(async () => {
  for (const place of mounted.splice(0)) await execa('umount', ['-l', place]);
});

describe.skipIf(cannotFreeze)(
  `files that others use while a tree is frozen${cannotFreeze ? ` (${cannotFreeze})` : ''}`,
  () => {
    it.each(['flock', 'posix', 'ofd'])(
      'a lock (%s) that another has by then is named before CRIU would wait for it',
      async kind => {
        const { path, store } = await frozenHolder(kind);
        const other = await holder(path, kind);
        const refused = await refusal(['thaw', 'a', '--store', store]);
        expect(refused).toMatchObject({ code: 'thaw-lock-taken', exit: 3 });
        expect(refused.message).toMatch(new RegExp(`${path} is taken, by python.* \\(PID ${other.pid}\\)`));
        process.kill(other.pid);
        await until('its end', () => !alive(other.pid));
        expect(await ckpt(['thaw', 'a', '--store', store])).toMatchObject({ status: 0, stderr: '' });
      },
    );

    it.each([
      ['flock', 'xino=on'],
      ['posix', 'xino=off'],
    ])(
      'so it is (%s) where stat tells another device, or an inode above 2^53 (overlayfs, %s)',
      async (kind, xino) => {
        const place = await overlay(xino);
        const { path, store } = await frozenHolder(kind, place);
        const other = await holder(path, kind);
        expect(await refusal(['thaw', 'a', '--store', store])).toMatchObject({ code: 'thaw-lock-taken' });
        process.kill(other.pid);
        await until('its end', () => !alive(other.pid));
        expect(await ckpt(['thaw', 'a', '--store', store])).toMatchObject({ status: 0, stderr: '' });
      },
    );

    it('a locked file that was written to keeps its process frozen, until that is asked for', async () => {
      const { path, store } = await frozenHolder('posix');
      writeFileSync(path, 'otherwise');
      expect(await refusal(['thaw', 'a', '--store', store])).toMatchObject({
        code: 'thaw-lock-broken',
        exit: 3,
      });
      const thawed = await ckpt(['thaw', 'a', '--store', store, '--again']);
      expect(thawed).toMatchObject({ status: 0 });
      expect(thawed.stderr).toContain(`and its memory does not know: ${path}`);
    });

    it('so does one that was written to by a clock that is behind', async () => {
      const { path, store } = await frozenHolder('posix');
      writeFileSync(path, 'otherwise');
      utimesSync(path, new Date('1970-01-01T00:01:00Z'), new Date('1970-01-01T00:01:00Z'));
      expect(await refusal(['thaw', 'a', '--store', store])).toMatchObject({ code: 'thaw-lock-broken' });
    });

    it('one that was written to before, by a clock that was ahead, is as it was', async () => {
      const { store } = await frozenHolder('posix', undefined, new Date(Date.now() + 7_200_000));
      expect(await ckpt(['thaw', 'a', '--store', store])).toMatchObject({ status: 0, stderr: '' });
    });

    it('one that is not locked is named', async () => {
      const { path, store } = await frozenHolder('none');
      writeFileSync(path, 'otherwise');
      const thawed = await ckpt(['thaw', 'a', '--store', store]);
      expect(thawed).toMatchObject({ status: 0 });
      expect(thawed.stderr).toContain(`and its memory does not know: ${path}`);
    });

    it('are named beforehand, where others have them open for reading and writing', async () => {
      const path = join(await folder(), 'data');
      writeFileSync(path, 'shared');
      const [one, other] = [await holder(path, 'none'), await holder(path, 'none')];
      const { status, stdout } = await ckpt(['check', String(one.pid)]);
      expect(status).toBe(0);
      expect(stdout).toContain(`file ${path}\n`);
      expect(stdout).toContain(`(PID ${other.pid}) writes the same file`);
      const together = await ckpt(['check', String(one.pid), String(other.pid)]);
      expect(together.stdout).not.toContain('writes the same file');
    });
  },
);
