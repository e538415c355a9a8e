import type { Command } from 'commander';
import type { SeenTree } from '../../checkpoint/check/index.js';
import { CkptError } from '../../errors.js';
import { examples } from '../frame/examples.js';
import type { Io } from '../frame/io.js';
import { orFrozen } from '../frame/or-frozen.js';
import { addPolicyOptions, addShellJob, type PolicyOptions, policies } from '../frame/policy-options.js';
import { requireRoot } from '../frame/privilege.js';
import { addThawPlace, type ThawPlace } from '../frame/thaw-place.js';

type Options = PolicyOptions & ThawPlace;

/** `ckpt check`: exit status 0 can, 3 cannot, 8 can with losses, 9 cannot know. */
export function register(program: Command, io: Io): void {
  const command = program
    .command('check')
    .description(
      'Say whether processes can be frozen and thawed, what would be lost, and what to do about it. Nothing is ' +
        'stopped or changed. Exit status 0: they can; 3: they cannot; 8: they can, with the losses listed; 9: it ' +
        'depends on something that cannot be seen from outside.',
    )
    .argument('<target...>', 'PIDs, systemd units or program names')
    .action(async (targets: string[], options: Options) => {
      requireRoot();
      await checkCommand(io, targets, options);
    });
  addThawPlace(command, { kernel: 'this one', criu: 'the one that freezes them' });
  addPolicyOptions(command);
  addShellJob(command);
  examples(command, [
    ['ckpt check redis.service', 'can this unit be frozen?'],
    ['ckpt check 4711 --for-kernel 7.2', 'and thawed on kernel 7.2?'],
    ['ckpt check nginx --json', 'the same for a program'],
    ['ckpt check 812 && ckpt freeze 812', 'freeze only what loses nothing'],
  ]);
}

async function checkCommand(io: Io, given: readonly string[], options: Options): Promise<void> {
  const [
    { findTargets },
    { gatherFacts, judgeAll, refuseUnknownBreaks, steady, versionOf, VERDICT_STATUS, worst },
    { refuseNested },
    { listTasks },
    { checkText },
  ] = await Promise.all([
    import('../../checkpoint/closure/index.js'),
    import('../../checkpoint/check/index.js'),
    import('../../checkpoint/plan/targets.js'),
    import('../../host/proc/process.js'),
    import('../render/check.js'),
  ]);
  const targets = await orFrozen(io.globals.store, () => findTargets(given));
  const { criu, kernel } = await whatFreezes(io);
  const freeze = { kernel: versionOf(kernel), criu };
  const thaw = {
    kernel: options.forKernel ?? freeze.kernel,
    criu: options.forCriu ?? criu,
  };
  const named = new Map(targets.flatMap(({ given: word, pids }) => pids.map(root => [root, word] as const)));
  const optionsOf = await policies(options, named);
  const roots = [...named.keys()];
  const tasks = listTasks();
  refuseNested(roots, tasks);
  const judged = (seen: readonly SeenTree[]) => {
    refuseUnknownBreaks(seen, options.break ?? []);
    const trees = judgeAll(seen, { freeze, thaw }, optionsOf);
    return { trees, verdict: worst(trees.map(tree => tree.verdict)) };
  };
  const seen = await gatherFacts(roots, tasks);
  const first = judged(seen);
  // What begins while it is looked at can look odd; what stands in the way twice does.
  const again = first.verdict === 'cannot' ? steady(seen, await gatherFacts(roots)) : undefined;
  const { trees, verdict } = again === undefined ? first : judged(again);
  if (io.globals.json) io.json({ kind: 'check', verdict, freeze, thaw, targets, trees });
  else io.out(checkText({ trees, freeze, thaw }, io.style));
  io.setStatus(VERDICT_STATUS[verdict]);
}

/** A machine without a CRIU can still be looked at: a rule says what that leaves open. */
async function whatFreezes(io: Io): Promise<{ readonly criu: string | undefined; readonly kernel: string }> {
  const [{ findCriu }, { systemIdentity }] = await Promise.all([
    import('../../host/criu/find.js'),
    import('../../host/system.js'),
  ]);
  const { kernel } = systemIdentity();
  try {
    return { criu: (await findCriu({ path: io.globals.criu, env: io.env })).version, kernel };
  } catch (error) {
    // One that was chosen, or is there and does not run, is a mistake to be told of.
    if (!(error instanceof CkptError && error.code === 'criu-not-found')) throw error;
    return { criu: undefined, kernel };
  }
}
