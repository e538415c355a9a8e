import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type Command, Option } from 'commander';
import type { CkptError } from '../../errors.js';
import type { Bundle } from '../../image-format/bundle/open-bundle.js';
import type { ThawResult } from '../../restore/request.js';
import { type Chosen, chooseBundles, requireTrust } from '../frame/choose-bundles.js';
import { examples } from '../frame/examples.js';
import { interruptible } from '../frame/interrupt.js';
import type { Io } from '../frame/io.js';
import { requireRoot } from '../frame/privilege.js';
import { failedJson, sayFailure } from '../frame/several.js';
import { duration, oneOf } from '../frame/values.js';
import { asFailure } from '../render/failure.js';
import { shellWord } from '../render/shell-word.js';
import { thawText } from '../render/thaw-text.js';

interface Options {
  readonly again?: boolean;
  readonly tcp?: 'established' | 'close' | 'refuse';
  readonly shellJob?: boolean;
  readonly dryRun?: boolean;
  readonly patience: number;
}

/** `ckpt thaw`: a bundle into running processes. */
export function register(program: Command, io: Io): void {
  const command = program
    .command('thaw')
    .description(
      'Bring frozen processes back. The bundle is only read, so a thaw that fails can be tried again.',
    )
    .argument(
      '[name|file...]',
      'bundles of the store, or .ckpt files; without any, every bundle not thawed yet',
    )
    .option('--again', 'thaw a bundle that was thawed before')
    .option(
      '--tcp <policy>',
      'instead of what the freeze chose: established (keep them), close, or refuse',
      oneOf('--tcp', ['established', 'close', 'refuse']),
    )
    .option('--shell-job', 'give the tree the terminal of this shell')
    .addOption(
      new Option('--patience <time>', 'give CRIU up when it has done nothing at all for this long')
        .argParser(duration('--patience'))
        .default(60_000, '60s'),
    )
    .option('--dry-run', 'check the bundle, this CRIU and kernel, PIDs and sockets, and start nothing')
    .action(async (names: string[], options: Options) => {
      requireRoot();
      await interruptible(abort => thawCommand(io, names, options, abort));
    });
  examples(command, [
    ['ckpt thaw', 'everything that is frozen and was not thawed yet'],
    ['ckpt thaw db', 'the bundle "db"'],
    ['ckpt thaw db web', 'one after the other; when one cannot be thawed, the others still are'],
    ['ckpt thaw /mnt/usb/db.ckpt', 'a bundle that came as a file (it is put into the store first)'],
    ['ckpt thaw db --again', 'a second time, if the first copy is gone'],
  ]);
}

async function thawCommand(
  io: Io,
  names: readonly string[],
  options: Options,
  abort: AbortSignal,
): Promise<void> {
  const { findCriu } = await import('../../host/criu/find.js');
  // CRIU is asked for its version while the rest is loaded.
  const finding = findCriu({ path: io.globals.criu, env: io.env });
  finding.catch(() => {});
  const [
    { refuseUnfit },
    { thaw },
    { sweepStore },
    { suitYoungSpaceToThaw },
    { keepNumbersFree },
    { removeBundle },
    { readStoreFacts, refuseNoexec },
  ] = await Promise.all([
    import('../../host/doctor/refuse-unfit.js'),
    import('../../restore/thaw.js'),
    import('../../checkpoint/store/sweep-store.js'),
    import('../../host/heap.js'),
    import('../../host/numbers.js'),
    import('../../image-format/bundle/open-bundle.js'),
    import('../../host/store-facts.js'),
  ]);
  const store = resolve(io.globals.store);
  const criu = await finding;
  await refuseUnfit(criu);
  refuseNoexec(await readStoreFacts(store));
  // What a cut-off one left there takes the room that this one needs.
  await sweepStore(store);
  const chosen = await chooseBundles(io, store, names, abort);
  const { bundles, fresh } = chosen;
  const { again = false, dryRun = false, tcp, shellJob, patience } = options;
  // What is started from here on takes no number that a frozen process needs.
  if (!dryRun) await keepNumbersFree(store);
  suitYoungSpaceToThaw(Math.max(0, ...bundles.map(processesOf)));
  const how = {
    ...{ store, criu, again, dryRun, patience, abort, verbose: io.globals.verbose, emit: io.emit },
    ...(tcp === undefined ? {} : { tcp }),
    ...(shellJob === undefined ? {} : { shellJob }),
  };
  const thawOne = async (bundle: Bundle): Promise<ThawResult> => {
    await requireTrust(io, bundle);
    const result = await thaw({ bundle, ...how });
    if (!io.globals.json) io.out(thawText(result, dryRun));
    return result;
  };
  const { results, failures } = await thawEach(io, chosen, thawOne).finally(async () => {
    if (dryRun) for (const bundle of fresh) await removeBundle(bundle);
  });
  if (!dryRun) await endOfWaiting(io, bundles);
  if (io.globals.json) io.json({ kind: 'thaw', dryRun, bundles: results, ...failedJson(io, failures) });
  io.setStatus(failures[0]?.exit ?? 0);
}

