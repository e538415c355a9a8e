import { existsSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
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

/**
 * An `nft` that notes, for each guard that is loaded, whether the frozen process is there, and kills CRIU when a guard goes:
 * packets are let in, and nothing runs yet.
 */
async function nftThatKills(pid: number, loads: string, criuPid: string): Promise<string> {
  const place = await folder();
  const text = `#!/bin/sh
case "$1 $4" in
  '-f '*) grep -q 'table inet ckpt-' "$2" && { [ -e /proc/${pid} ] && echo there || echo gone; } >>'${loads}' ;;
  'delete ckpt-'*) kill -9 "$(cat '${criuPid}')" && sleep 0.5 ;;
esac
exec /usr/sbin/nft "$@"
`;
  await writeFile(join(place, 'nft'), text, { mode: 0o755 });
  return `${place}:${process.env.PATH}`;
}

it.skipIf(cannotFreeze)(
  'a thaw that is undone shuts packets out before it takes the sockets away',
  async () => {
    const [store, place] = [await folder(), await folder()];
    const [port, loads, criuPid] = [join(place, 'port'), join(place, 'loads'), join(place, 'criu')];
    const { pid } = start(python, [join(import.meta.dirname, 'programs', 'answering.py'), port]);
    await until('the server to listen', () => existsSync(port));
    const client = connect(Number(readFileSync(port, 'utf8')), '127.0.0.1');
    onTestFinished(() => {
      client.destroy();
    });
    let answers = 0;
    client.on('data', () => {
      answers += 1;
    });
    const ask = async (): Promise<void> => {
      const before = answers;
      client.write('?');
      await until('an answer', () => answers > before);
    };
    await ask();
    expect(await ckpt(['freeze', String(pid), '--name', 'a', '--store', store])).toMatchObject({ status: 0 });
    owned(pid);
    const env = { PATH: await nftThatKills(pid, loads, criuPid) };
    const criu = await criuThat(`echo $$ >'${criuPid}'`, 'restore');
    const thaw = ['thaw', 'a', '--store', store];
    expect(await refusal([...thaw, '--criu', criu], { env })).toMatchObject({ code: 'criu-sigkill-thaw' });
    expect(readFileSync(loads, 'utf8')).toBe('gone\nthere\n');
    expect(alive(pid)).toBe(false);
    expect(await ckpt(thaw)).toMatchObject({ status: 0 });
    await ask();
  },
);
