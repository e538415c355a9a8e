import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  bundlesAway,
  holdBack,
  releaseUnused,
  scopesInPlaceOf,
  type UnitFiles,
  unitsHeldFor,
} from '../../src/host/systemd/held-back.js';
import { mountUnit } from '../../src/host/systemd/mount-units.js';
import {
  bootUnit,
  bootUnitText,
  dropInText,
  endingText,
  readUnitFile,
} from '../../src/host/systemd/unit-files.js';

const SCOPE = 'ckpt-db-131.scope';
const SLICE = '/system.slice/system-db.slice';
let folder: string;
let units: string;
let files: UnitFiles;
let reloads = 0;
const nobodyElse = (): boolean => false;
let bundle: { name: string; store: string; mark: string; owner: string };

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ckpt-units-'));
  units = join(folder, 'etc');
  reloads = 0;
  const reload = async (): Promise<undefined> => {
    reloads += 1;
    return undefined;
  };
  files = { lasting: units, passing: join(folder, 'run'), reload };
  mkdirSync(join(folder, 'store'));
  const store = join(folder, 'store');
  bundle = { name: 'db', store, mark: join(store, 'frozen'), owner: 'me' };
});
afterEach(() => rmSync(folder, { recursive: true }));

const HOLDS = [
  { unit: 'db.service', scope: SCOPE, slice: SLICE },
  { unit: 'db.socket', scope: SCOPE, slice: SLICE },
];
const dropIn = (): string => join(units, 'db.service.d', 'zzz-ckpt-db.conf');

test('a unit is held back while the bundle waits, and while what was thawed lives', () => {
  const odd = { ...bundle, store: '/srv/50% "x"', mark: '/srv/50% "x"/db/frozen' };
  const lines = dropInText(odd, SCOPE, SLICE).split('\n');
  expect(lines).toContain('ConditionPathExists=!/srv/50%% "x"/db/frozen');
  expect(lines).toContain(`ConditionPathExists=!/sys/fs/cgroup/system.slice/${SCOPE}`);
  expect(lines).toContain(`ConditionPathExists=!/sys/fs/cgroup${SLICE}/${SCOPE}`);
  expect(lines).toContain('RequiresMountsFor="/srv/50%% \\"x\\""');
});

test('who thaws at boot is called with the words that were given, and waits for network and guard', () => {
  const thaw = {
    command: ['/opt/my ckpt', 'thaw', 'db', '--store', '/srv/$1%n'],
    environment: { CKPT_CRIU: '/opt/criu' },
    before: ['db.service'],
    mounts: ['srv-db.mount'],
  };
  const lines = bootUnitText(bundle, thaw).split('\n');
  expect(lines).toContain('ExecStart="/opt/my ckpt" "thaw" "db" "--store" "/srv/$$1%%n"');
  expect(lines).toContain('Environment="CKPT_CRIU=/opt/criu"');
  expect(lines).toContain(`ConditionPathExists=${bundle.mark}`);
  expect(lines).toContain('Before=db.service');
  expect(lines.find(line => line.startsWith('After='))).toMatch(
    /network-online\.target ckpt-guard\.service .* srv-db\.mount$/,
  );
});

test('a file of ours says what it depends on', () => {
  const { paths, owner } = readUnitFile(
    dropInText({ ...bundle, mark: '/srv/50%/frozen' }, SCOPE, '/system.slice'),
  );
  expect(paths[0]).toBe('/srv/50%/frozen');
  expect(paths.slice(1).every(path => path.endsWith(`/system.slice/${SCOPE}`))).toBe(true);
  expect(owner).toBe('me');
  const ending = readUnitFile(endingText({ ...bundle, mark: '/srv/50%/frozen' }));
  expect(ending).toEqual({
    paths: ['/srv/50%/frozen'],
    mark: '/srv/50%/frozen',
    owner: 'me',
    mountpoint: undefined,
  });
  expect(readUnitFile('')).toEqual({ paths: [], mark: undefined, owner: '', mountpoint: undefined });
  expect(readUnitFile(dropInText({ ...bundle, mountpoint: '/srv/a b' }, SCOPE, SLICE)).mountpoint).toBe(
    '/srv/a b',
  );
});

