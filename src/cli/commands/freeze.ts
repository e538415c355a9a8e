import type { Command } from 'commander';
import { fail } from '../../errors.js';
import { examples } from '../frame/examples.js';
import { interruptible } from '../frame/interrupt.js';
import type { Io } from '../frame/io.js';
import { requireRoot } from '../frame/privilege.js';
import { duration, oneOf, pid, size } from '../frame/values.js';
import { bytes, count, duration as inWords } from '../render/units.js';

interface Options {
  readonly name?: string;
  readonly leaveRunning?: boolean;
  readonly tcp: 'established' | 'close' | 'refuse';
  readonly shellJob?: boolean;
  readonly out?: string;
  readonly ghostLimit: number;
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
    .argument('<pid...>', 'root processes; each is frozen with all its descendants')
    .option('--name <name>', 'name of the bundle (else the command and PID of the first process)')
    .option('--leave-running', 'let the processes run on after the freeze (a copy for a rehearsal)')
    .option(
      '--tcp <policy>',
      'established TCP connections: established (keep), close, or refuse',
      oneOf('--tcp', ['established', 'close', 'refuse']),
      'established' as const,
    )
    .option(
      '--shell-job',
      "the tree is a job of a shell's terminal, which it gets back from the thaw's terminal",
    )
    .option(
      '--ghost-limit <size>',
      'largest unlinked file to carry along',
      size('--ghost-limit'),
      64 * 2 ** 20,
    )
    .option('--out <file.ckpt>', 'also write the bundle as one file')
    .option(
      '--patience <time>',
      'how long CRIU may do nothing at all before it is given up',
      duration('--patience'),
      60_000,
    )
    .option('--dry-run', 'say what would be frozen, and stop nothing')
    .action(async (pids: string[], options: Options) => {
      requireRoot();
      await freezeCommand(io, pids.map(pid('<pid>')), options);
    });
  examples(command, [
    ['ckpt freeze 4711', 'freeze process 4711 and its children'],
    ['ckpt freeze 4711 --name db', 'the same, into the bundle "db"'],
    ['ckpt freeze 4711 4720 --name shop', 'two trees in one bundle: all stop before any is written'],
    ['ckpt freeze 4711 --leave-running', 'a rehearsal: the original runs on'],
    ['ckpt freeze 4711 --out /mnt/usb/db.ckpt', 'also as one file, to carry elsewhere'],
  ]);
}

async function freezeCommand(io: Io, pids: readonly number[], options: Options): Promise<void> {
  const [{ findCriu }, { keepYoungSpaceSmall }] = await Promise.all([
    import('../../host/criu/find.js'),
    import('../../host/heap.js'),
  ]);
  keepYoungSpaceSmall();
  // CRIU is asked for its version while the rest is loaded and looked at; what stands against it is told in its turn.
  const finding = findCriu({ path: io.globals.criu, env: io.env });
  finding.catch(() => {});
  const [
    { refuseUnfitCriu },
    { listStats },
    { resolveTargets },
    store,
    { refuseIfTooLarge },
    { sweepStore },
    layout,
  ] = await Promise.all([
    import('../../host/doctor/refuse-unfit.js'),
    import('../../host/proc/process.js'),
    import('../../checkpoint/targets.js'),
    import('../../image-format/bundle/store.js'),
    import('../../checkpoint/memory-need.js'),
    import('../../checkpoint/sweep-store.js'),
    import('../../image-format/bundle/layout.js'),
  ]);
  const shellJob = options.shellJob ?? false;
  const trees = resolveTargets(pids, listStats(), { self: process.pid, shellJob });
  const first = trees[0]?.root;
  const name = options.name ?? layout.toBundleName(`${first?.name ?? 'tree'}-${first?.pid ?? 0}`);
  if (options.out !== undefined) await refuseExisting(options.out);
  const storePath = await store.ensureStore(io.globals.store);
  await store.ensureNameFree(storePath, name);
  if (!options.dryRun) await sweepStore(storePath);
  const loading = import('../../checkpoint/freeze.js');
  const criu = await finding;
  await refuseUnfitCriu(criu);
  await refuseIfTooLarge(
    storePath,
    trees.flatMap(tree => tree.processes.map(process => process.pid)),
  );
  const members = trees.map(({ root, processes }) => ({
    root: root.pid,
    command: root.name,
    processes: processes.length,
  }));
  if (options.dryRun) {
    if (io.globals.json) io.json({ kind: 'freeze-plan', name, store: storePath, criu, trees: members });
    else io.out(`would freeze ${describe(members)} into ${storePath}/${name} with CRIU ${criu.version}`);
    return;
  }
  const { freeze } = await loading;
  const result = await interruptible(abort =>
    freeze({
      trees,
      name,
      store: storePath,
      criu,
      tcp: options.tcp,
      shellJob,
      leaveRunning: options.leaveRunning ?? false,
      verbose: io.globals.verbose,
      ghostLimit: options.ghostLimit,
      patience: options.patience,
      abort,
      emit: io.emit,
    }),
  );
  if (options.out !== undefined) {
    await writeArchive(result, storePath, options.out);
  }
  if (io.globals.json)
    io.json({ kind: 'freeze', ...result, ...(options.out ? { archive: options.out } : {}) });
  else {
    const { guardInstalled } = await import('../../host/guard-unit.js');
    io.out(report(result, options, result.guarded && !guardInstalled()));
  }
}

