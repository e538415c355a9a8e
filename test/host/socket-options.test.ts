/** Every option of sockets that CRIU forgets, on every kind of socket that takes it: read before a freeze, and after the thaw. */
import { existsSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FORGOTTEN_OPTIONS } from '../../src/host/sockets/forgotten-options.js';
import { alive, cannotFreeze, ckpt, folder, python, refusal, start, until } from './support.js';

const why = cannotFreeze === undefined ? '' : ` (${cannotFreeze})`;

/** Listens at an address of nobody's. */
const FOREIGN = `
import os, socket, sys, time
server = socket.socket(); server.setsockopt(0, 19, 1); server.bind(('198.51.100.7', 0)); server.listen()
open(sys.argv[1], 'w').close()
while True: time.sleep(0.05)
`;

describe.skipIf(cannotFreeze)(`what was set on sockets${why}`, () => {
  it('is as before after a thaw, with their multicast groups', { timeout: 180_000 }, async () => {
    const place = await folder();
    const [table, out, store] = [join(place, 'table'), join(place, 'said'), join(place, 'store')];
    const rows = FORGOTTEN_OPTIONS.map(({ name, level, option, size }) => [name, level, option, size]);
    await writeFile(table, JSON.stringify(rows));
    const { pid } = start(python, [join(import.meta.dirname, 'programs', 'socket-options.py'), table, out]);
    const said = (turn: number): unknown => JSON.parse(readFileSync(`${out}.${turn}`, 'utf8'));
    await until('the sockets', () => existsSync(`${out}.0`));

    expect(await ckpt(['freeze', `${pid}`, '--name', 'o', '--store', store])).toMatchObject({ status: 0 });
    const thawed = await ckpt(['thaw', 'o', '--store', store]);
    expect(thawed).toMatchObject({ status: 0, stderr: expect.not.stringContaining('could not be set') });
    process.kill(pid, 'SIGUSR1');
    await until('the sockets to be asked again', () => existsSync(`${out}.1`));
    const before = said(0) as Record<string, string>;
    expect(said(1)).toEqual(before);

    // 250 of them on Linux 6.18; older kernels know fewer.
    const tried = new Set(Object.keys(before).map(name => name.split(' ')[1]));
    expect(tried).toContain('IP_TRANSPARENT');
    expect(tried).toContain('TCP_CONGESTION');
    expect(Object.keys(before).length).toBeGreaterThan(200);
    expect(before['udp in 239.1.2.3']).not.toContain('error');
    expect(before['udp in 239.1.2.6']).toContain('error');
  });

  it('keeps a program from being frozen whose address this machine does not have', async () => {
    const ready = join(await folder(), 'ready');
    const { pid } = start(python, ['-c', FOREIGN, ready]);
    await until('the program', () => existsSync(ready));
    const refused = { code: 'freeze-blocked', exit: 3, why: expect.stringContaining('198.51.100.7') };
    expect(await refusal(['freeze', `${pid}`, '--store', await folder()])).toMatchObject(refused);
    expect(alive(pid)).toBe(true);
  });
});
