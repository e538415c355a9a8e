/** Shapes of what open files lead to: terminals, memfds, unlinked files, locks. */
import type { FileLock, GhostFile, Memfd, Terminal } from '../../image-format/neutral/index.js';
import { lockKinds, lockTypes, seals, terminalTypes } from '../../image-format/neutral/words/files.js';
import { timeval } from './file-parts.js';
import {
  bits,
  boolean,
  decimal,
  device,
  inside,
  named,
  nested,
  number,
  oldDevice,
  reference,
  text,
  words64,
} from './reps.js';
import { shape } from './shape.js';

type Settings = NonNullable<Terminal['settings']>;
const settings = shape<Settings>('termios_entry', {
  c_iflag: ['input', number],
  c_oflag: ['output', number],
  c_cflag: ['control', number],
  c_lflag: ['local', number],
  c_line: ['line', number],
  c_ispeed: ['inputSpeed', number],
  c_ospeed: ['outputSpeed', number],
  c_cc: ['controlCharacters', words64],
});

const window = shape<NonNullable<Terminal['window']>>('winsize_entry', {
  ws_row: ['rows', number],
  ws_col: ['columns', number],
  ws_xpixel: ['width', number],
  ws_ypixel: ['height', number],
});

export const terminal = shape<Omit<Terminal, 'id' | 'unread'>>('tty_info_entry', {
  type: ['type', named(terminalTypes)],
  locked: ['locked', boolean],
  exclusive: ['exclusive', boolean],
  packet_mode: ['packetMode', boolean],
  sid: ['session', number],
  pgrp: ['foregroundGroup', number],
  rdev: ['device', oldDevice],
  termios: ['settings', nested(settings)],
  termios_locked: ['lockedSettings', nested(settings)],
  winsize: ['window', nested(window)],
  pty: ['index', inside('index', number)],
  dev: ['fileDevice', number],
  uid: ['user', number],
  gid: ['group', number],
});

export const memfd = shape<Omit<Memfd, 'id'>>('memfd_inode_entry', {
  name: ['name', text],
  uid: ['user', number],
  gid: ['group', number],
  size: ['size', decimal],
  shmid: ['contents', reference('shared')],
  seals: ['seals', bits(seals)],
  hugetlb_flag: ['hugePages', number],
  mode: ['mode', number],
});

export const ghostFile = shape<Omit<GhostFile, 'id' | 'contents' | 'chunks'>>('ghost_file_entry', {
  uid: ['user', number],
  gid: ['group', number],
  mode: ['mode', number],
  dev: ['device', device],
  ino: ['inode', decimal],
  rdev: ['specialDevice', oldDevice],
  atim: ['accessed', timeval],
  mtim: ['modified', timeval],
  chunks: ['sparse', boolean],
  size: ['size', decimal],
  symlnk_target: ['linkTarget', text],
});

export const fileLock = shape<FileLock>('file_lock_entry', {
  flag: ['kind', named(lockKinds)],
  type: ['type', named(lockTypes)],
  pid: ['pid', number],
  fd: ['descriptor', number],
  start: ['start', decimal],
  len: ['length', decimal],
});