test('what depends on nothing any more is removed, and nothing else', async () => {
  writeFileSync(bundle.mark, '131\n');
  const thaw = { command: ['/opt/ckpt'], environment: {}, before: [], mounts: [] };
  expect(await holdBack(bundle, HOLDS, thaw, nobodyElse, files)).toBeUndefined();
  expect(reloads).toBe(1);
  const other = join(units, 'db.service.d', 'override.conf');
  writeFileSync(other, '[Service]\n');
  expect(await releaseUnused(nobodyElse, files)).toEqual({ units: [], problem: undefined });
  expect(await unitsHeldFor({ mark: bundle.mark }, files)).toEqual(['db.service', 'db.socket']);
  expect(await unitsHeldFor({ scopes: [SCOPE] }, files)).toEqual(['db.service', 'db.socket']);
  expect(await unitsHeldFor({ scopes: ['ckpt-db-132.scope'] }, files)).toEqual([]);
  expect(await scopesInPlaceOf('db.service', files)).toEqual([SCOPE]);
  expect(await scopesInPlaceOf('other.service', files)).toEqual([]);
  expect(readFileSync(join(units, 'multi-user.target.wants', 'ckpt-thaw-db.service'), 'utf8')).toContain(
    '/opt/ckpt',
  );

  rmSync(bundle.mark);
  expect(await releaseUnused(owner => owner === 'me', files)).toEqual({ units: [], problem: undefined });
  expect(existsSync(dropIn())).toBe(true);
  expect(readdirSync(files.passing, { recursive: true, encoding: 'utf8' }).sort()).toEqual([
    'db.service.d',
    'db.service.d/zzz-ckpt-db-ending.conf',
  ]);
  expect(await releaseUnused(nobodyElse, files)).toEqual({
    units: ['db.service', 'db.socket'],
    problem: undefined,
  });
  expect(readdirSync(units, { recursive: true, encoding: 'utf8' }).sort()).toEqual([
    'db.service.d',
    'db.service.d/override.conf',
    'multi-user.target.wants',
  ]);
  expect(readdirSync(files.passing)).toEqual([]);
});

test('what systemd was not told because its reload failed, or ckpt was killed before it, the next release tells it', async () => {
  expect(await holdBack(bundle, HOLDS, undefined, nobodyElse, files)).toBeUndefined();
  const failing = { ...files, reload: async () => 'no bus' };
  expect(await releaseUnused(nobodyElse, failing)).toEqual({
    units: ['db.service', 'db.socket'],
    problem: 'no bus',
  });
  expect(existsSync(dropIn())).toBe(false);
  const killed = { ...files, reload: () => Promise.reject(new Error('killed')) };
  await expect(releaseUnused(nobodyElse, killed)).rejects.toThrow('killed');
  expect(reloads).toBe(1);
  for (const total of [2, 2]) {
    expect(await releaseUnused(nobodyElse, files)).toEqual({ units: [], problem: undefined });
    expect(reloads).toBe(total);
  }
});

test('what another freeze has written stays as it is', async () => {
  const thaw = { command: ['/opt/ckpt'], environment: {}, before: [], mounts: [] };
  expect(await holdBack(bundle, HOLDS, thaw, nobodyElse, files)).toBeUndefined();
  const theirs = { ...bundle, owner: 'them' };
  const lives = (owner: string): boolean => owner === 'me';
  expect(await holdBack(theirs, HOLDS, undefined, lives, files)).toMatch(/another ckpt/);
  writeFileSync(bundle.mark, '131\n');
  const elsewhere = { ...theirs, store: '/srv/other', mark: '/srv/other/db/frozen' };
  expect(await holdBack(elsewhere, [], thaw, nobodyElse, files)).toMatch(/another store/);
  expect(readFileSync(dropIn(), 'utf8')).toContain('# Owner: me');
});

