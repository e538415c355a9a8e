/** Files in folders of ordinary users, who may put a link in their place while the processes that have them open are frozen. */
import {
  chmodSync,
  chownSync,
  existsSync,
  lchownSync,
  mkdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  alive,
  cannotFreeze,
  ckpt,
  criuThat,
  folder,
  owned,
  python,
  refusal,
  start,
  until,
} from './support.js';

/** `nobody` of Debian, whose folder it is. The program itself is root's, which any machine lets root freeze. */
const USER = 65534;

/** Has a file open, or mapped, or its folder as its own, and writes to it as soon as it is told to. */
const HOLDS = {
  open: 'held = os.open(path, os.O_RDWR); write = lambda: os.pwrite(held, b"mine", 0)',
  // By mmap(2) itself: the module of that name keeps a descriptor.
  mapped: `import ctypes
libc = ctypes.CDLL(None)
libc.mmap.restype = ctypes.c_void_p
fd = os.open(path, os.O_RDWR)
at = libc.mmap(None, ctypes.c_size_t(4096), 3, 1, fd, ctypes.c_long(0))
os.close(fd)
write = lambda: ctypes.memmove(at, b"mine", 4)`,
  'a file with a name that is no text':
    'held = os.open(os.path.dirname(path).encode() + b"/\\xe9 \\n", os.O_RDWR | os.O_CREAT); write = lambda: os.pwrite(held, b"mine", 0)',
  'the working folder': 'os.chdir(os.path.dirname(path)); write = lambda: open("file", "r+").write("mine")',
} as const;

async function startHolder(how: keyof typeof HOLDS) {
  const home = await folder();
  // The folder itself is in one that only root gets into.
  chmodSync(home, 0o755);
  const place = join(home, 'place');
  const inner = join(place, 'inner');
  mkdirSync(inner, { recursive: true });
  const [path, ready, secret] = [join(inner, 'file'), join(place, 'ready'), join(home, 'secret')];
  writeFileSync(path, 'x'.repeat(4096));
  mkdirSync(secret);
  writeFileSync(join(secret, 'file'), 's'.repeat(4096));
  for (const one of [place, inner, path]) chownSync(one, USER, USER);
  const script = `import os, sys, time
path, ready = sys.argv[1:]
${HOLDS[how]}
open(ready, "w").close()
while not os.path.exists(ready + ".go"): time.sleep(0.05)
write()
open(ready + ".done", "w").close()
time.sleep(1000)`;
  const { pid } = start(python, ['-c', script, path, ready]);
  await until('the file to be held', () => existsSync(ready));
  const moved = how === 'the working folder' ? inner : path;
  return {
    pid,
    store: await folder(),
    /** What a link is put in the place of, and what it leads to. */
    moved,
    to: how === 'the working folder' ? secret : join(secret, 'file'),
    unharmed: () => readFileSync(join(secret, 'file'), 'utf8') === 's'.repeat(4096),
    async goesOn() {
      writeFileSync(`${ready}.go`, '');
      await until('it to write', () => existsSync(`${ready}.done`));
    },
  };
}

type Holder = Awaited<ReturnType<typeof startHolder>>;

async function freeze({ pid, store }: Holder): Promise<void> {
  const ran = await ckpt(['freeze', String(pid), '--name', 'a', '--store', store]);
  expect(ran, ran.stderr).toMatchObject({ status: 0 });
}

function putLink({ moved, to }: Holder, owner: number): void {
  renameSync(moved, `${moved}.before`);
  symlinkSync(to, moved);
  lchownSync(moved, owner, owner);
}

function putBack({ moved }: Holder): void {
  unlinkSync(moved);
  renameSync(`${moved}.before`, moved);
}

async function thaws(holder: Holder, env: Record<string, string> = {}): Promise<void> {
  const ran = await ckpt(['thaw', 'a', '--store', holder.store], { env });
  expect(ran).toMatchObject({ status: 0, stderr: '' });
  owned(holder.pid);
  await holder.goesOn();
}

describe.skipIf(cannotFreeze)(
  `a link where a frozen process had a file${cannotFreeze ? ` (${cannotFreeze})` : ''}`,
  () => {
    it.each(['open', 'mapped', 'the working folder'] as const)('%s: is not followed', async how => {
      const holder = await startHolder(how);
      await freeze(holder);
      putLink(holder, USER);
      for (const more of [['--dry-run'], []]) {
        const found = await refusal(['thaw', 'a', '--store', holder.store, ...more]);
        expect(found).toMatchObject({ code: 'thaw-link', message: expect.stringContaining(holder.moved) });
        expect(found.message).toContain('nobody');
        expect(alive(holder.pid)).toBe(false);
      }
      putBack(holder);
      await thaws(holder);
      expect(holder.unharmed()).toBe(true);
    });

    it.each(['open', 'mapped', 'the working folder'] as const)(
      '%s: is noticed where it came while CRIU began, and nothing runs',
      async how => {
        const holder = await startHolder(how);
        await freeze(holder);
        const { moved, to } = holder;
        const swap = `mv ${moved} ${moved}.before; ln -s ${to} ${moved}; chown -h ${USER} ${moved}`;
        const env = { CKPT_CRIU: await criuThat(swap, 'restore') };
        const found = await refusal(['thaw', 'a', '--store', holder.store], { env });
        expect(found).toMatchObject({ code: 'thaw-elsewhere', message: expect.stringContaining(to) });
        expect(alive(holder.pid)).toBe(false);
        putBack(holder);
        await thaws(holder);
        expect(holder.unharmed()).toBe(true);
      },
    );

    it('is none where a name has bytes that are no text', async () => {
      const holder = await startHolder('a file with a name that is no text');
      await freeze(holder);
      await thaws(holder);
    });

    it('is followed where root has put it there, who may have moved things', async () => {
      const holder = await startHolder('open');
      await freeze(holder);
      putLink({ ...holder, to: `${holder.moved}.before` }, 0);
      await thaws(holder);
      expect(readFileSync(`${holder.moved}.before`, 'utf8')).toMatch(/^mine/);
    });
  },
);
