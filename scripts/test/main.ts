/** `npm test`: lint, types, build, then every test; ends with a line that counts them and the reasons of those skipped. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { addCounts, type Counts, readCounts, summary } from './counts.js';
import { prepareMachine } from './prepare.js';

const root = join(import.meta.dirname, '..', '..');
const bin = (name: string): string => join(root, 'node_modules', '.bin', name);

/** Runs a step with its output shown; gives whether it succeeded. */
async function step(title: string, program: string, args: readonly string[]): Promise<boolean> {
  process.stderr.write(`\n== ${title}\n`);
  const result = await execa(program, args, { cwd: root, stdio: 'inherit', reject: false });
  if (result.exitCode !== 0)
    process.stderr.write(`== ${title}: FAILED (${result.exitCode ?? result.signal})\n`);
  return result.exitCode === 0;
}

async function vitest(project: string, results: string): Promise<Counts & { ok: boolean }> {
  const file = join(results, `${project}.json`);
  const ok = await step(`${project} tests`, bin('vitest'), [
    'run',
    ...['--project', project],
    ...['--reporter', 'default', '--reporter', 'json'],
    `--outputFile.json=${file}`,
  ]);
  return { ok, ...(await readCounts(file)) };
}

const only = process.argv.slice(2);
const wanted = (project: string): boolean => only.length === 0 || only.includes(project);
const results = await mkdtemp(join(tmpdir(), 'ckpt-test-'));
let ok = true;
try {
  if (only.length === 0) {
    ok = (await step('lint', bin('biome'), ['check', '.'])) && ok;
    ok = (await step('types', bin('tsc'), ['-p', '.'])) && ok;
  }
  ok = (await step('build', bin('tsx'), ['scripts/build/compile.ts'])) && ok;
  ok = (await step('one executable', bin('tsx'), ['scripts/build/executable.ts'])) && ok;
  // Fetching and building images waits mostly for the network, so it runs beside the tests that need none of it.
  const prepared = wanted('vm') ? prepareMachine() : Promise.resolve();
  const counts: Counts[] = [];
  for (const project of ['unit', 'host', 'vm'].filter(wanted)) {
    if (project !== 'unit') await prepared;
    const outcome = await vitest(project, results);
    ok = outcome.ok && ok;
    counts.push(outcome);
  }
  const total = addCounts(counts);
  process.stdout.write(summary(total));
  process.exitCode = ok && total.failed === 0 && total.passed > 0 ? 0 : 1;
} finally {
  await rm(results, { recursive: true, force: true });
}