/** One after the other: of several bundles, one that cannot be thawed keeps none of the others frozen. */
async function thawEach(
  io: Io,
  { bundles, failures: unready }: Chosen,
  thawOne: (bundle: Bundle) => Promise<ThawResult>,
): Promise<{ readonly results: readonly ThawResult[]; readonly failures: readonly CkptError[] }> {
  const results: ThawResult[] = [];
  const failures: CkptError[] = [];
  const fails = (failure: CkptError): void => {
    failures.push(failure);
    sayFailure(io, failure);
  };
  for (const failure of unready) fails(failure);
  const alone = bundles.length === 1 && failures.length === 0;
  for (const bundle of bundles) {
    try {
      results.push(await thawOne(bundle));
    } catch (error) {
      const failure = asFailure(error);
      await warnOfHeld(io, bundle);
      await sayHowAgain(io, bundle);
      if (alone) throw failure;
      fails(failure);
      if (failure.code === 'thaw-interrupted') break;
    }
  }
  return { results, failures };
}

function processesOf({ manifest }: Bundle): number {
  return manifest.trees.reduce((sum, { processes }) => sum + processes, 0);
}

/** Whose frozen processes do not come back waits for them all the same, until somebody gives them up. */
async function warnOfHeld({ emit }: Io, { name, path }: Bundle): Promise<void> {
  const [{ unitsHeldFor }, { FROZEN }] = await Promise.all([
    import('../../host/systemd/held-back.js'),
    import('../../image-format/bundle/layout.js'),
  ]);
  const mark = join(path, FROZEN);
  const units = existsSync(mark) ? await unitsHeldFor({ mark }) : [];
  if (units.length === 0) return;
  const message = `${units.join(', ')}: not started as long as ${name} waits; to give its processes up: ckpt rm ${name} --force`;
  emit({ type: 'warning', operation: 'thaw', message });
}

/** Nobody typed what a boot thaws with: who reads its log types this. */
async function sayHowAgain({ emit }: Io, { name, path }: Bundle): Promise<void> {
  const [{ ownService }, { bootUnit }, { FROZEN }] = await Promise.all([
    import('../../host/systemd/scope.js'),
    import('../../host/systemd/unit-files.js'),
    import('../../image-format/bundle/layout.js'),
  ]);
  if (ownService() !== bootUnit(name) || !existsSync(join(path, FROZEN))) return;
  const message = `this boot has not thawed ${name}; when the reason below is put right: systemctl start ${shellWord(bootUnit(name))}`;
  emit({ type: 'warning', operation: 'thaw', message });
}

/** In the boot that they were frozen in, their services were told how to end; a reboot has forgotten that. */
async function endOfWaiting({ emit }: Io, bundles: readonly Bundle[]): Promise<void> {
  const [{ systemIdentity }, { releaseHeldServices, unreadWarning }] = await Promise.all([
    import('../../host/system.js'),
    import('../../checkpoint/hold-back.js'),
  ]);
  const { bootId } = systemIdentity();
  if (!bundles.some(({ manifest }) => manifest.origin.bootId === bootId)) return;
  const { problem } = await releaseHeldServices();
  if (problem !== undefined) emit({ type: 'warning', operation: 'thaw', message: unreadWarning(problem) });
}
