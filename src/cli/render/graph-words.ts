import type { Box, FoldedGraph, Link } from '../../checkpoint/graph/index.js';
import { printable } from './text.js';

/** `postgres × 20 (PIDs 812, 813, 814 …)`. */
export function boxTitle(box: Box): string {
  const name = printable(box.name);
  if (box.pids.length === 0) return name;
  if (box.pids.length === 1) return `${name} (PID ${box.pids[0]})`;
  const shown = box.pids.slice(0, 3).join(', ');
  return `${name} × ${box.pids.length} (PIDs ${shown}${box.pids.length > 3 ? ' …' : ''})`;
}

/** The arguments, where they say more than the name. */
export function boxCommand(box: Box, most: number): string {
  const command = printable(box.command.replace(/\s+/g, ' ').trim());
  if (command === '' || command === box.name) return '';
  return command.length > most ? `${command.slice(0, most - 1)}…` : command;
}

/** `unix stream connection /run/x.sock` or `pipe × 3`. */
export function linkTitle(link: Link): string {
  return link.count === 1 ? printable(link.name) : `${link.kind} × ${link.count}`;
}

/** `kept inside, not drawn: pipe × 3, session × 1`; '' when everything is drawn. */
export function summaryLine(graph: FoldedGraph): string {
  if (graph.summary.length === 0) return '';
  const parts = graph.summary.map(one => `${one.kind} × ${one.count}`);
  return `held by the family as a whole, not drawn: ${parts.join(', ')}`;
}

/** How many ties stand how. */
export function countLine(graph: FoldedGraph): string {
  const count = (standing: Link['standing']): number =>
    graph.links.filter(link => link.standing === standing).reduce((sum, link) => sum + link.count, 0);
  return `${count('blocking')} blocking, ${count('crossing')} crossing, ${count('inside')} inside`;
}
