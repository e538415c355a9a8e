/** As much memory as a stranger's images and bundles can make `ckpt` take: each case in a process of its own. */
import { cpSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { importImages } from '../../src/conversion/import.js';
import { unsigned } from '../../src/image-format/bundle/signature.js';
import { peakOf } from '../support/peak.js';
import { MOST_MEMORY, OWNER, Sandbox, writeDump } from './fuzz-support.js';
import { type HostileCase, hostileBundles, hostileImages } from './hostile-memory-cases.js';

/** The nightly run takes all of them, with all commands: each takes a while. */
const nightly = process.env.CKPT_NIGHTLY === '1';
const ALWAYS = ['an address space of nobody', 'lists in lists'];
const wanted = ({ name }: HostileCase): boolean => nightly || ALWAYS.includes(name);
const PATIENCE = 600_000;

const sandbox = new Sandbox();
afterAll(() => sandbox.remove());

beforeAll(async () => {
  writeDump('4.2.1/sysv-ipc', sandbox.fresh('images'));
  await importImages({
    directory: join(sandbox.path, 'images'),
    store: sandbox.fresh('store'),
    name: 'whole',
    digests: false,
    owner: OWNER,
    sign: unsigned,
    emit: () => {},
  });
});

/** Done, or refused by a failure that is no bug; and never more memory than that. */
async function stays(args: readonly string[]): Promise<void> {
  const { status, code, peak } = await peakOf(sandbox.path, args);
  expect({ args, status, code, small: peak < MOST_MEMORY, peak }).toMatchObject({ small: true });
  expect([0, 4, 5], `${args.join(' ')}: ${code}`).toContain(status);
}

describe('images with', () => {
  test.each(hostileImages.filter(wanted))('$name', { timeout: PATIENCE }, async ({ make }) => {
    const images = sandbox.fresh('hostile');
    cpSync(join(sandbox.path, 'images'), images, { recursive: true });
    make(images);
    await stays(['import', images, '--name', 'it', '--no-digests', '--store', sandbox.fresh('other')]);
    if (!nightly) return;
    const target = join(sandbox.fresh('place'), 'out');
    await stays(['convert', images, target, '--to', 'criu:3.17.1', '--kernel', '5.10', '--dry-run']);
  });
});

describe('a bundle with', () => {
  test.each(hostileBundles.filter(wanted))('$name', { timeout: PATIENCE }, async ({ make }) => {
    const store = sandbox.fresh('hostile');
    const bundle = join(store, 'it');
    mkdirSync(bundle);
    cpSync(join(sandbox.path, 'store', 'whole'), bundle, { recursive: true });
    make(bundle);
    await stays(['verify', 'it', '--store', store]);
    if (!nightly) return;
    const target = join(sandbox.fresh('place'), 'out');
    await stays(['show', 'it', '--store', store]);
    await stays(['convert', 'it', target, '--to', 'criu:3.17.1', '--dry-run', '--store', store]);
  });
});
