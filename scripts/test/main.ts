/** `npm test`: lint, types, build, then every test; ends with a line that counts them and the reasons of those skipped. */
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { execa } from 'execa';
import { inLanes } from '../setup/lanes.js';
import { addCounts, type Counts, countsFileVariable, readCounts, summary } from './counts.js';
import { partsOf } from './parts.js';
import { prepareMachine, prepareUnits } from './prepare.js';

const root = join(import.meta.dirname, '..', '..');
/** A machine in a test takes 1 to 2 GiB. */
const MOST_LANES = 4;
const bin = (name: string): string => join(root, 'node_modules', '.bin', name);

/** Runs a step with its output shown, afterwards if others run `beside` it; gives whether it succeeded. */
async function step(
  title: string,
  program: string,
  args: readonly string[],
  {
    beside = false,
    env = {},
  }: { readonly beside?: boolean; readonly env?: Readonly<Record<string, string>> } = {},
): Promise<boolean> {
  process.stderr.write(`\n== ${title}${beside ? ' (begun)' : ''}\n`);
  const began = performance.now();
  const output = beside ? ({ stdin: 'ignore', all: true } as const) : ({ stdio: 'inherit' } as const);
  // Certificates for Node would cost each of thousands of processes 80 ms at its start.
  const all = { CKPT_COMPILED: '1', NODE_EXTRA_CA_CERTS: undefined, ...env };
  const result = await execa(program, args, { cwd: root, env: all, reject: false, ...output });
  if (beside) {
    const seconds = Math.round((performance.now() - began) / 1000);
    process.stderr.write(`\n== ${title} (${seconds} s)\n${String(result.all)}\n`);
  }
  if (result.exitCode !== 0)
    process.stderr.write(`== ${title}: FAILED (${result.exitCode ?? result.signal})\n`);
  return result.exitCode === 0;
}

/** A run of vitest. One of several at once is shown when it is over, so that their outputs do not mix. */
async function vitest(
  { project, file }: { readonly project: string; readonly file?: string },
  results: string,
  beside: boolean,
): Promise<Counts & { ok: boolean }> {
  const name = file === undefined ? project : basename(file, '.test.ts');
  const counts = join(results, `${name}.json`);
  const args = [
    ...['run', ...(file === undefined ? [] : [file])],
    ...['--project', project],
    ...['--reporter', 'default', '--reporter', 'scripts/test/counts-reporter.ts'],
  ];
  const env = { [countsFileVariable]: counts };
  const ok = await step(`${name} tests`, bin('vitest'), args, { beside, env });
  return { ok, ...(await readCounts(counts)) };
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
  if (wanted('unit')) await prepareUnits();
  // Fetching and building images waits mostly for the network, so it runs beside the tests that need none of it.
  const prepared = wanted('vm') ? prepareMachine() : Promise.resolve();
  const outcomes: (Counts & { ok: boolean })[] = [];
  if (wanted('unit')) outcomes.push(await vitest({ project: 'unit' }, results, false));
  await prepared;
  // An emulated machine and the host tests keep one processor busy each.
  const parts = await partsOf(root, wanted);
  const lanes = Math.min(parts.length, availableParallelism(), MOST_LANES);
  outcomes.push(
    ...(await inLanes(
      parts.map(part => () => vitest(part, results, lanes > 1)),
      lanes,
    )),
  );
  ok = outcomes.every(outcome => outcome.ok) && ok;
  const total = addCounts(outcomes);
  process.stdout.write(summary(total));
  process.exitCode = ok && total.failed.length === 0 && total.passed > 0 ? 0 : 1;
} finally {
  await rm(results, { recursive: true, force: true });
}
