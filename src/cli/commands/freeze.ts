import { resolve } from 'node:path';
import { type Command, Option } from 'commander';
import type { SeenTree } from '../../checkpoint/check/index.js';
import type { FreezeResult } from '../../checkpoint/freeze.js';
import type { HeldServices } from '../../checkpoint/hold-back.js';
import type { FreezePlan } from '../../checkpoint/plan.js';
import { CkptError, fail } from '../../errors.js';
import type { Criu } from '../../host/criu/find.js';
import type { Task } from '../../host/proc/process.js';
import type { StoreFacts } from '../../host/store-facts.js';
import type { Signer } from '../../image-format/bundle/signature.js';
import { bootThaw } from '../frame/boot-thaw.js';
import { chooseTrees } from '../frame/choose-trees.js';
import { examples } from '../frame/examples.js';
import { interruptible } from '../frame/interrupt.js';
import type { Io } from '../frame/io.js';
import { refuseExisting, writeArchive } from '../frame/out-file.js';
import { addPolicyOptions, type PolicyOptions } from '../frame/policy-options.js';
import { requireRoot } from '../frame/privilege.js';
import { addThawPlace, type ThawPlace } from '../frame/thaw-place.js';
import { archivePath, duration } from '../frame/values.js';
import { describeTrees, freezeText, type Lacking } from '../render/freeze-text.js';
import { withStore } from '../render/with-store.js';

interface Options extends PolicyOptions, ThawPlace {
  readonly name?: string;
  readonly withTies?: boolean;
  readonly leaveRunning?: boolean;
  readonly thawAtBoot?: boolean;
  readonly out?: string;
  readonly unchecked?: boolean;
  readonly dryRun?: boolean;
  readonly patience: number;
}

/** `ckpt freeze`: process trees into a bundle, all or none. */
export function register(program: Command, io: Io): void {
  const command = program
    .command('freeze')
    .description(
      'Freeze process trees into one bundle. Either it is complete on the disk, or everything runs on.',
    )
    .argument(
      '<target...>',
      'PIDs, systemd units or program names; each process is frozen with all its descendants',
    )
    .option('--name <name>', 'name of the bundle (else the command and PID of the first process)')
    .option('--with-ties', 'grow the targets until nothing that could be frozen with them is left outside')
    .option('--leave-running', 'let the processes run on after the freeze (a copy for a rehearsal)')
    .addOption(
      new Option('--thaw-at-boot', 'have systemd thaw the bundle at the next boot').conflicts([
        'leaveRunning',
        'shellJob',
      ]),
    )
    .option('--out <file.ckpt>', 'also write the bundle as one file', archivePath('--out'))
    .addOption(
      new Option('--patience <time>', 'how long CRIU may do nothing at all before it is given up')
        .argParser(duration('--patience'))
        .default(60_000, '60s'),
    )
    .option(
      '--unchecked',
      'do not look first at what ties the processes to others: leave it to CRIU to refuse',
    )
    .option('--dry-run', 'say what would be frozen and what would be lost, and stop nothing')
    .action(async (targets: string[], options: Options) => {
      requireRoot();
      await freezeCommand(io, targets, options);
    });
  addThawPlace(command, { kernel: 'not known yet', criu: 'not known yet' });
  addPolicyOptions(command);
  examples(command, [
    ['ckpt freeze 4711', 'freeze process 4711 and its children'],
    ['ckpt freeze 4711 --name db', 'the same, into the bundle "db"'],
    ['ckpt freeze redis.service 4720 --name shop', 'a unit and a tree in one bundle, all or none'],
    ['ckpt freeze redis.service --thaw-at-boot', 'then: systemctl kexec, and nothing more'],
    ['ckpt freeze web.service --with-ties', 'and whatever it is connected to on this machine'],
    ['ckpt freeze 4711 --break unix:812-813', 'without its peer: the connection comes back closed'],
    ["ckpt freeze 4711 --file '/run/app/*=carry'", 'files that a reboot would take away travel along'],
    ['ckpt freeze 4711 --for-kernel 7.2', 'not if something of it cannot be on kernel 7.2'],
    ['ckpt freeze 4711 --leave-running', 'a rehearsal: the original runs on'],
    ['ckpt freeze 4711 --out /mnt/usb/db.ckpt', 'also as one file, to carry elsewhere'],
  ]);
}

