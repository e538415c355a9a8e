import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { release, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { allToolboxVersions, criuFromToolbox } from '../../scripts/toolbox/index.js';
import { judgePair } from '../../src/host/doctor/judge-pair.js';
import { runCli } from '../support/run-cli.js';

interface Doctor {
  readonly kind: string;
  readonly canFreeze: boolean;
  readonly criu: { readonly path: string; readonly version: string; readonly chosenBy: string } | null;
  readonly findings: readonly { readonly id: string; readonly grade: string; readonly prevents?: string }[];
}

let folder = '';
const env = { PATH: process.env.PATH ?? '' };
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'ckpt-doctor-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function doctor(...words: string[]): Promise<{ status: number; report: Doctor }> {
  const result = await runCli(['doctor', '--json', '--store', join(folder, 'store'), ...words], { env });
  return { status: result.status, report: result.json() as Doctor };
}

/** A program that takes the place of CRIU and prints what it is told to. */
function pretend(name: string, script: string): string {
  const path = join(folder, name);
  writeFileSync(path, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return path;
}

test('says which CRIU it uses, and why', async () => {
  const criu = pretend('criu', 'case $1 in --version) echo "Version: 4.2.1";; *) echo "Looks good.";; esac');
  const byOption = await doctor('--criu', criu);
  expect(byOption.report.criu).toEqual({ path: criu, version: '4.2.1', chosenBy: 'option' });
  const run = (extra: Record<string, string>) =>
    runCli(['doctor', '--json', '--store', folder], { env: { ...env, ...extra } });
  expect((await run({ CKPT_CRIU: criu })).json()).toMatchObject({ criu: { chosenBy: 'CKPT_CRIU' } });
  expect((await run({ PATH: `${folder}:${env.PATH}` })).json()).toMatchObject({
    criu: { path: criu, chosenBy: 'PATH' },
  });
});

describe('a CRIU that cannot be used prevents a freeze: status 7, and why', () => {
  test.each([
    ['is not there', () => join(folder, 'none'), /no CRIU that can be run/],
    ['is a folder', () => folder, /no CRIU that can be run/],
    [
      'is not executable',
      () => {
        writeFileSync(join(folder, 'plain'), '', { mode: 0o644 });
        return join(folder, 'plain');
      },
      /no CRIU that can be run/,
    ],
    [
      'has a broken interpreter',
      () => {
        writeFileSync(join(folder, 'broken'), '#!/no/such/interpreter\n', { mode: 0o755 });
        return join(folder, 'broken');
      },
      /no CRIU that can be run/,
    ],
    ['is something else', () => pretend('other', 'echo hello'), /does not say which version/],
    ['is too old', () => pretend('old', 'echo "Version: 2.6"'), /too old/],
  ])('one that %s', async (_what, path, message) => {
    const result = await runCli(['doctor', '--store', folder, '--criu', path()], { env });
    expect(result.status).toBe(7);
    expect(result.stdout).toMatch(message);
    expect(result.stdout).toMatch(/Freeze and thaw: not possible/);
  });

  test('one that hangs is stopped', async () => {
    const path = pretend('hangs', 'exec sleep 60');
    const { status, report } = await doctor('--criu', path);
    expect(status).toBe(7);
    expect(report.criu).toBeNull();
  }, 60_000);

  test('one whose own check fails for a reason that nobody has seen', async () => {
    const path = pretend(
      'fails',
      'case $1 in --version) echo "Version: 4.2.1";; *) echo "Error (criu/x.c:1): the moon is full" >&2; exit 1;; esac',
    );
    const result = await runCli(['doctor', '--store', folder, '--criu', path], { env });
    expect(result.status).toBe(7);
    expect(result.stdout).toContain('the moon is full');
  });
});

test('a store that is a file prevents a freeze', async () => {
  const file = join(folder, 'file');
  writeFileSync(file, '');
  const result = await runCli(['doctor', '--json', '--store', file], { env });
  expect(result.status).toBe(7);
  expect((result.json() as Doctor).findings).toContainEqual(
    expect.objectContaining({ id: 'store', prevents: 'freeze' }),
  );
});

test('a store that others can read is told of, and prevents nothing', async () => {
  const open = join(folder, 'open');
  mkdirSync(open);
  const result = await runCli(['doctor', '--json', '--store', open], { env });
  const finding = (result.json() as Doctor).findings.find(one => one.id === 'store.mode');
  expect(finding).toMatchObject({ grade: 'limited' });
});

describe.each(allToolboxVersions)('CRIU %s on this kernel', version => {
  test('what is known of the pair agrees with what CRIU says of itself', async () => {
    const criu = await criuFromToolbox(version);
    const { status, report } = await doctor('--criu', criu);
    const starts = report.findings.find(one => one.id === 'criu')?.grade === 'good';
    const expected = !judgePair(version, release()).some(pair => pair.prevents === 'freeze');
    expect(report.criu?.version).toBe(version);
    expect(starts).toBe(expected);
    expect(report.canFreeze).toBe(status === 0);
  }, 300_000);
});
