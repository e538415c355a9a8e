import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Command, Option } from 'commander';
import type { Graph } from '../../checkpoint/graph/index.js';
import { MANIFEST } from '../../image-format/bundle/layout.js';
import { INVENTORY } from '../../image-format/criu/inventory.js';
import { examples } from '../frame/examples.js';
import { untilInterrupted } from '../frame/interrupt.js';
import type { Io } from '../frame/io.js';
import { lookingAt } from '../frame/looking-at.js';
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
      'Draw processes and what ties them to each other and to the outside: what stays, what crosses, what blocks a ' +
        'freeze. Nothing is stopped or changed.',
    )
    .argument(
      '<target|bundle...>',
      'PIDs, systemd units or program names; or one bundle (its name or folder), .ckpt file or folder of CRIU images',
    )
    .addOption(new Option('--dot', "in Graphviz's language").conflicts('svg'))
    .option('--svg', 'as a picture (nothing needs to be installed)')
    .option('--all', 'draw every process and tie by itself; else similar ones are drawn as one')
    .option('--with-ties', 'grow the targets until nothing crosses, and draw that')
    .action(async (targets: string[], options: Options) => {
      requireRoot();
      await graphCommand(io, targets, options);
    });
  examples(command, [
    ['ckpt graph nginx', 'the tree of nginx with its ties, on the terminal'],
    ['ckpt graph postgresql.service --svg > ties.svg', 'a picture for a browser'],
    ['ckpt graph 4711 --dot | dot -Tpdf > ties.pdf', 'with Graphviz'],
    ['ckpt graph /mnt/usb/db.ckpt', 'what was frozen into a file'],
    ['ckpt graph 4711 --with-ties', 'what would have to be frozen together'],
  ]);
}

async function graphCommand(io: Io, given: readonly string[], options: Options): Promise<void> {
  const { fold } = await import('../../checkpoint/graph/index.js');
  const [only = '', ...more] = given;
  const frozen = more.length === 0 && isFrozen(io, only);
  const graph = frozen ? await ofFrozen(io, only) : await ofProcesses(given, options);
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

/** Whether a word means something frozen: a bundle of the store, or a path to a bundle, a .ckpt file or CRIU's images. */
function isFrozen(io: Io, given: string): boolean {
  if (/^\d+$/.test(given)) return false;
  if (given.includes('/') || given.endsWith('.ckpt')) return true;
  const holds = (folder: string, file: string): boolean => existsSync(join(folder, given, file));
  return holds(io.globals.store, MANIFEST) || holds('.', MANIFEST) || holds('.', INVENTORY);
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
async function ofFrozen(io: Io, given: string): Promise<Graph> {
  const [{ openSource }, { graphOfDocument }] = await Promise.all([
    import('../../conversion/source.js'),
    import('../../checkpoint/graph/index.js'),
  ]);
  return untilInterrupted('the look into it', async abort => {
    const source = await openSource(given, await lookingAt(io, 'graph', { abort }));
    try {
      const title = source.bundle ? `bundle ${source.bundle.manifest.name}` : `images ${given}`;
      return graphOfDocument(source.document, title);
    } finally {
      await source.close();
    }
  });
}
