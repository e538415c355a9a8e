#!/usr/bin/env node
import { version } from '../version.js';
import { leave, processIo } from './frame/process-io.js';

const argv = process.argv.slice(2);
const { io, err } = processIo();

/** Asking for the version is what scripts do most: it is answered before anything else is loaded. */
async function main(): Promise<number> {
  if (argv.length === 1 && (argv[0] === '--version' || argv[0] === '-V')) {
    io.out(version);
    return 0;
  }
  const { run } = await import('./frame/program.js');
  return run(argv, io, err);
}

void main().then(leave);
