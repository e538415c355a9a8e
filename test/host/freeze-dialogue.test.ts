import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { freePort } from '../../vm-tests/driver/ports.js';
import { alive, cannotFreeze, ckpt, folder, owned, python, root, start, until } from './support.js';

const program = join(root, 'vm-tests', 'workloads', 'dialogue.py');

interface Dialogue {
  readonly sent: number;
  readonly received: number;
  readonly problem: string | null;
}

const why = cannotFreeze ?? (hasNft() ? undefined : 'keeping connections needs nft');

function hasNft(): boolean {
  return (process.env.PATH ?? '').split(':').some(place => existsSync(join(place, 'nft')));
}

describe.skipIf(why)(`two services that talk${why ? ` (${why})` : ''}`, () => {
  it('lose, double and mix up no message when they are frozen as two trees and thawed', async () => {
    const [store, place, port] = [await folder(), await folder(), String(await freePort())];
    const sides = ['serve', 'call'].map(role => {
      const status = join(place, role);
      return { pid: start(python, [program, status, role, port]).pid, status };
    });
    const look = (): readonly Dialogue[] =>
      sides.map(({ status }) => JSON.parse(existsSync(status) ? readFileSync(status, 'utf8') : '{}'));
    const goOn = async (by: number): Promise<void> => {
      const before = look().map(one => one.received ?? 0);
      await until(
        `both to receive ${by} more than ${before} (${JSON.stringify(look())})`,
        () =>
          look().some(one => one.problem) ||
          look().every((one, at) => (one.received ?? 0) > (before[at] ?? 0) + by),
      );
      expect(look().map(one => one.problem)).toEqual([null, null]);
    };
    await goOn(2000);
    for (const name of ['first', 'second', 'third']) {
      const targets = sides.map(({ pid }) => String(pid));
      const frozen = await ckpt(['freeze', ...targets, '--name', name, '--store', store]);
      expect(frozen).toMatchObject({ status: 0, stderr: '' });
      expect(sides.some(({ pid }) => alive(pid))).toBe(false);
      const { ties } = JSON.parse((await ckpt(['graph', name, '--store', store, '--json'])).stdout);
      expect(ties.filter((tie: { kind: string }) => tie.kind === 'tcp')).toMatchObject([
        { standing: 'inside', ends: [{}, {}] },
      ]);
      for (const { pid } of sides) owned(pid);
      expect(await ckpt(['thaw', name, '--store', store])).toMatchObject({ status: 0, stderr: '' });
      await goOn(4000);
    }
  });
});
