import type { FailureCode } from '../../../src/errors.js';
import {
  inNewNetwork,
  inOtherPids,
  inUserNamespace,
  onFullDisk,
  onReadOnlyDisk,
  without,
  withoutTerminals,
} from './weaker.js';

/** A change to the surroundings of a frozen process, after which CRIU cannot thaw it, and the code for that. */
export interface ThawCase {
  readonly code: FailureCode;
  /** Of test/host/programs/changing.py. */
  readonly program?: string;
  /** Instead of a program: of the zoo, test/host/zoo/creatures. */
  readonly creature?: string;
  /** Options of the freeze. */
  readonly freeze?: readonly string[];
  /** What happens while it is frozen: shell text, run in the folder of the program. */
  readonly change?: string;
  /** What makes the thaw possible again; it is then tried. */
  readonly undo?: string;
  /** Where the thaw runs: put in front of its command. */
  readonly inside?: readonly string[];
  readonly options?: readonly string[];
}

const holdPort =
  'import socket, time; s = socket.socket(); s.bind(("127.0.0.1", int(open("port").read()))); s.listen(); open("held", "w"); time.sleep(6)';

export const thawCases: readonly ThawCase[] = [
  { code: 'criu-file-missing', program: 'file', change: 'mv file away', undo: 'mv away file' },
  { code: 'criu-file-missing', program: 'folder', change: 'rmdir work', undo: 'mkdir work' },
  { code: 'criu-file-resized', program: 'file', change: 'echo more >> file', undo: 'truncate -s 100 file' },
  { code: 'criu-file-mode', program: 'file', change: 'chmod 600 file', undo: 'chmod 644 file' },
  { code: 'criu-file-kind', program: 'file', change: 'rm file; mkdir file' },
  { code: 'criu-file-busy', program: 'program', change: './sleep 6 >/dev/null 2>&1 &' },
  { code: 'criu-file-read-only', program: 'file', inside: onReadOnlyDisk },
  { code: 'criu-file-protected', program: 'file', change: 'chattr +i file', undo: 'chattr -i file' },
  { code: 'criu-disk-full', program: 'written', inside: onFullDisk },
  { code: 'criu-device-missing', program: 'terminal', inside: withoutTerminals },
  { code: 'criu-fifo-missing', program: 'fifo', change: 'rm fifo', undo: 'mkfifo -m 644 fifo' },
  { code: 'criu-fifo-replaced', program: 'fifo', change: 'rm fifo; touch fifo' },
  { code: 'criu-second-name-missing', program: 'renamed', change: 'rm link_remap.*' },
  { code: 'criu-watch-missing', program: 'watch', change: 'rmdir watched', undo: 'mkdir watched' },
  { code: 'criu-unix-folder-missing', program: 'unix', change: 'rm -r sub', undo: 'mkdir sub' },
  {
    code: 'criu-port-taken',
    program: 'port',
    change: `python3 -c '${holdPort}' >/dev/null 2>&1 & until [ -e held ]; do sleep 0.05; done`,
  },
  { code: 'criu-address-missing', program: 'address' },
  { code: 'criu-connection-unwanted', program: 'connection', options: ['--tcp', 'refuse'] },
  { code: 'criu-unix-peer-missing', creature: 'unix_pending_on_outside' },
  { code: 'criu-socket-buffer', program: 'port', inside: without('net_admin') },
  {
    code: 'criu-descriptor-limit',
    program: 'many',
    inside: [...without('sys_resource'), 'prlimit', '--nofile=1024:1024'],
  },
  { code: 'criu-capability-dropped', program: 'plain', inside: without('setpcap') },
  { code: 'criu-capability-missing', program: 'plain', inside: without('checkpoint_restore') },
  { code: 'criu-number-taken', creature: 'leader_leaves_member' },
  { code: 'criu-nested-namespace-thaw', creature: 'nested_network' },
  { code: 'criu-terminal-taken', creature: 'terminal_slave_outside' },
  { code: 'criu-no-terminal', creature: 'job_of_terminal', freeze: ['--shell-job'] },
  { code: 'criu-no-mount-right', program: 'plain', inside: inUserNamespace },
  { code: 'criu-foreign-proc', program: 'plain', inside: inOtherPids },
  { code: 'criu-loopback-down', program: 'plain', inside: inNewNetwork },
];
