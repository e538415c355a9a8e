import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { alive, cannotFreeze, ckpt, folder, owned, refusal, until } from './support.js';
import { startWitness, type Witness } from './witness.js';
import { type Creature, startCreature } from './zoo/keeper.js';

/** Where systemd connects the output of its units. */
const JOURNAL = '/run/systemd/journal/stdout';
/** Where /dev/log of a machine with systemd leads, and where services tell it that they are ready. */
const OF_SYSTEM = ['/run/systemd/journal/dev-log', '/run/systemd/notify'];
const made: string[] = [];

let creature: Creature | undefined;
let server: Server | undefined;
const clients: Socket[] = [];
afterEach(async () => {
  await creature?.end();
  for (const client of clients.splice(0)) client.destroy();
  server?.close();
  for (const path of made.splice(0)) rmSync(path, { recursive: true, force: true });
  creature = undefined;
  server = undefined;
});

interface Report {
  readonly trees: readonly { readonly findings: readonly Finding[] }[];
}
interface Finding {
  readonly rule: string;
  readonly severity: string;
  readonly remedy: string;
  readonly sightings: readonly { readonly tie?: string }[];
}

/** The id of the first tie of a kind that `ckpt check` finds. */
async function tieOf(kind: string, targets: readonly string[]): Promise<string> {
  const report: Report = JSON.parse((await ckpt(['check', ...targets, '--json'])).stdout);
  const finding = report.trees.flatMap(tree => tree.findings).find(one => one.rule === `tie:${kind}`);
  const tie = finding?.sightings[0]?.tie;
  if (tie === undefined) throw new Error(`no ${kind} tie: ${JSON.stringify(report)}`);
  return tie;
}

async function thaws(store: string, pids: readonly number[]): Promise<void> {
  for (const pid of pids) owned(pid);
  expect(await ckpt(['thaw', 'a', '--store', store])).toMatchObject({ status: 0, stderr: '' });
  for (const pid of pids) expect(alive(pid)).toBe(true);
}

/** A program in the place of the system's journal. */
async function playJournal(verb: 'collect' | 'receive', path: string): Promise<Witness> {
  made.push(mkdirSync(dirname(path), { recursive: true }) ?? path);
  return startWitness(verb, path);
}

/** Freezes and thaws who is tied to the journal alone: unasked, without a warning, and without the journal. */
async function livesOnBeside(journal: Witness, pid: number): Promise<void> {
  const store = await folder();
  expect(await ckpt(['check', String(pid)])).toMatchObject({ status: 0 });
  const freeze = ['freeze', String(pid), '--with-ties', '--name', 'a', '--store', store];
  expect(await ckpt(freeze)).toMatchObject({ status: 0, stderr: '' });
  expect(alive(journal.pid)).toBe(true);
  await thaws(store, [pid]);
}

