import type { SeenTree } from '../../../checkpoint/check/index.js';
import type { FreezePlan, PlanRequest } from '../../../checkpoint/plan/plan.js';
import { CkptError } from '../../../errors.js';
import type { Emit } from '../../../events.js';
import type { Criu } from '../../../host/criu/find.js';
import type { Task } from '../../../host/proc/process.js';
import type { ChosenTrees, ListedTrees } from '../../frame/choose-trees.js';

/** How the trees are to be frozen, and by which CRIU. */
export interface Decision extends FreezePlan {
  readonly criu: Criu;
}

/** What a decision depends on beside the trees. */
interface Given extends Omit<PlanRequest, 'criu' | 'optionsOf'> {
  /** A CRIU to come. */
  readonly criu: Promise<Criu>;
  /** Of the store. */
  readonly warnings: readonly string[];
  readonly emit: Emit;
}

/** The trees that were asked for, as they were last listed, and what is decided about them. */
export class Targets {
  /** PIDs. */
  readonly roots: readonly number[];
  readonly #chosen: ChosenTrees;
  #listed: ListedTrees;
  #seenBefore: readonly SeenTree[] | undefined;

  constructor(chosen: ChosenTrees) {
    this.#chosen = chosen;
    this.#listed = chosen.list();
    this.roots = this.trees.map(tree => tree.root.pid);
  }

  get trees(): ListedTrees['trees'] {
    return this.#listed.trees;
  }

  /** Of all processes. */
  get pids(): readonly number[] {
    return this.trees.flatMap(({ processes }) => processes.map(({ pid }) => pid));
  }

  /** The trees with how each of them is to be frozen, as far as that was said. */
  get intended() {
    return this.trees.map(tree => ({ ...tree, options: this.#chosen.optionsOf(tree.root.pid) }));
  }

  /** Whether a decision looks at what ties them to others. */
  get looks(): boolean {
    return this.#listed.tasks !== undefined;
  }

  /** For when processes may have come and gone. */
  listAgain(): void {
    this.#listed = this.#chosen.list();
  }

  /**
   * Looks and plans. What begins while it is looked at can look odd; what stands in the way twice does. Throws what
   * `planFreeze` throws, and what is wrong with CRIU.
   */
  decide(given: Given): Promise<Decision> {
    return this.#decideOnce(given).catch((error: unknown) => {
      if (!(error instanceof CkptError) || error.code !== 'freeze-blocked') throw error;
      this.listAgain();
      return this.#decideOnce(given);
    });
  }

  async #decideOnce({ criu: finding, warnings: ofStore, emit, ...given }: Given): Promise<Decision> {
    const { trees, tasks } = this.#listed;
    const looking = tasks === undefined ? undefined : lookAt(this.roots, tasks, this.#seenBefore);
    looking?.catch(() => {});
    const { refuseUnfit } = await import('../../../host/doctor/refuse-unfit.js');
    const criu = await finding;
    await refuseUnfit(criu);
    const [seen, { planFreeze }] = await Promise.all([looking, import('../../../checkpoint/plan/plan.js')]);
    this.#seenBefore = seen;
    const { optionsOf, added } = this.#chosen;
    const plan = planFreeze(trees, seen, { ...given, criu: criu.version, optionsOf });
    const warnings = [...ofStore, ...plan.warnings];
    for (const message of [...added, ...warnings]) emit({ type: 'warning', operation: 'freeze', message });
    return { trees: plan.trees, warnings, criu };
  }
}

/**
 * The look at what ties the trees to others takes as long as CRIU does to say its version, and runs beside it.
 * @param before what a first look saw
 */
async function lookAt(
  roots: readonly number[],
  tasks: readonly Task[],
  before?: readonly SeenTree[],
): Promise<readonly SeenTree[]> {
  const { gatherFacts, steady } = await import('../../../checkpoint/check/index.js');
  const seen = await gatherFacts(roots, tasks);
  return before === undefined ? seen : steady(before, seen);
}
