import { readdir, readFile } from 'node:fs/promises';

/** By these words dracut, and initramfs-tools for a root over NFS, bring it up (dracut.cmdline(7), initramfs-tools(7)). */
const WORD = /^(?:rd\.neednet(?:=1)?|netroot=.*|boot=nfs|root=(?:\/dev\/nfs|nfs4?:.*))$/;
/** What klibc's ipconfig leaves, which initramfs-tools runs for all who ask: dropbear, iSCSI, NFS (configure_networking()). */
const FILE = /^net-.+\.conf$/;

/**
 * What shows that the initramfs brings the network up, for the root file system or for who types its passphrase: before the
 * guard, which lies on that file system. Undefined where nothing does.
 */
export async function earlyNetwork({
  cmdline = '/proc/cmdline',
  run = '/run',
} = {}): Promise<string | undefined> {
  const [line, names] = await Promise.all([
    readFile(cmdline, 'utf8').catch(() => ''),
    readdir(run).catch(() => []),
  ]);
  const file = names.find(name => FILE.test(name));
  return (
    line.split(/\s+/).find(word => WORD.test(word)) ?? (file === undefined ? undefined : `${run}/${file}`)
  );
}
