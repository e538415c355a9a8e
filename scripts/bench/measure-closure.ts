/** `measure-closure.ts PID…`: takes the closure of these trees once, and prints what that cost, as JSON. */
import { takeClosure } from '../../src/checkpoint/closure/index.js';

const roots = process.argv.slice(2).map(Number);
const began = performance.now();
const closure = await takeClosure(roots);
const wall = performance.now() - began;
const peak = process.resourceUsage().maxRSS * 1024;
process.stdout.write(
  `${JSON.stringify({ members: closure.members.length, ties: closure.ties.length, wall, peak })}\n`,
);
