import { chown, mkdir } from 'node:fs/promises';
import { execa, type Options } from 'execa';

/** Who runs Vagrant: libvirt's session mode is for ordinary users, root has none. */
export interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
}

const accountForRoot = 'ckpt-vagrant';

/** The account to run Vagrant with: one made for it when we are root, the caller's own otherwise. */
export async function vagrantAccount(): Promise<Account> {
  if (process.getuid?.() !== 0) {
    return lookUp((await execa('id', ['-un'])).stdout);
  }
  const known = await execa('getent', ['passwd', accountForRoot], { reject: false });
  if (known.exitCode !== 0) {
    const home = `/var/lib/${accountForRoot}`;
    await execa('useradd', ['--system', '--user-group', '--create-home', '--home-dir', home, accountForRoot]);
  }
  const account = await lookUp(accountForRoot);
  await mkdir(runtimeFolder(account), { recursive: true, mode: 0o700 });
  await own(runtimeFolder(account), account);
  return account;
}

/** Hands a file or folder to the account. */
export async function own(path: string, account: Account): Promise<void> {
  if (process.getuid?.() === 0) await chown(path, account.uid, account.gid);
}

/** The environment that Vagrant and libvirt's session daemon get: nothing of ours but what is listed here. */
function environmentOf(account: Account): Readonly<Record<string, string>> {
  return {
    PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    HOME: account.home,
    USER: account.name,
    LOGNAME: account.name,
    XDG_RUNTIME_DIR: runtimeFolder(account),
    LC_ALL: 'C.UTF-8',
    VAGRANT_DEFAULT_PROVIDER: 'libvirt',
    VAGRANT_CHECKPOINT_DISABLE: '1', // do not ask the network for a newer Vagrant
    VAGRANT_NO_COLOR: '1',
  };
}

/** Runs a program as the account, with the account's environment and `extra`. */
export function runAs<const O extends Options>(
  account: Account,
  command: readonly [string, ...string[]],
  extra: Readonly<Record<string, string>>,
  options: O,
) {
  const settings = { ...options, env: { ...environmentOf(account), ...extra }, extendEnv: false } as const;
  if (process.getuid?.() !== 0) return execa(command[0], command.slice(1), settings);
  const identity = [`--reuid=${account.uid}`, `--regid=${account.gid}`, '--init-groups'];
  return execa('setpriv', [...identity, ...command], settings);
}

// A system account has no login session, so nobody makes /run/user/UID for it.
function runtimeFolder(account: Account): string {
  if (process.getuid?.() !== 0) return process.env.XDG_RUNTIME_DIR ?? `/run/user/${account.uid}`;
  return `/run/${account.name}`;
}

async function lookUp(name: string): Promise<Account> {
  const { stdout } = await execa('getent', ['passwd', name]);
  const [, , uid, gid, , home] = stdout.split(':');
  if (uid === undefined || gid === undefined || home === undefined) {
    throw new Error(`getent says nothing about the account ${name}: ${stdout}`);
  }
  return { name, uid: Number(uid), gid: Number(gid), home };
}
