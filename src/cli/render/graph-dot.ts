import type { Box, FoldedGraph, Link } from '../../checkpoint/graph/index.js';
import { boxCommand, boxTitle, countLine, linkTitle, summaryLine } from './graph-words.js';
import { printable } from './text.js';

/** Colours that stay apart for the colour-blind, and on paper by line style and width. */
const LOOKS: Readonly<Record<Link['standing'], string>> = {
  blocking: 'color="#c1121f", fontcolor="#c1121f", penwidth=2.5, style=bold',
  crossing: 'color="#b36b00", fontcolor="#8a5300", penwidth=1.4, style=dashed',
  inside: 'color="#7a8794", fontcolor="#55606b", penwidth=1',
};

/** Pure: the graph in Graphviz's language. Families lie in a frame; ties of more than two are small knots of their own. */
export function graphDot(graph: FoldedGraph): string {
  const inside = graph.boxes.filter(box => box.inside);
  const outside = graph.boxes.filter(box => !box.inside);
  const summary = summaryLine(graph);
  const title = [printable(graph.title), countLine(graph), summary].filter(line => line !== '');
  return [
    'digraph ckpt {',
    '  rankdir=LR; nodesep=0.25; ranksep=0.9; bgcolor="white";',
    `  label=${quote(title.join('\n'))}; labelloc=t; fontname="Arial"; fontsize=14;`,
    '  node [shape=box, fontname="Arial", fontsize=11, margin="0.24,0.08"];',
    '  edge [fontname="Arial", fontsize=9, dir=none];',
    '  subgraph cluster_inside {',
    '    label="frozen together"; labeljust=l; style="rounded,filled"; fillcolor="#f2f7fb"; color="#4a6fa5"; fontsize=11;',
    ...inside.map(box => `    ${boxStatement(box)}`),
    ...graph.links.flatMap((link, index) =>
      isKnot(link) && link.standing === 'inside' ? [knotStatement(link, index)] : [],
    ),
    '  }',
    ...outside.map(box => `  ${boxStatement(box)}`),
    ...familyEdges(inside),
    ...graph.links.flatMap((link, index) => linkStatements(link, index)),
    '}',
    '',
  ].join('\n');
}

function boxStatement(box: Box): string {
  const command = boxCommand(box, 44);
  const label = [boxTitle(box), ...(command === '' ? [] : [command])].join('\n');
  const look = box.inside
    ? `style="filled${box.root ? ',bold' : ''}", fillcolor="white", color="#4a6fa5"`
    : 'style="filled,dashed", fillcolor="#fff6ea", color="#8a5300"';
  // Several processes in one box: drawn as a stack.
  return `${quote(box.id)} [label=${quote(label)}, ${look}${box.pids.length > 1 ? ', peripheries=2' : ''}];`;
}

function familyEdges(inside: readonly Box[]): readonly string[] {
  const ids = new Set(inside.map(box => box.id));
  return inside.flatMap(box =>
    box.parent === undefined || !ids.has(box.parent)
      ? []
      : [
          `  ${quote(box.parent)} -> ${quote(box.id)} [dir=forward, arrowsize=0.6, color="#4a6fa5", weight=3];`,
        ],
  );
}

/** A tie of more than two boxes is a small node of its own. */
function isKnot(link: Link): boolean {
  return link.boxes.length > 2;
}

function knotStatement(link: Link, index: number): string {
  const look = LOOKS[link.standing];
  return `  tie${index} [shape=ellipse, style=filled, fillcolor=white, label=${quote(shorten(linkTitle(link)))}, fontsize=9, tooltip=${tip(link)}, ${look}];`;
}

function linkStatements(link: Link, index: number): readonly string[] {
  const [first, second] = link.boxes;
  const look = LOOKS[link.standing];
  if (first === undefined) return [];
  if (isKnot(link))
    return [
      // Those inside stand in the frame already.
      ...(link.standing === 'inside' ? [] : [knotStatement(link, index)]),
      ...link.boxes.map(box => `  ${quote(box)} -> tie${index} [${look}, label=""];`),
    ];
  const constraint = link.standing === 'inside' ? 'false' : 'true';
  return [
    `  ${quote(first)} -> ${quote(second ?? first)} [label=${quote(shorten(linkTitle(link)))}, tooltip=${tip(link)}, ${look}, constraint=${constraint}];`,
  ];
}

/** What a browser shows when the pointer rests on a tie. */
function tip(link: Link): string {
  const parts = [link.name, link.happens, link.remedy].filter(text => text !== '');
  return quote(parts.map(printable).join('\n'));
}

function shorten(text: string): string {
  return text.length > 46 ? `${text.slice(0, 22)}…${text.slice(-22)}` : text;
}

/** A DOT string: quotes and backslashes escaped, lines kept. */
function quote(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`;
}
