/** A client on another machine, with Linux's own TCP, at the other end of a cable: all other clients have QEMU's. */
import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import { layCable, Machine, vmSupport } from '../driver/index.js';
import { bring } from '../workloads/workload.js';
import { ckpt, ckptDisks, diary } from './switch-kernels.js';

const support = await vmSupport();
const why = support.ok ? '' : ` (skipped: ${support.reason})`;

const SERVER = ['192.0.2.1', '2001:db8::1'];
const CLIENT = ['192.0.2.2', '2001:db8::2'];
const PORT = 2323;
const [QUESTIONS, ANSWERS] = ['/root/questions', '/root/answers'];
/** Seconds that the client is to wait, when the thaw begins, before it would try again by itself. */
const PATIENCE = 20;
/** Seconds after the thaw: less than what is left of that, and more than an answer takes. */
const SOON = 8;

describe.skipIf(!support.ok)(`clients on another Linux${why}`, () => {
  it('keep their connections from 6.12 to 7.2, and are answered at once', async () => {
    const note = diary('peer');
    const [here, there] = await layCable();
    const cabled = (end: typeof here, addresses: readonly string[]) => ({
      end,
      addresses: addresses.map(address => `${address}/${address.includes(':') ? 64 : 24}`),
    });
    const client = await Machine.boot({
      kernel: '6.12',
      cpus: 1,
      memory: 512,
      cabled: cabled(there, CLIENT),
    });
    let machine: Machine | undefined;
    try {
      machine = await Machine.boot({
        kernel: '6.12',
        disks: await ckptDisks('4.2.1'),
        switchesTo: ['7.2'],
        cabled: cabled(here, SERVER),
      });
      await Promise.all([reachable(client), reachable(machine)]);
      note('both are up');
      const pid = await machine.start(['python3', await bring(machine, 'interpreter.py'), `${PORT}`]);
      await listening(machine);
      await client.start(
        ['python3', await bring(client, 'asker.py'), `${PORT}`, QUESTIONS, ANSWERS, ...SERVER],
        { out: '/root/asker.out' },
      );
      await ask(client, 'kept = 41');
      await answered(client, ['ok'], 60);
      await machine.ok(ckpt('guard --install-hook /etc/ckpt/before-network'), { limit: 60 });
      await machine.kexecLoad('7.2');
      await machine.ok(ckpt(`freeze ${pid} --name server`), { limit: 120 });
      note('frozen');

      await ask(client, 'kept + 1');
      await machine.kexecExec();
      note(`runs ${machine.kernelRelease}`);
      await client.waitFor(
        async () => {
          assert.deepEqual(await answers(client), linesOf(['ok']));
          return (await shortestWait(client)) > PATIENCE;
        },
        { limit: 180, what: `the client to wait for ${PATIENCE} s until it tries again` },
      );
      note('the client is patient');
      await machine.ok(ckpt('thaw'), { limit: 120 });
      await answered(client, ['ok', '42'], SOON);
      await ask(client, '"after"');
      await answered(client, ['ok', '42', "'after'"], 60);
    } finally {
      await client.stop();
      await machine?.stop();
    }
  });
});

/** An address of IPv6 is nobody's until the machine has looked whether another has it. */
async function reachable(machine: Machine): Promise<void> {
  await machine.waitFor(
    async () => {
      const { status, stdout } = await machine.sh(
        'test -e /run/network-is-up && ip -6 addr show dev eth1 tentative',
      );
      return status === 0 && stdout === '';
    },
    { limit: 60, what: 'the addresses of eth1' },
  );
}

async function listening(machine: Machine): Promise<void> {
  await machine.waitFor(
    async () => (await machine.sh(`ss -Hltn sport = :${PORT}`)).stdout.includes(`${PORT}`),
    { limit: 60, what: 'the interpreter to listen' },
  );
}

/** Asks over all connections, without waiting. */
async function ask(client: Machine, question: string): Promise<void> {
  await client.run(['sh', '-c', `printf '%s\\n' "$1" >>${QUESTIONS}`, 'sh', question]);
}

/** What came back so far, sorted, each line with the address that it came from. */
async function answers(client: Machine): Promise<readonly string[]> {
  const { stdout } = await client.sh(`cat ${ANSWERS}`);
  return stdout.split('\n').filter(Boolean).sort();
}

/** These lines from each address, as `answers` gives them. */
function linesOf(lines: readonly string[]): readonly string[] {
  return SERVER.flatMap(address => lines.map(line => `${address} ${line}`)).sort();
}

/** Waits until every connection has had these lines; fails as soon as one had another, or ended. */
async function answered(client: Machine, expected: readonly string[], limit: number): Promise<void> {
  const all = linesOf(expected);
  await client.waitFor(
    async () => {
      const seen = await answers(client);
      assert.deepEqual(
        seen.filter(line => !all.includes(line)),
        [],
      );
      return seen.length === all.length;
    },
    { limit, what: `each connection to have ${expected.join(', ')}` },
  );
}

/** Seconds until the connection whose turn is next sends the same again; 0 where one has nothing to send, or is gone. */
async function shortestWait(client: Machine): Promise<number> {
  const timers = await client.ok(`ss -Htno dport = :${PORT}`);
  const waits = [...timers.matchAll(/timer:\(on,(?:(\d+)min)?(?:([\d.]+)sec)?/g)];
  if (waits.length < SERVER.length) return 0;
  return Math.min(...waits.map(([, minutes = 0, seconds = 0]) => Number(minutes) * 60 + Number(seconds)));
}