async function freezeCommand(io: Io, given: readonly string[], options: Options): Promise<void> {
  const { findCriu } = await import('../../host/criu/find.js');
  // CRIU is asked for its version while the rest is loaded and looked at; what stands against it is told in its turn.
  const finding = findCriu({ path: io.globals.criu, env: io.env });
  finding.catch(() => {});
  const [
    { refuseUnfitCriu },
    store,
    { refuseIfTooLarge },
    { storePlace },
    { sweepStore },
    { toBundleName },
    { suitYoungSpace },
    { NOTHING_HELD, whileHeldBack },
  ] = await Promise.all([
    import('../../host/doctor/refuse-unfit.js'),
    import('../../image-format/bundle/store.js'),
    import('../../checkpoint/memory-need.js'),
    import('../../checkpoint/store-place.js'),
    import('../../checkpoint/sweep-store.js'),
    import('../../image-format/bundle/layout.js'),
    import('../../host/heap.js'),
    import('../../checkpoint/hold-back.js'),
  ]);
  const { break: breaks = [], unchecked = false } = options;
  // What is broken, and whose files are meant, can only be told from what is seen.
  const looks = !unchecked || breaks.length > 0 || options.file !== undefined || options.policy !== undefined;
  const { optionsOf, added, list } = await chooseTrees(given, options, looks);
  let { trees, tasks } = list();
  suitYoungSpace(trees.reduce((sum, { processes }) => sum + processes.length, 0));
  const roots = trees.map(tree => tree.root.pid);
  const first = trees[0]?.root;
  const name = options.name ?? toBundleName(`${first?.name ?? 'tree'}-${first?.pid ?? 0}`);
  if (options.out !== undefined) await refuseExisting(options.out);
  const sign = await signer(io);
  const storePath = resolve(io.globals.store);
  if (!options.dryRun) await store.ensureStore(storePath);
  await store.ensureNameFree(storePath, name);
  if (!options.dryRun) await sweepStore(storePath);
  const place = await storePlace(storePath);
  const inMemory = warnOfMemory(place, options);
  // Before anything of the freeze is written there.
  refuseIfTooLarge(
    place,
    trees.flatMap(tree => tree.processes.map(process => process.pid)),
  );
  const loading = Promise.all([
    import('../../checkpoint/freeze.js'),
    import('../../checkpoint/plan.js'),
    import('../../checkpoint/prepare-freeze.js'),
  ]);
  let before: readonly SeenTree[] | undefined;
  const decideOnce = async () => {
    const looking = tasks === undefined ? undefined : lookAt(roots, tasks, before);
    looking?.catch(() => {});
    const criu = await finding;
    await refuseUnfitCriu(criu);
    const [seen, [, { planFreeze }]] = await Promise.all([looking, loading]);
    before = seen;
    const thaw = { kernel: options.forKernel, criu: options.forCriu };
    const planned = { criu: criu.version, thaw, optionsOf, breaks, unchecked };
    const plan = planFreeze(trees, seen, planned);
    for (const message of [...added, ...inMemory, ...plan.warnings])
      io.emit({ type: 'warning', operation: 'freeze', message });
    return { ...plan, warnings: [...inMemory, ...plan.warnings], criu };
  };
  // What begins while it is looked at can look odd; what stands in the way twice does.
  const decide = () =>
    decideOnce().catch((error: unknown) => {
      if (!(error instanceof CkptError) || error.code !== 'freeze-blocked') throw error;
      ({ trees, tasks } = list());
      return decideOnce();
    });
  if (options.dryRun) return sayPlan(io, { name, store: storePath, ...(await decide()) });
  const [{ freeze }, , { prepareFreeze, abandonFreeze }] = await loading;
  const { leaveRunning = false, patience } = options;
  const { verbose } = io.globals;
  const freezeThem = async (abort: AbortSignal) => {
    // Before the look, so that CRIU starts beside that, and taken back when that says no.
    const intended = trees.map(tree => ({ ...tree, options: optionsOf(tree.root.pid) }));
    const prepared = await prepareFreeze({
      ...{ store: storePath, name, trees: intended, criu: finding, leaveRunning, verbose },
      looked: tasks !== undefined,
    });
    const plan = await decide().catch(async (error: unknown) => {
      await abandonFreeze(prepared);
      throw error;
    });
    return freeze({
      ...{ name, store: storePath, leaveRunning, verbose, patience, abort, emit: io.emit, sign, prepared },
      ...{ trees: plan.trees, criu: plan.criu },
    });
  };
  const freezeHeldBack = async (abort: AbortSignal): Promise<FreezeResult & HeldServices> => {
    if (leaveRunning) return { ...(await freezeThem(abort)), ...NOTHING_HELD };
    const thawAtBoot = options.thawAtBoot ? await bootThaw(io, name, storePath) : undefined;
    const holding = { roots, name, store: storePath, thawAtBoot, unchecked, emit: io.emit };
    return whileHeldBack(holding, took => {
      if (took) ({ trees, tasks } = list());
      return freezeThem(abort);
    });
  };
  await interruptible(async abort => {
    const result = await freezeHeldBack(abort);
    const { out: file } = options;
    // A file of much memory takes long, and whoever waits for it shall know that the freeze is over.
    if (!io.globals.json) await sayResult(io, result, options, place);
    if (file !== undefined) await writeArchive(io, result, { store: storePath, file, abort });
    if (io.globals.json)
      io.json({ kind: 'freeze', ...result, ...(file === undefined ? {} : { archive: file }) });
    else if (file !== undefined) io.out(`wrote ${file}`);
  });
}

