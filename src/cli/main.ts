#!/usr/bin/env node
import { leave, processIo } from './frame/process-io.js';
import { run } from './frame/program.js';

const { io, err } = processIo();
void run(process.argv.slice(2), io, err).then(leave);