describe.skipIf(cannotFreeze)(
  `ties that are broken on purpose${cannotFreeze ? ` (${cannotFreeze})` : ''}`,
  () => {
    it('brings a unix stream back as one that the other end has closed', async () => {
      const [store, path] = [await folder(), join(await folder(), 'socket')];
      server = createServer(client => {
        clients.push(client);
        client.on('error', () => {});
        client.write('hello');
      });
      await new Promise<void>(resolve => server?.listen(path, resolve));
      const witness = await startWitness('stream', path);
      await witness.notesOf('read hello');
      const pid = String(witness.pid);
      const tie = await tieOf('unix', [pid]);
      const freeze = ['freeze', pid, '--name', 'a', '--store', store];
      const refused = await refusal(freeze);
      expect(refused.hint).toContain(`--break ${tie}`);
      const check = await ckpt(['check', pid, '--break', tie]);
      expect(check.stdout).toContain('Accepted (--break)');
      expect(check.status).toBe(0);
      const frozen = await ckpt([...freeze, '--break', tie]);
      expect(frozen).toMatchObject({ status: 0, stderr: '' });
      await thaws(store, [witness.pid]);
      await witness.notesOf('closed');
      expect(witness.notes()).toEqual(['connected', 'read hello', 'closed']);
    });

    it('closes a unix stream between two trees at both ends, and names what would keep it', async () => {
      const [store, path] = [await folder(), join(await folder(), 'socket')];
      const serving = await startWitness('serve', path);
      const calling = await startWitness('stream', path);
      await calling.notesOf('read hello');
      const pids = [serving.pid, calling.pid];
      const freeze = ['freeze', ...pids.map(String), '--name', 'a', '--store', store];
      const refused = await refusal(freeze);
      expect(refused.why).toContain('CRIU cannot carry this between two trees');
      expect(refused.hint).toContain('common ancestor');
      expect(await ckpt([...freeze, '--break', 'unix:*'])).toMatchObject({ status: 0, stderr: '' });
      await thaws(store, pids);
      for (const one of [serving, calling]) await one.notesOf('closed');
    });

    it('cuts a pipe between two trees', async () => {
      const store = await folder();
      creature = await startCreature('two_trees_one_pipe');
      const targets = creature.target.map(String);
      const tie = await tieOf('pipe', targets);
      const freeze = ['freeze', ...targets, '--name', 'a', '--store', store];
      expect((await refusal(freeze)).hint).toContain(`--break ${tie}`);
      expect(await ckpt([...freeze, '--break', 'pipe:*'])).toMatchObject({ status: 0, stderr: '' });
      await thaws(store, creature.target);
    });

    it('refuses by name what CRIU cannot break, and ties that are not there', async () => {
      const store = await folder();
      creature = await startCreature('terminal_outside');
      const target = String(creature.target[0]);
      const tie = await tieOf('terminal', [target]);
      const impossible = await refusal(['freeze', target, '--break', tie, '--store', store]);
      expect(impossible).toMatchObject({ code: 'freeze-blocked', exit: 3 });
      expect(impossible.why).toContain('It cannot be broken: ');
      expect(impossible.why).toContain('--shell-job');
      const unknown = await refusal(['freeze', target, '--break', 'pipe:1', '--store', store]);
      expect(unknown).toMatchObject({ code: 'break-unknown', exit: 3 });
      expect(unknown.why).toContain(tie);
      expect(alive(Number(target))).toBe(true);
    });

    it('connects a datagram socket again to the one of that name', async () => {
      const [store, path] = [await folder(), join(await folder(), 'log')];
      const receiver = await startWitness('receive', path);
      const sender = await startWitness('send', path);
      await receiver.notesOf(`from ${sender.pid}`);
      const freeze = ['freeze', String(sender.pid), '--name', 'a', '--store', store];
      expect((await refusal(freeze)).hint).toContain('--unix external');
      const frozen = await ckpt([...freeze, '--unix', 'external']);
      expect(frozen.status).toBe(0);
      expect(frozen.stderr).toContain('must be there by then');
      await thaws(store, [sender.pid]);
      await receiver.goesOn();
    });

    it.skipIf(existsSync(JOURNAL))(
      'connects output to the journal again, without being asked (skipped where there is a real one)',
      async () => {
        const journal = await playJournal('collect', JOURNAL);
        const { pid } = await startWitness('unit', JOURNAL);
        await journal.notesOf('count 5');
        await livesOnBeside(journal, pid);
        await journal.notesOf('of python3  30 1 0 0 0');
        await journal.goesOn();
        const numbers = journal.notes().flatMap(line => /^count (\d+)$/.exec(line)?.[1] ?? []);
        expect(numbers).toEqual(numbers.map((_, at) => String(at + 1)));
      },
    );

    it.skipIf(existsSync(dirname(JOURNAL))).each(OF_SYSTEM)(
      'connects to the system again who sends to %s, without being asked (skipped where there is a real one)',
      async path => {
        const journal = await playJournal('receive', path);
        const { pid } = await startWitness('send', path);
        await journal.notesOf(`from ${pid}`);
        await livesOnBeside(journal, pid);
        await journal.goesOn();
      },
    );

    it('grows the targets, and says by what and why', async () => {
      const store = await folder();
      creature = await startCreature('unix_client_inside');
      const [target = 0] = creature.target;
      const outer = [...creature.roles].find(([, role]) => role === 'outer')?.[0] ?? 0;
      const frozen = await ckpt(['freeze', String(target), '--with-ties', '--name', 'a', '--store', store]);
      expect(frozen.stderr).toContain(`--with-ties adds python3 (PID ${outer}), for unix stream connection`);
      expect(frozen.status).toBe(0);
      await until('all to be gone', () => !alive(outer) && !alive(target));
      await thaws(store, [outer, target]);
    });
  },
);
