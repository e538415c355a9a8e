/**
 * `npm run vagrant -- up`, `npm run vagrant -- ssh` and so on, for a person who is root: the same Vagrantfile, run by
 * an ordinary user's account, because libvirt has no session for root. Builds the box and `ckpt` if they are missing.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { reportToStderr } from '../../scripts/setup/progress.js';
import { runAs, vagrantAccount } from './account.js';
import { ensureBox } from './build-box.js';
import { ensureVagrantHost } from './host.js';
import { layOut, machinesFolder } from './machine-folder.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const executable = join(root, 'dist', 'ckpt');

await ensureVagrantHost(reportToStderr);
const box = await ensureBox(reportToStderr);
if (!existsSync(executable)) {
  await execa(process.execPath, ['--import', 'tsx', 'scripts/build/executable.ts'], {
    cwd: root,
    stdio: 'inherit',
  });
}
const account = await vagrantAccount();
const folder = join(await machinesFolder(account), 'mine');
const extra = await layOut(folder, account, box, executable);
const terminal = { TERM: process.env.TERM ?? 'dumb' };
const command = ['vagrant', ...process.argv.slice(2)] as const;
const done = await runAs(
  account,
  command,
  { ...extra, ...terminal },
  { cwd: folder, stdio: 'inherit', reject: false },
);
process.exitCode = done.exitCode ?? 1;
