import assert from 'node:assert/strict';
import type { Machine } from '../driver/index.js';
import { nothing, type Workload } from './workload.js';

const tmux = (words: string): string => `TERM=xterm tmux -S /root/tmux ${words}`;

/** What stands on the screen of a window. */
async function screen(machine: Machine, window: number): Promise<string> {
  return machine.ok(tmux(`capture-pane -p -t work:${window}`));
}

async function waitForScreen(machine: Machine, window: number, text: RegExp, limit = 60): Promise<void> {
  await machine.waitFor(async () => text.test(await screen(machine, window)), {
    limit,
    what: `${text} in window ${window}`,
  });
}

/** `up  1 min`, the load and the clock: a top that is alive changes its first lines. */
async function headOfTop(machine: Machine): Promise<string> {
  return (await screen(machine, 1)).split('\n').slice(0, 2).join('\n');
}

/** A tmux with three windows: an editor with unsaved text, a running top, and a pager that reads a pipe. */
export const terminals: Workload = {
  id: 'terminals',
  name: 'a tmux with vim, top and cat | less',
  async start(machine) {
    const pid = await machine.start([
      'env',
      'TERM=xterm',
      'tmux',
      '-D',
      '-S',
      '/root/tmux',
      '-f',
      '/dev/null',
    ]);
    await machine.waitFor(async () => (await machine.sh('test -S /root/tmux')).status === 0, {
      limit: 60,
      what: 'tmux to listen',
    });
    await machine.ok('seq 1 9000 > /root/numbers');
    await machine.ok(
      tmux('new-session -d -s work -x 80 -y 24 \'exec vim.tiny -u NONE -c "set showmode" /root/text\''),
    );
    await machine.ok(tmux("new-window -t work:1 'exec top -d 1'"));
    await machine.ok(tmux("new-window -t work:2 'cat /root/numbers | less'"));
    // A vim that has just drawn its screen throws keys away when the terminal answers its questions late.
    await machine.waitFor(
      async () => {
        await machine.ok(tmux('send-keys -t work:0 Escape i'));
        return /-- INSERT --/.test(await screen(machine, 0));
      },
      { limit: 60, what: 'the editor to take text' },
    );
    await machine.ok(tmux("send-keys -t work:0 'half a thou'"));
    await waitForScreen(machine, 0, /half a thou/);
    await waitForScreen(machine, 1, /load average/);
    await waitForScreen(machine, 2, /^23$/m);
    await machine.ok(tmux("send-keys -t work:2 '500g'"));
    await waitForScreen(machine, 2, /^500$/m);
    return {
      pid,
      async check() {
        await attachShows(machine, 0, 'half a thou');
        // The editor is still in the middle of typing, and its text not yet on the disk.
        assert.notEqual((await machine.sh('test -e /root/text')).status, 0);
        await machine.ok(tmux("send-keys -t work:0 'ght' Escape ':wq' Enter"));
        await machine.waitFor(
          async () => (await machine.sh('cat /root/text')).stdout === 'half a thought\n',
          {
            limit: 60,
            what: 'the editor to write its text',
          },
        );
        const before = await headOfTop(machine);
        await machine.waitFor(async () => (await headOfTop(machine)) !== before, {
          limit: 60,
          what: 'top to count on',
        });
        assert.match(await screen(machine, 2), /^500$/m);
        await machine.ok(tmux("send-keys -t work:2 '8990g'"));
        await waitForScreen(machine, 2, /^9000$/m);
      },
      close: nothing,
    };
  },
};

/** Attaches as a person does, in a terminal of its own, and looks what comes over it. */
async function attachShows(machine: Machine, window: number, text: string): Promise<void> {
  await machine.ok(tmux(`select-window -t work:${window}`));
  const attach = `timeout 10 script -qfc "stty rows 24 cols 80; ${tmux('attach -t work')}" /root/attached`;
  await machine.sh(`(sleep 8) | ${attach} > /dev/null`, { limit: 60 });
  const shown = await machine.ok('cat /root/attached');
  assert.ok(shown.includes(text), `the attached terminal does not show "${text}": ${JSON.stringify(shown)}`);
}