function describe(trees: readonly { root: number; command: string; processes: number }[]): string {
  return trees
    .map(tree => `${tree.command} (PID ${tree.root}, ${count(tree.processes, 'process', 'processes')})`)
    .join(', ');
}

function report(
  result: Awaited<ReturnType<typeof import('../../checkpoint/freeze.js').freeze>>,
  options: Options,
  unguarded: boolean,
): string {
  const running = options.leaveRunning
    ? 'they run on; try the copy elsewhere'
    : 'switch the kernel, then type';
  return [
    `froze ${describe(result.trees)} into the bundle ${result.name}`,
    `  memory       ${bytes(result.memory)}`,
    `  stood still  ${inWords(result.stoodStill)}${options.leaveRunning ? '' : ', until the bundle was safe on the disk'}`,
    `  bundle       ${result.path}${options.out ? ` and ${options.out}` : ''}`,
    ...(unguarded
      ? [
          '  before that  its TCP connections need a guard, or the next kernel resets them: ckpt guard --install',
        ]
      : []),
    `  next         ${running}: ckpt thaw ${result.name}`,
  ].join('\n');
}

/** Refuses a place for the file that could be known to fail, before anything is stopped. */
async function refuseExisting(file: string): Promise<void> {
  const [{ accessSync, constants, existsSync, statSync }, { dirname, resolve }] = await Promise.all([
    import('node:fs'),
    import('node:path'),
  ]);
  if (existsSync(file)) throw fail('archive-exists', { file });
  const folder = dirname(resolve(file));
  if (!existsSync(folder)) throw fail('archive-place', { file, problem: `there is no folder ${folder}` });
  if (!statSync(folder).isDirectory())
    throw fail('archive-place', { file, problem: `${folder} is no folder` });
  try {
    accessSync(folder, constants.W_OK);
  } catch (cause) {
    throw fail('archive-place', { file, problem: `${folder} cannot be written to` }, { cause });
  }
}

/** The processes are safe in the store by now, which a failure here must say. */
async function writeArchive(
  { name, path }: { readonly name: string; readonly path: string },
  store: string,
  file: string,
): Promise<void> {
  const { packBundle } = await import('../../image-format/bundle/archive.js');
  try {
    await packBundle(path, file);
  } catch (cause) {
    const problem = cause instanceof Error ? cause.message : String(cause);
    throw fail('archive-failed', { name, store, path, file, problem }, { cause });
  }
}
