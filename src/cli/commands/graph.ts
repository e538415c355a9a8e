import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import type { Graph } from '../../checkpoint/graph/index.js';
import { examples } from '../frame/examples.js';
import type { Io } from '../frame/io.js';
import { requireRoot } from '../frame/privilege.js';

interface Options {
  readonly dot?: boolean;
  readonly svg?: boolean;
  readonly all?: boolean;
  readonly withTies?: boolean;
}

/** `ckpt graph`: what ties processes together, as text, DOT, SVG or JSON. */
export function register(program: Command, io: Io): void {
  const command = program
    .command('graph')
    .description(
      'Draws processes and what ties them to each other and to the outside: what stays, what crosses, what blocks a ' +
        'freeze. Stops and changes nothing.',
    )
    .argument('<target...>', 'PIDs, systemd units or program names; or one bundle, by its name or folder')
    .option('--dot', "in Graphviz's language")
    .option('--svg', 'as a picture (nothing needs to be installed)')
    .option('--all', 'every process and tie by itself; alike ones are drawn as one otherwise')
    .option('--with-ties', 'grow the targets until nothing crosses, and draw that')
    .action(async (targets: string[], options: Options) => {
      requireRoot();
      await graphCommand(io, targets, options);
    });
  examples(command, [
    ['ckpt graph nginx', 'the tree of nginx with its ties, on the terminal'],
    ['ckpt graph postgresql.service --svg > ties.svg', 'a picture for a browser'],
    ['ckpt graph 4711 --dot | dot -Tpdf > ties.pdf', 'with Graphviz'],
    ['ckpt graph 4711 --with-ties', 'what would have to be frozen together'],
  ]);
}

async function graphCommand(io: Io, given: readonly string[], options: Options): Promise<void> {
  const { fold } = await import('../../checkpoint/graph/index.js');
  const bundle = given.length === 1 ? bundleFolder(io, given[0] ?? '') : undefined;
  const graph = bundle === undefined ? await ofProcesses(given, options) : await ofBundle(bundle);
  if (io.globals.json) return io.json({ kind: 'graph', ...graph });
  const folded = fold(graph, options.all === true);
  if (options.svg === true) {
    const { graphSvg } = await import('../render/graph-svg.js');
    return io.out(await graphSvg(folded));
  }
  if (options.dot === true) {
    const { graphDot } = await import('../render/graph-dot.js');
    return io.out(graphDot(folded));
  }
  const { graphText } = await import('../render/graph-text.js');
  io.out(graphText(folded, io.style));
}

/** The folder of a bundle that is called so in the store, or that lies at this path; undefined for anything else. */
function bundleFolder(io: Io, given: string): string | undefined {
  if (/^\d+$/.test(given)) return undefined;
  const folder = given.includes('/') ? given : join(io.globals.store, given);
  return existsSync(join(folder, 'manifest.json')) ? folder : undefined;
}

async function ofProcesses(given: readonly string[], options: Options): Promise<Graph> {
  const [{ findTargets, growClosure, takeClosure }, { graphOfClosure }] = await Promise.all([
    import('../../checkpoint/closure/index.js'),
    import('../../checkpoint/graph/index.js'),
  ]);
  const targets = await findTargets(given);
  const pids = targets.flatMap(target => target.pids);
  return graphOfClosure(await (options.withTies === true ? growClosure : takeClosure)(pids));
}

/** What a bundle says is believed only once its digests have been checked. */
async function ofBundle(folder: string): Promise<Graph> {
  const [{ openBundle }, { readVerifiedDocument }, { graphOfDocument }] = await Promise.all([
    import('../../image-format/bundle/index.js'),
    import('../../image-format/bundle/verify-document.js'),
    import('../../checkpoint/graph/index.js'),
  ]);
  const bundle = await openBundle(folder);
  return graphOfDocument(await readVerifiedDocument(bundle), `bundle ${bundle.name}`);
}
