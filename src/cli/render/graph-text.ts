import type { Box, FoldedGraph, Link } from '../../checkpoint/graph/index.js';
import { put } from '../../lists.js';
import { boxCommand, boxTitle, countLine, linkTitle, summaryLine } from './graph-words.js';
import type { Style } from './style.js';
import { printable } from './text.js';
import { type TreeNode, tree } from './tree.js';

const MARKS: Readonly<Record<Link['standing'], string>> = { blocking: '✗', crossing: '~', inside: '=' };

/** Pure: the processes as a tree, and under each one its ties; those that block come first. */
export function graphText(graph: FoldedGraph, style: Style): string {
  const inside = graph.boxes.filter(box => box.inside);
  const ids = new Set(inside.map(box => box.id));
  const roots = inside.filter(box => box.parent === undefined || !ids.has(box.parent));
  const index = indexOf(graph);
  const lines = [
    style.bold(printable(graph.title)),
    tree(roots.map(box => node(box, index, style))),
    '',
    `${countLine(graph)}   (${style.red('✗')} blocks the freeze, ${style.yellow('~')} crosses to somebody outside, = stays inside)`,
  ];
  const summary = summaryLine(graph);
  if (summary !== '') lines.push(style.dim(summary));
  lines.push(...graph.unknown.map(what => style.yellow(`could not be seen: ${printable(what)}`)));
  const advice = adviceLines(graph, style);
  return [...lines, ...(advice.length > 0 ? ['', ...advice] : [])].join('\n');
}

/** What a box is asked for, made once: looked for in each box anew, thousands of boxes take seconds. */
interface Index {
  readonly boxes: ReadonlyMap<string, Box>;
  readonly links: ReadonlyMap<string, readonly Link[]>;
  readonly children: ReadonlyMap<string, readonly Box[]>;
}

function indexOf(graph: FoldedGraph): Index {
  const links = new Map<string, Link[]>();
  // A tie between two boxes inside is shown once, at the first of them.
  for (const link of graph.links)
    for (const id of link.standing === 'inside' ? link.boxes.slice(0, 1) : new Set(link.boxes))
      put(links, id, link);
  const children = new Map<string, Box[]>();
  for (const box of graph.boxes) if (box.inside) put(children, box.parent, box);
  return { boxes: new Map(graph.boxes.map(box => [box.id, box])), links, children };
}

function node(box: Box, index: Index, style: Style): TreeNode {
  const command = boxCommand(box, 60);
  const label = `${style.bold(boxTitle(box))}${command === '' ? '' : ` ${style.dim(command)}`}`;
  return {
    label,
    children: [
      ...(index.links.get(box.id) ?? []).map(link => ({ label: linkLabel(link, box, index, style) })),
      ...(index.children.get(box.id) ?? []).map(one => node(one, index, style)),
    ],
  };
}

function linkLabel(link: Link, box: Box, index: Index, style: Style): string {
  const others = link.boxes.filter(id => id !== box.id).flatMap(id => index.boxes.get(id) ?? []);
  const shown = [...others]
    .sort((a, b) => Number(a.inside) - Number(b.inside))
    .slice(0, 3)
    .map(one => (one.inside ? boxTitle(one) : style.bold(boxTitle(one))));
  const more = others.length - shown.length;
  const text = `${MARKS[link.standing]} ${linkTitle(link)}`;
  const paint = { blocking: style.red, crossing: style.yellow, inside: style.dim };
  const to =
    others.length === 0 ? '' : ` ${style.dim('—')} ${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
  return `${paint[link.standing](text)}${to}`;
}

/** What to add and what to break, each piece of advice once. */
function adviceLines(graph: FoldedGraph, style: Style): readonly string[] {
  const seen = new Set<string>();
  return graph.links.flatMap(link => {
    if (link.standing === 'inside' || link.remedy === '') return [];
    const key = `${link.kind} ${link.boxes.join(' ')}`;
    if (seen.has(key)) return [];
    seen.add(key);
    const paint = link.standing === 'blocking' ? style.red : style.yellow;
    return [
      `${paint(MARKS[link.standing])} ${linkTitle(link)}: ${spoken(link.happens, link, graph)}`,
      `  ${style.cyan('→')} ${spoken(link.remedy, link, graph)}.`,
    ];
  });
}

/** The words were made for one tie; where it stands for several, the process they name is said as its box. */
function spoken(text: string, link: Link, graph: FoldedGraph): string {
  if (link.count === 1) return printable(text);
  const boxes = graph.boxes.filter(box => link.boxes.includes(box.id) && box.pids.length > 1);
  return boxes.reduce((words, box) => {
    const one = box.pids.map(pid => `${box.name} (PID ${pid})`).find(name => words.includes(name));
    return one === undefined ? words : words.replaceAll(one, boxTitle(box));
  }, printable(text));
}
