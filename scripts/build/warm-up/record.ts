/**
 * `node record.cjs PROGRAM OUTPUT`: runs the bundled program again and again in this one process, through a freeze, a
 * thaw and what else is in a hurry, and writes down the code that V8 made of it (`Script.createCachedData`). CRIU is
 * played by a shell script that hands out a small dump, so that a build needs neither CRIU nor root.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import v8 from 'node:v8';
import { Script } from 'node:vm';
import { isExpected, makeCommandLines } from './command-lines.js';
import { startTarget } from './target.js';

/** What `process.exit` throws here: nothing behind it may run. */
const OVER = new Error('the program asked to end');

/** How long one command may take, ms. */
const LIMIT = 60_000;

const [program = '', output = ''] = process.argv.slice(2);
const { exit } = process;
const { setFlagsFromString } = v8;

void record().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  exit(1);
});

async function record(): Promise<void> {
  const script = new Script(readFileSync(program, 'latin1'), { filename: 'ckpt.cjs' });
  // V8 takes no code that was made under other flags than its own: the program may set none here.
  v8.setFlagsFromString = () => {};
  setFlagsFromString('--no-flush-bytecode');
  process.getuid = () => 0;
  process.on('unhandledRejection', reason => {
    if (reason !== OVER) throw reason;
  });
  const folder = mkdtempSync(join(tmpdir(), 'ckpt-warm-up-'));
  const target = await startTarget(join(folder, 'ready'));
  const said: string[] = [];
  const speak = listen(said);
  try {
    for (const args of makeCommandLines(folder, target.pid)) {
      const status = await runOnce(script, args);
      if (!isExpected(args, status))
        throw new Error(`ckpt ${args.join(' ')} ended with ${status}:\n${said.join('')}`);
    }
  } finally {
    speak();
    await target.end();
    rmSync(folder, { recursive: true, force: true });
  }
  setFlagsFromString('--flush-bytecode');
  writeFileSync(output, script.createCachedData());
  exit(0);
}

/** Runs the program once, until it asks to end; gives the status. */
async function runOnce(script: Script, args: readonly string[]): Promise<number> {
  process.argv = [process.execPath, 'ckpt', ...args];
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<number>((resolve, reject) => {
    process.exit = status => {
      resolve(Number(status));
      throw OVER;
    };
    timer = setTimeout(() => reject(new Error(`waited ${LIMIT} ms for ckpt ${args.join(' ')}`)), LIMIT);
  });
  const module = { exports: {} };
  const main = script.runInThisContext() as (...given: unknown[]) => void;
  main(module.exports, createRequire(program), module, program, dirname(program));
  return over.finally(() => clearTimeout(timer));
}

/** Collects what the program says, until the function that is returned is called. */
function listen(said: string[]): () => void {
  const streams = [process.stdout, process.stderr];
  const before = streams.map(stream => stream.write);
  const hear = (text: unknown, ...rest: unknown[]): boolean => {
    said.push(String(text));
    for (const one of rest) if (typeof one === 'function') queueMicrotask(() => one());
    return true;
  };
  for (const stream of streams) stream.write = hear;
  return () => {
    for (const [index, stream] of streams.entries()) stream.write = before[index] ?? stream.write;
  };
}
