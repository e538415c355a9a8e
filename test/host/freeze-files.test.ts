import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { emptierOf } from '../../src/host/proc/gone-at-boot.js';
import { cannotFreeze, ckpt, folder, owned, refusal, until } from './support.js';
import { startWitness } from './witness.js';

const made: string[] = [];
afterEach(() => {
  for (const path of made.splice(0)) rmSync(path, { recursive: true, force: true });
});

/** A folder on a file system in memory, as a reboot empties it. */
function memoryFolder(): string {
  const path = mkdtempSync('/dev/shm/ckpt-files-');
  made.push(path);
  return path;
}

describe.skipIf(cannotFreeze)(`rules for files${cannotFreeze ? ` (${cannotFreeze})` : ''}`, () => {
  it('carries a file in memory along unasked and puts it back where it is missing, as it was', async () => {
    const [store, place, go] = [await folder(), memoryFolder(), join(await folder(), 'go')];
    const path = join(place, 'below', 'lines');
    mkdirSync(join(place, 'below'));
    writeFileSync(path, 'first\nsecond\n', { mode: 0o640 });
    const before = statSync(path);
    const { pid, notesOf } = await startWitness('read', path, go);
    await notesOf('read first');
    const freeze = ['freeze', String(pid), '--store', store];
    // Not what somebody has decided on, or what is large.
    for (const options of [
      ['--file', `${place}/**=keep`],
      ['--ghost-limit', '12'],
    ]) {
      const plan = await ckpt([...freeze, '--dry-run', ...options]);
      expect(plan.stderr).toContain('A reboot takes it away');
    }
    const asked = await ckpt([...freeze, '--dry-run', '--ghost-limit', '12', '--file', `${place}/**=carry`]);
    expect(asked).toMatchObject({ status: 0, stderr: '' });
    const frozen = await ckpt([...freeze, '--name', 'a']);
    expect(frozen).toMatchObject({ status: 0, stderr: '' });
    expect(await ckpt(['verify', 'a', '--store', store])).toMatchObject({ status: 0 });
    rmSync(place, { recursive: true });
    owned(pid);
    expect(await ckpt(['thaw', 'a', '--store', store])).toMatchObject({ status: 0, stderr: '' });
    const after = statSync(path);
    expect([after.mode, after.uid, Math.round(after.mtimeMs)]).toEqual([
      before.mode,
      before.uid,
      Math.round(before.mtimeMs),
    ]);
    writeFileSync(go, '');
    await notesOf('read second');
  });

  it('carries what was opened after it was looked at', async () => {
    const [store, place] = [await folder(), memoryFolder()];
    const { pid, goesOn } = await startWitness('churn', place);
    const frozen = await ckpt(['freeze', String(pid), '--name', 'a', '--store', store]);
    expect(frozen).toMatchObject({ status: 0, stderr: '' });
    rmSync(place, { recursive: true });
    owned(pid);
    expect(await ckpt(['thaw', 'a', '--store', store])).toMatchObject({ status: 0, stderr: '' });
    await goesOn();
  });

  it('lets everything run on where what was opened since is larger than the limit', async () => {
    const [store, place] = [await folder(), memoryFolder()];
    const { pid, goesOn } = await startWitness('churn', place);
    const freeze = ['freeze', String(pid), '--name', 'a', '--store', store, '--ghost-limit', '1'];
    expect(await refusal(freeze)).toMatchObject({ code: 'freeze-large-file' });
    await goesOn();
  });

  it('carries temporary files of its users along that it does not have open', async () => {
    const [store, place] = [await folder(), memoryFolder()];
    chownSync(place, 1234, 1234);
    const { pid, notesOf } = await startWitness('temporary', place, '1234');
    await notesOf('made');
    const freeze = ['freeze', String(pid), '--name', 'a', '--store', store];
    const plan = await ckpt([...freeze, '--dry-run', '--ghost-limit', '4']);
    expect(plan.stderr).toMatch(/in all with 1 MiB, .*: A reboot takes them away/);
    expect(await ckpt(freeze)).toMatchObject({ status: 0, stderr: '' });
    rmSync(place, { recursive: true });
    owned(pid);
    const manifest = join(store, 'a', 'manifest.json');
    const bootId = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    const made = readFileSync(manifest, 'utf8');
    expect(made).toContain(bootId);
    writeFileSync(manifest, made.replaceAll(bootId, '00000000-0000-4000-8000-000000000000'));
    expect(await ckpt(['thaw', 'a', '--store', store])).toMatchObject({ status: 0, stderr: '' });
    expect(statSync(join(place, 'made/list'))).toMatchObject({ uid: 1234 });
    writeFileSync(join(place, 'go'), '');
    await notesOf('found sorted []');
  });

  const emptied = emptierOf('/tmp/anything');
  it.skipIf(emptied === undefined)(
    'carries files of a /tmp that the boot empties, and its folders',
    async () => {
      const place = mkdtempSync('/tmp/ckpt-files-');
      made.push(place);
      const [store, go] = [await folder(), join(await folder(), 'go')];
      const path = join(place, 'below', 'lines');
      mkdirSync(join(place, 'below'));
      writeFileSync(path, 'first\nsecond\n');
      const { pid, notesOf } = await startWitness('read', path, go);
      const freeze = ['freeze', String(pid), '--name', 'a', '--store', store];
      const plan = await ckpt([...freeze, '--dry-run', '--ghost-limit', '12']);
      expect(plan.stderr).toContain('a folder that the boot empties');
      expect(await ckpt(freeze)).toMatchObject({ status: 0, stderr: '' });
      rmSync(place, { recursive: true });
      owned(pid);
      expect(await ckpt(['thaw', 'a', '--store', store])).toMatchObject({ status: 0, stderr: '' });
      writeFileSync(go, '');
      await notesOf('read second');
    },
  );

  it('makes the folders again that a reboot or the end of a unit takes away, as they were', async () => {
    const [store, place] = [await folder(), memoryFolder()];
    const [outer, inner] = [join(place, 'outer'), join(place, 'outer', 'inner')];
    const below = join(inner, 'empty', 'jail');
    mkdirSync(below, { recursive: true });
    chmodSync(below, 0o500);
    chmodSync(outer, 0o1777);
    chmodSync(inner, 0o2750);
    chownSync(inner, 33, 34);
    const looks = (): readonly (readonly number[])[] =>
      [place, outer, inner, below].map(path => statSync(path)).map(({ mode, uid, gid }) => [mode, uid, gid]);
    const before = looks();
    const { pid, notesOf } = await startWitness('stay', inner, 'socket');
    await notesOf('listens');
    const check = await ckpt(['check', String(pid)]);
    expect(check).toMatchObject({ status: 0, stderr: '' });
    expect((await ckpt(['freeze', String(pid), '--name', 'a', '--store', store])).status).toBe(0);
    rmSync(place, { recursive: true });
    owned(pid);
    expect(await ckpt(['thaw', 'a', '--store', store])).toMatchObject({ status: 0, stderr: '' });
    expect(looks()).toEqual(before);
    expect(readlinkSync(`/proc/${pid}/cwd`)).toBe(inner);
    const client = connect(join(inner, 'socket'));
    const [hello] = await once(client, 'data');
    expect(String(hello)).toBe('hello');
    client.destroy();
    await notesOf('closed');
  });

  it('needs a file on a disk without a rule', async () => {
    const [store, place, go] = [await folder(), await folder(), join(await folder(), 'go')];
    const path = join(place, 'lines');
    writeFileSync(path, 'first\nsecond\n');
    const { pid } = await startWitness('read', path, go);
    expect((await ckpt(['freeze', String(pid), '--name', 'a', '--store', store])).status).toBe(0);
    rmSync(path);
    owned(pid);
    expect(await refusal(['thaw', 'a', '--store', store])).toMatchObject({ code: 'criu-file-missing' });
    expect(existsSync(path)).toBe(false);
  });

  it('reopens a log that was taken away: an empty one is made', async () => {
    const [store, place] = [await folder(), memoryFolder()];
    const path = join(place, 'log');
    const { pid, goesOn } = await startWitness('log', path, 'write');
    await goesOn();
    const frozen = await ckpt([
      ...['freeze', String(pid), '--name', 'a', '--store', store],
      ...['--file', `${place}/*=reopen`],
    ]);
    expect(frozen).toMatchObject({ status: 0, stderr: '' });
    rmSync(path);
    owned(pid);
    expect(await ckpt(['thaw', 'a', '--store', store])).toMatchObject({ status: 0, stderr: '' });
    await goesOn();
    await until('the new log to have lines', () => statSync(path).size > 0);
    // No hole where the old lines were.
    expect(readFileSync(path, 'utf8')).toMatch(/^(\d+\n)+/);
  });

  it('ignores that a file has changed meanwhile, where it is told to, and not otherwise', async () => {
    const [store, place, go] = [await folder(), await folder(), join(await folder(), 'go')];
    const path = join(place, 'lines');
    writeFileSync(path, 'first\nsecond\n');
    const { pid, notesOf } = await startWitness('read', path, go);
    const freeze = ['freeze', String(pid), '--leave-running', '--store', store, '--name'];
    expect((await ckpt([...freeze, 'strict'])).status).toBe(0);
    expect((await ckpt([...freeze, 'lax', '--file', `${place}/*=ignore`])).status).toBe(0);
    process.kill(pid, 'SIGKILL');
    await until('the original to have gone', () => !existsSync(`/proc/${pid}`));
    writeFileSync(path, 'first\nthe new second\n');
    owned(pid);
    const strict = await refusal(['thaw', 'strict', '--store', store]);
    expect(strict).toMatchObject({ code: 'criu-file-resized' });
    expect(await ckpt(['thaw', 'lax', '--store', store])).toMatchObject({ status: 0 });
    writeFileSync(go, '');
    await notesOf('read the new second');
  });

  it('says when no file fits, and refuses what is no rule', async () => {
    const [store, place, go] = [await folder(), await folder(), join(await folder(), 'go')];
    writeFileSync(join(place, 'lines'), 'first\nsecond\n');
    const { pid } = await startWitness('read', join(place, 'lines'), go);
    const plan = await ckpt([
      'freeze',
      String(pid),
      '--dry-run',
      '--store',
      store,
      '--file',
      '/nowhere/*=carry',
    ]);
    expect(plan.stderr).toContain('no open file fits /nowhere/*');
    for (const rule of ['lines=carry', '/a=drop', '/a'])
      expect(await refusal(['freeze', String(pid), '--store', store, '--file', rule])).toMatchObject({
        code: 'bad-option-value',
        exit: 2,
      });
  });

  it('takes the rules of a policy file for the service that they are meant for, and names what is wrong in it', async () => {
    const [store, place, go] = [await folder(), memoryFolder(), join(await folder(), 'go')];
    const path = join(place, 'lines');
    writeFileSync(path, 'first\nsecond\n');
    const { pid } = await startWitness('read', path, go);
    const policy = join(await folder(), 'policy.json');
    const plan = (): ReturnType<typeof ckpt> =>
      ckpt(['freeze', String(pid), '--dry-run', '--store', store, '--policy', policy]);
    const write = (services: unknown): void =>
      writeFileSync(policy, JSON.stringify({ version: 1, services }));
    write({ 'python*': { files: { [`${place}/*`]: 'keep' } }, redis: { tcp: 'close' } });
    expect((await plan()).stderr).toContain('A reboot takes it away');
    write({ redis: { files: { [`${place}/*`]: 'keep' } } });
    expect(await plan()).toMatchObject({ status: 0, stderr: '' });
    // A boot that thaws has no terminal to give.
    write({ 'python*': { shellJob: true } });
    expect(await plan()).toMatchObject({ status: 0 });
    const atBoot = [
      'freeze',
      String(pid),
      '--dry-run',
      '--thaw-at-boot',
      '--store',
      store,
      '--policy',
      policy,
    ];
    expect(await refusal(atBoot)).toMatchObject({ code: 'conflicting-options', exit: 2 });
    write({ 'python*': { files: { [`${place}/*`]: 'burn' } } });
    const wrong = await plan();
    expect(wrong.status).toBe(2);
    expect(wrong.stderr).toContain(`services → python* → files → ${place}/*`);
    writeFileSync(policy, '{ "version": 1,\n  "services": { "a": } }');
    expect((await plan()).stderr).toContain('line 2, column ');
    rmSync(policy);
    expect((await plan()).status).toBe(2);
  });
});
