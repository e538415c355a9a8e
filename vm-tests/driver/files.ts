import { chmod, mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import type { GuestLink } from './guest-link.js';

const pieceBytes = 1 << 20;
const pieceLimitSeconds = 60;

export async function isFolder(path: string): Promise<boolean> {
  return (await stat(path)).isDirectory();
}

/** Writes a file in the guest, making its folder. */
export async function writeFileIn(
  link: GuestLink,
  path: string,
  content: Buffer,
  mode: number,
): Promise<void> {
  let offset = 0;
  do {
    const piece = content.subarray(offset, offset + pieceBytes);
    await link.ask({ op: 'put', path, offset, mode }, pieceLimitSeconds, piece);
    offset += piece.length;
  } while (offset < content.length);
}

/** Copies one file into the guest, with its mode, piece by piece. */
export async function copyFileIn(link: GuestLink, from: string, path: string): Promise<void> {
  const file = await open(from);
  try {
    const { mode, size } = await file.stat();
    let offset = 0;
    do {
      const buffer = Buffer.allocUnsafe(Math.min(pieceBytes, size - offset));
      const { bytesRead } = await file.read(buffer, 0, buffer.length, offset);
      const header = { op: 'put', path, offset, mode: mode & 0o7777 };
      await link.ask(header, pieceLimitSeconds, buffer.subarray(0, bytesRead));
      offset += bytesRead;
      if (bytesRead === 0) break;
    } while (offset < size);
  } finally {
    await file.close();
  }
}

/** Copies one file out of the guest, with its mode; it appears under its name when it is complete. */
export async function copyFileOut(link: GuestLink, path: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true });
  const partial = `${to}.partial`;
  const file = await open(partial, 'w');
  let mode = 0o600;
  try {
    for (let offset = 0; ; ) {
      const answer = await link.ask({ op: 'get', path, offset, length: pieceBytes }, pieceLimitSeconds);
      if (typeof answer.header.mode === 'number') mode = answer.header.mode;
      if (answer.body.length === 0) break;
      await file.write(answer.body, 0, answer.body.length, offset);
      offset += answer.body.length;
    }
  } finally {
    await file.close();
  }
  await chmod(partial, mode);
  await rename(partial, to);
}

/** Copies what is in a folder of the host into a folder of the guest. */
export async function copyTreeIn(link: GuestLink, from: string, path: string): Promise<void> {
  const archive = join(tmpdir(), `ckpt-vm-in-${process.pid}-${Date.now()}.tar`);
  try {
    await execa('tar', ['-C', from, '-cf', archive, '.']);
    await copyFileIn(link, archive, '/tmp/.ckpt-vm-in.tar');
    await guestTar(
      link,
      'mkdir -p "$1" && tar -C "$1" -xf /tmp/.ckpt-vm-in.tar && rm /tmp/.ckpt-vm-in.tar',
      path,
    );
  } finally {
    await rm(archive, { force: true });
  }
}

/** Copies what is in a folder of the guest into a folder of the host. */
export async function copyTreeOut(link: GuestLink, path: string, to: string): Promise<void> {
  const archive = join(tmpdir(), `ckpt-vm-out-${process.pid}-${Date.now()}.tar`);
  try {
    await guestTar(link, 'tar -C "$1" -cf /tmp/.ckpt-vm-out.tar .', path);
    await copyFileOut(link, '/tmp/.ckpt-vm-out.tar', archive);
    await guestTar(link, 'rm "$1"', '/tmp/.ckpt-vm-out.tar');
    await mkdir(to, { recursive: true });
    await execa('tar', ['-C', to, '-xf', archive]);
  } finally {
    await rm(archive, { force: true });
  }
}

async function guestTar(link: GuestLink, script: string, argument: string): Promise<void> {
  const output: Buffer[] = [];
  const header = { op: 'run', argv: ['/bin/sh', '-c', script, 'sh', argument], limit: 300 };
  const answer = await link.ask(header, 330, undefined, (_, data) => output.push(data));
  if (answer.header.status !== 0) throw new Error(`${script} (${argument}): ${Buffer.concat(output)}`);
}
