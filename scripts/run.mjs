#!/usr/bin/env node
/**
 * Starts a script of this repository, straight after a clone: brings the npm packages first if they are missing or
 * older than the lock file. Plain JavaScript without dependencies, because it runs before there are any.
 * Usage: node scripts/run.mjs scripts/NAME/main.ts [arguments]
 */
import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const [script, ...rest] = process.argv.slice(2);
if (script === undefined) {
  process.stderr.write('usage: node scripts/run.mjs SCRIPT.ts [arguments]\n');
  process.exit(2);
}
const [major = 0] = process.versions.node.split('.').map(Number);
if (major < 20) {
  process.stderr.write(`ckpt needs Node.js 20 or newer; this is ${process.version}.\n`);
  process.exit(2);
}
if (!packagesAreCurrent()) {
  process.stderr.write('installing npm packages…\n');
  // Not `npm ci`: it refuses a lock file without the packages of platforms that a registry does not mirror.
  run('npm', ['install', '--no-audit', '--no-fund', '--loglevel=error']);
}
run(join(root, 'node_modules', '.bin', 'tsx'), [resolve(root, script), ...rest]);

function packagesAreCurrent() {
  const installed = join(root, 'node_modules', '.package-lock.json');
  return (
    existsSync(installed) && statSync(installed).mtimeMs >= statSync(join(root, 'package-lock.json')).mtimeMs
  );
}

function run(program, args) {
  const cwd = program === 'npm' ? root : process.cwd();
  const { status, signal, error } = spawnSync(program, args, { stdio: 'inherit', cwd });
  if (error) process.stderr.write(`${program}: ${error.message}\n`);
  if (status !== 0) process.exit(status ?? (signal ? 130 : 1));
}