/**
 * A store in memory is warned of and not refused, for what is thawed again under this kernel (on another CRIU, in a test) can
 * well lie there. Only a thaw at the next boot cannot be meant.
 */
function warnOfMemory({ path, volatile }: StoreFacts, { thawAtBoot }: Options): readonly string[] {
  if (volatile === undefined) return [];
  if (thawAtBoot) throw fail('store-in-memory', { store: path, kind: volatile });
  return [
    `the store ${path} lies in memory (${volatile}): what is frozen into it is gone after a kernel switch; choose a folder on a disk with --store DIR`,
  ];
}

/**
 * The look at what ties the trees to others takes as long as CRIU does to say its version, and runs beside it.
 * @param before what a first look saw
 */
async function lookAt(roots: readonly number[], tasks: readonly Task[], before?: readonly SeenTree[]) {
  const { gatherFacts, steady } = await import('../../checkpoint/check/index.js');
  const seen = await gatherFacts(roots, tasks);
  return before === undefined ? seen : steady(before, seen);
}

/** What `--dry-run` says. */
function sayPlan(
  io: Io,
  plan: FreezePlan & { readonly name: string; readonly store: string; readonly criu: Criu },
): void {
  const { name, store, criu, warnings } = plan;
  const trees = plan.trees.map(({ root, processes }) => ({
    root: root.pid,
    command: root.name,
    processes: processes.length,
  }));
  if (io.globals.json) io.json({ kind: 'freeze-plan', name, store, criu, trees, warnings });
  else io.out(`would freeze ${describeTrees(trees)} into ${store}/${name} with CRIU ${criu.version}`);
}

async function sayResult(
  io: Io,
  result: FreezeResult & HeldServices,
  options: Options,
  place: StoreFacts,
): Promise<void> {
  const lacking = options.leaveRunning ? [] : await lackingFor(io, result, place);
  io.out(withStore(freezeText(result, options, lacking), io.globals.elsewhere));
}

/** What is not here that a kernel switch, and the processes after it, need. */
async function lackingFor(
  { env }: Io,
  { guarded }: FreezeResult,
  { path, volatile }: StoreFacts,
): Promise<readonly Lacking[]> {
  // Where the bundle does not outlive the kernel, the rest is of no use.
  if (volatile !== undefined) return ['disk'];
  const [{ hasNft, installedGuard }, { kexecLoaded }] = await Promise.all([
    import('../../host/guard-unit.js'),
    import('../../host/system.js'),
  ]);
  const lacks: readonly (readonly [Lacking, boolean])[] = [
    ['nft', guarded && !hasNft(env.PATH)],
    [guarded ? 'guard' : 'numbers', installedGuard(path) !== 'this'],
    ['kernel', kexecLoaded() === false],
  ];
  return lacks.flatMap(([what, lacking]) => (lacking ? [what] : []));
}

/** A key that cannot be used is told of before anything is stopped; without one, nothing about keys is loaded. */
async function signer({ env }: Io): Promise<Signer> {
  if (!env.CKPT_SIGN_KEY) return manifest => manifest;
  const { signerWith } = await import('../../image-format/bundle/signature.js');
  return signerWith(env.CKPT_SIGN_KEY);
}
