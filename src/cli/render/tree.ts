/** A node of a tree that is to be printed. A label of several lines is kept together. */
export interface TreeNode {
  readonly label: string;
  readonly children?: readonly TreeNode[];
}

/** Pure: trees as lines with branches drawn before the children; without recursion, since trees can be deep. */
export function tree(roots: readonly TreeNode[]): string {
  const lines: string[] = [];
  const stack = roots.map(node => ({ node, lead: '', rest: '' })).reverse();
  while (stack.length > 0) {
    const item = stack.pop();
    if (item === undefined) break;
    const children = item.node.children ?? [];
    const stem = children.length > 0 ? '│ ' : '  ';
    item.node.label.split('\n').forEach((line, at) => {
      lines.push(at === 0 ? item.lead + line : item.rest + stem + line);
    });
    for (let at = children.length - 1; at >= 0; at -= 1) {
      const node = children[at];
      if (node === undefined) continue;
      const last = at === children.length - 1;
      stack.push({
        node,
        lead: `${item.rest}${last ? '└─ ' : '├─ '}`,
        rest: `${item.rest}${last ? '   ' : '│  '}`,
      });
    }
  }
  return lines.join('\n');
}
