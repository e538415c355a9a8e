import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  cannotFreeze,
  ckpt,
  expectConsecutive,
  failureOf,
  folder,
  owned,
  startCkpt,
  startCounter,
  until,
} from './support.js';

/** So much that writing it takes longer than seeing that it has begun. */
const MIB = 600;

describe.skipIf(cannotFreeze)(`.ckpt files, cut off${cannotFreeze ? ` (${cannotFreeze})` : ''}`, () => {
  it('leave nothing half done: a file that is written after a freeze, and one that is unpacked for a thaw', async () => {
    const [store, place, other] = [await folder(), await folder(), await folder()];
    const { pid, journal, runsOn } = await startCounter({ mib: MIB });
    const file = join(place, 'a.ckpt');
    const freeze = ['freeze', String(pid), '--name', 'a', '--store', store, '--out', file];
    const freezing = await startCkpt(freeze);
    owned(pid);
    await until('the file to be begun', () => readdirSync(place).length > 0, 60_000);
    process.kill(freezing.pid, 'SIGINT');
    const cut = await freezing.ended;
    expect(cut).toMatchObject({ status: 3, stdout: expect.stringMatching(/^froze /) });
    expect(cut.stderr).toContain(`the bundle a is complete in ${store}, but ${file} was not written`);
    expect(readdirSync(place)).toEqual([]);
    const [, advice = ''] = /do: {2}write it with: ckpt (.*?);/.exec(cut.stderr) ?? [];
    expect(await ckpt(advice.split(' '))).toMatchObject({ status: 0 });

    const thaw = ['thaw', file, '--store', other];
    const unpacking = async (signal: 'SIGINT' | 'SIGKILL') => {
      const started = await startCkpt([...thaw, '--json']);
      await until('the file to be unpacked', () => readdirSync(other).length > 0, 60_000);
      process.kill(started.pid, signal);
      return started.ended;
    };
    expect(failureOf(await unpacking('SIGINT'))).toMatchObject({ code: 'thaw-interrupted', exit: 3 });
    expect(readdirSync(other)).toEqual([]);
    const comparing = await startCkpt(['diff', file, file, '--store', other, '--json']);
    const unpacked = (): string[] =>
      readdirSync(other).filter(
        name => name.startsWith('.ckpt-partial-') && name.includes(`-${comparing.pid}-`),
      );
    await until('the file to be unpacked', () => unpacked().length > 0, 60_000);
    process.kill(comparing.pid, 'SIGINT');
    expect(failureOf(await comparing.ended)).toMatchObject({ code: 'interrupted', exit: 3 });
    expect(unpacked()).toEqual([]);
    await unpacking('SIGKILL');
    expect(readdirSync(other)).toHaveLength(1);
    // What is left behind would take the room that the next one needs.
    expect(await ckpt(['thaw', file, '--dry-run', '--store', other])).toMatchObject({ status: 0 });
    expect(readdirSync(other)).toEqual([]);
    expect(await ckpt(thaw)).toMatchObject({ status: 0 });
    await runsOn();
    expectConsecutive(journal());
  });

  it('leave nothing of what was converted or imported: the next one has a free place, and its room', async () => {
    const [store, place] = [await folder(), await folder()];
    const { pid } = await startCounter({ mib: MIB });
    expect(await ckpt(['freeze', String(pid), '--name', 'a', '--store', store])).toMatchObject({ status: 0 });
    const convert = ['convert', 'a', join(place, 'x.ckpt'), '--to', 'neutral', '--store', store];
    const cutOff = async (args: readonly string[], where: string, signal: 'SIGINT' | 'SIGKILL') => {
      const before = readdirSync(where).length;
      const started = await startCkpt([...args, '--json']);
      await until('it to write', () => readdirSync(where).length > before, 60_000);
      process.kill(started.pid, signal);
      return started.ended;
    };
    expect(failureOf(await cutOff(convert, place, 'SIGINT'))).toMatchObject({ code: 'interrupted' });
    expect(readdirSync(place)).toEqual([]);
    await cutOff(convert, place, 'SIGKILL');
    expect(readdirSync(place)).not.toEqual([]);
    expect(await ckpt(convert)).toMatchObject({ status: 0 });
    expect(readdirSync(place)).toEqual(['x.ckpt']);

    const images = join(place, 'images');
    expect(await ckpt(['convert', 'a', images, '--to', 'criu:4.2.1', '--store', store])).toMatchObject({
      status: 0,
    });
    // Its digests take as long as the pages are large, and until they are made nothing is in the store.
    const bring = ['import', images, '--name', 'b', '--store', store];
    expect(failureOf(await cutOff(bring, store, 'SIGINT'))).toMatchObject({ code: 'interrupted' });
    expect(readdirSync(store)).toEqual(['a']);
    await cutOff(bring, store, 'SIGKILL');
    expect(readdirSync(store)).not.toEqual(['a']);
    expect(await ckpt(bring)).toMatchObject({ status: 0 });
    expect(readdirSync(store).sort()).toEqual(['a', 'b']);
  });
});
