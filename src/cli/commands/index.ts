import type { Command } from 'commander';
import type { Io } from '../frame/io.js';

/** What a command's file exports. `register` declares it on the program; what is heavy waits for the action. */
export interface CommandModule {
  readonly register: (program: Command, io: Io) => void;
}

/** A command as it stands in the list, known without loading its file. */
export interface CommandEntry {
  readonly name: string;
  /** One line, as in `ckpt --help`. */
  readonly summary: string;
  readonly group: 'Freeze and thaw:' | 'Look:' | 'Bundles:' | 'Other:';
  /** Left out of the help: for ckpt's own use. */
  readonly hidden?: boolean;
  readonly load: () => Promise<CommandModule>;
}

/** All commands, in the order of the help. */
export const commands: readonly CommandEntry[] = [
  {
    name: 'freeze',
    summary: 'freeze process trees into a bundle',
    group: 'Freeze and thaw:',
    load: () => import('./freeze.js'),
  },
  {
    name: 'thaw',
    summary: 'bring frozen processes back',
    group: 'Freeze and thaw:',
    load: () => import('./thaw.js'),
  },
  {
    name: 'switch',
    summary: 'switch to another kernel, and keep processes: load, freeze, kexec, thaw',
    group: 'Freeze and thaw:',
    load: () => import('./switch.js'),
  },
  {
    name: 'guard',
    summary: 'keep frozen connections and PIDs through the next boot',
    group: 'Freeze and thaw:',
    load: () => import('./guard.js'),
  },
  {
    name: 'list',
    summary: 'list the bundles of the store',
    group: 'Bundles:',
    load: () => import('./list.js'),
  },
  {
    name: 'show',
    summary: 'show the processes in a bundle, with their memory, files and sockets',
    group: 'Bundles:',
    load: () => import('./show.js'),
  },
  {
    name: 'memory',
    summary: 'look into the memory of a frozen process: mappings, search, dump',
    group: 'Bundles:',
    load: () => import('./memory.js'),
  },
  {
    name: 'verify',
    summary: 'check every member, size, digest and count of a bundle',
    group: 'Bundles:',
    load: () => import('./verify.js'),
  },
  {
    name: 'import',
    summary: 'make a bundle out of images that plain CRIU wrote',
    group: 'Bundles:',
    load: () => import('./import.js'),
  },
  {
    name: 'convert',
    summary: 'convert frozen processes for another CRIU or kernel, or into a bundle',
    group: 'Bundles:',
    load: () => import('./convert.js'),
  },
  {
    name: 'diff',
    summary: 'say what changed between two captures of processes',
    group: 'Look:',
    load: () => import('./diff.js'),
  },
  {
    name: 'rm',
    summary: 'remove bundles',
    group: 'Bundles:',
    load: () => import('./rm.js'),
  },
  {
    name: 'check',
    summary: 'say whether processes can be frozen, and what would be lost',
    group: 'Look:',
    load: () => import('./check.js'),
  },
  {
    name: 'graph',
    summary: 'draw what ties processes together',
    group: 'Look:',
    load: () => import('./graph.js'),
  },
  {
    name: 'doctor',
    summary: 'say what works on this machine, what does not, and what to install',
    group: 'Look:',
    load: () => import('./doctor.js'),
  },
  {
    name: 'completion',
    summary: 'print a completion script for a shell',
    group: 'Other:',
    load: () => import('./completion.js'),
  },
];