test('a store that is out of sight may hold what waits', async () => {
  const away = { ...bundle, mark: join(folder, 'not-mounted', 'db', 'frozen') };
  expect(await holdBack(away, HOLDS, undefined, nobodyElse, files)).toBeUndefined();
  expect(await releaseUnused(nobodyElse, files)).toEqual({ units: [], problem: undefined });
  mkdirSync(join(folder, 'not-mounted'));
  expect(await releaseUnused(nobodyElse, files)).toEqual({
    units: ['db.service', 'db.socket'],
    problem: undefined,
  });
});

test('a service is not started beside a store of which nobody knows whether something waits in it', () => {
  const condition = 'ConditionPathIsMountPoint=/srv/a b';
  const text = dropInText({ ...bundle, mountpoint: '/srv/a b' }, SCOPE, SLICE);
  expect(text.split('\n')).toContain(condition);
  expect(readUnitFile(text).mark).toBe(bundle.mark);
  expect(dropInText(bundle, SCOPE, SLICE)).not.toContain('MountPoint');
});

test('a store whose file system has not come is no empty one', async () => {
  const thaw = { command: ['/opt/ckpt'], environment: {}, before: [], mounts: [] };
  const away = { ...bundle, mark: join(bundle.store, 'db', 'frozen'), mountpoint: bundle.store };
  expect(await holdBack(away, HOLDS, thaw, nobodyElse, files)).toBeUndefined();
  rmSync(files.passing, { recursive: true });
  expect(await releaseUnused(nobodyElse, files)).toEqual({ units: [], problem: undefined });
  const [found] = await bundlesAway(bundle.store, files);
  expect(found).toEqual({
    name: 'db',
    place: bundle.store,
    thawedAtBoot: true,
    units: ['db.service', 'db.socket'],
  });
  expect(await bundlesAway('/elsewhere', files)).toEqual([]);
  // A mount point that is one says that the store is empty indeed.
  expect(await holdBack({ ...away, mountpoint: '/proc' }, HOLDS, thaw, nobodyElse, files)).toBeUndefined();
  expect(await bundlesAway(bundle.store, files)).toEqual([]);
  expect((await releaseUnused(nobodyElse, files)).units).toEqual(['db.service', 'db.socket']);
});

test.each([
  ['/', '-.mount'],
  ['/mnt/late', 'mnt-late.mount'],
  ['/srv/a-b c/.d', 'srv-a\\x2db\\x20c-.d.mount'],
  ['/.snap/ü', '\\x2esnap-\\xc3\\xbc.mount'],
])('the unit of the mount at %s is called as systemd-escape calls it', (path, unit) => {
  expect(mountUnit(path)).toBe(unit);
});

test('what cannot be read (the disk fails) is not taken for something that means nothing', async () => {
  mkdirSync(join(units, 'db.service.d'), { recursive: true });
  // The memory at address 0, which no process has: EIO.
  symlinkSync('/proc/self/mem', dropIn());
  expect(await releaseUnused(nobodyElse, files)).toEqual({ units: [], problem: undefined });
  expect(readdirSync(join(units, 'db.service.d'))).toHaveLength(1);
});

test('names of boot units differ where those of bundles do', () => {
  expect(new Set(['pg@a', 'pg+a', 'pg_a', 'pg-a'].map(bootUnit)).size).toBe(4);
  expect(bootUnit('pg@a')).toBe('ckpt-thaw-pg\\x40a.service');
});

test('a folder that cannot be written to is said', async () => {
  writeFileSync(units, '');
  expect(await holdBack(bundle, HOLDS, undefined, nobodyElse, files)).toMatch(/ENOTDIR|EEXIST/);
});
