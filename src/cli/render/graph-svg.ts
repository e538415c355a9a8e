import type { FoldedGraph } from '../../checkpoint/graph/index.js';
import { graphDot } from './graph-dot.js';

/** Laid out by the Graphviz that the package carries (WebAssembly): nothing needs to be installed. */
export async function graphSvg(graph: FoldedGraph): Promise<string> {
  const { Graphviz } = await import('@hpcc-js/wasm-graphviz');
  const graphviz = await Graphviz.load();
  return graphviz.dot(graphDot(graph), 'svg');
}
