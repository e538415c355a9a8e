/** The program set in a guest, worked through `programs/zoo.sh`. */
import { join } from 'node:path';
import type { Machine } from '../driver/index.js';
import type { ProgramTree } from '../programs/program-trees.js';

const programs = join(import.meta.dirname, '..', 'programs');
const zoo = '/opt/programs/zoo.sh';
/** Seconds that one call may take: several trees are restored, asked and ended in one on an emulated CPU. */
const limit = 400;

/** What each program says of itself: "right", or what is wrong; by tree, `FAILED` and why for one that is not there. */
export type Verdicts = ReadonlyMap<string, Readonly<Record<string, string>> | string>;

/** Copies the programs into the guest and starts the trees. @throws when a program cannot set its feature up */
export async function startPrograms(machine: Machine, trees: readonly ProgramTree[]): Promise<void> {
  await machine.copyIn(programs, '/opt/programs');
  for (const tree of trees) await startTree(machine, tree);
}

export async function startTree(machine: Machine, tree: ProgramTree): Promise<void> {
  const own = tree.own === undefined ? '' : `--own ${tree.own} `;
  const inside = tree.inside === undefined ? '' : `--inside '${tree.inside}' `;
  const said = await machine.ok(
    `${zoo} start ${tree.name} ${inside}${own}${tree.processes.map(names => names.join('+')).join(' ')}`,
    { limit },
  );
  const unready = Object.entries(JSON.parse(said) as Record<string, string>).filter(
    ([, state]) => state !== 'ready',
  );
  if (unready.length > 0) throw new Error(`not ready: ${JSON.stringify(unready, null, 1)}`);
}

/** The PID of a tree's leader. */
export async function leaderOf(machine: Machine, tree: ProgramTree): Promise<number> {
  return Number(await machine.ok(`cat /srv/zoo/${tree.name}.pid`));
}

/** Has every program of the trees check itself. */
export async function askPrograms(machine: Machine, trees: readonly ProgramTree[]): Promise<Verdicts> {
  return verdictsOf(await machine.ok(`${zoo} ask ${names(trees)}`, { limit }));
}

export async function endPrograms(machine: Machine): Promise<void> {
  await machine.ok(`${zoo} end`, { limit });
}

/** Dumps the trees with plain CRIU; their images lie under `images`, a folder a tree. */
export async function dumpPrograms(
  machine: Machine,
  version: string,
  images: string,
  trees: readonly ProgramTree[],
): Promise<void> {
  await machine.ok(`${zoo} dump ${version} ${images} ${names(trees)}`, { limit });
}

/** Dumps a tree with plain CRIU and lets it run on; its images lie in `images`, in a folder named for the tree. */
export async function copyPrograms(
  machine: Machine,
  version: string,
  images: string,
  tree: ProgramTree,
): Promise<void> {
  await machine.ok(`${zoo} copy ${version} ${images} ${tree.name}`, { limit });
}

/** Restores the trees with plain CRIU, asks them, and ends them. */
export async function restorePrograms(
  machine: Machine,
  version: string,
  { images, saved }: { readonly images: string; readonly saved: string },
  trees: readonly ProgramTree[],
): Promise<Verdicts> {
  return verdictsOf(
    await machine.ok(`${zoo} restore ${version} ${images} ${saved} ${names(trees)}`, { limit }),
  );
}

/** What is not right: tree and program, and why. */
export function wrongs(verdicts: Verdicts): readonly string[] {
  return [...verdicts].flatMap(([tree, found]) =>
    typeof found === 'string'
      ? [`${tree}: ${found}`]
      : Object.entries(found).flatMap(([program, verdict]) =>
          verdict === 'right' ? [] : [`${tree}/${program}: ${verdict}`],
        ),
  );
}

/** How many programs are right. */
export function countRight(verdicts: Verdicts): number {
  return [...verdicts.values()]
    .flatMap(found => (typeof found === 'string' ? [] : Object.values(found)))
    .filter(verdict => verdict === 'right').length;
}

export function countAll(trees: readonly ProgramTree[]): number {
  return trees.reduce((sum, tree) => sum + tree.processes.flat().length, 0);
}

function names(trees: readonly ProgramTree[]): string {
  return trees.map(tree => tree.name).join(' ');
}

function verdictsOf(output: string): Verdicts {
  return new Map(
    output.split('\n').map(line => {
      const [tree = '', found = '', why = ''] = line.split('\t');
      return [tree, found === 'FAILED' ? `FAILED ${why}` : (JSON.parse(found) as Record<string, string>)];
    }),
  );
}
