/** The format's documentation, made from the schemas themselves. Pure. */
import { z } from 'zod';
import { document, FORMAT } from '../../src/image-format/neutral/index.js';

/** A JSON Schema node, as far as the page needs it. */
interface Node {
  readonly type?: string;
  readonly description?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly items?: Node;
  readonly anyOf?: readonly Node[];
  readonly oneOf?: readonly Node[];
  readonly properties?: Readonly<Record<string, Node>>;
  readonly additionalProperties?: Node | boolean;
  readonly required?: readonly string[];
  readonly $ref?: string;
}

/** JSON Schema of the document, for other tools. */
export function renderSchema(): string {
  const schema = z.toJSONSchema(document, { reused: 'ref', target: 'draft-2020-12' });
  return `${JSON.stringify({ title: `ckpt document, format ${FORMAT}`, ...schema }, null, 1)}\n`;
}

const INTRODUCTION = `# The document, format ${FORMAT}

*Made from the schemas in \`src/image-format/neutral/\` by \`npm run format-docs\`; do not edit.*

\`document.json\` of a bundle says what the frozen processes are, in the words of Linux and POSIX. It names no checkpointer's
layout: someone with another checkpointer can write it, and read it.

- **Integers** that fit into 53 bits are JSON numbers. Wider ones are decimal strings; addresses, registers and masks are
  hexadecimal strings (\`0x7f…\`), lower case, without leading zeros.
- **Flags** are lists of names; a bit without a name here is \`bit-N\`. **Enumerations** are names; a number without a name
  is \`#N\`. So nothing is lost that a newer kernel adds.
- **References** name another object of the same tree by its \`id\`: \`file-3\`, \`pipe-17\`, \`memory-2\`. The number is the one that
  the source had, and means nothing else.
- **Text** that Linux treats as bytes (paths, names) is a string; bytes that are not UTF-8 are lone surrogates U+DC80..U+DCFF.
- **Bytes** are base64 where they are short and always there; otherwise they lie in a member of the bundle
  (\`payload/…\`), named with an offset and a length. Contents of pages lie in \`memory/…\` and are never in the document.
- **Times** are spans unless the field says otherwise.
- **residue** holds what the checkpointer wrote and this format does not model: by image, record and field. Another
  checkpointer leaves it out.

The same as a JSON Schema: [format.schema.json](format.schema.json).
`;

/** The page: one table for each kind of object, in the order in which they are met. */
export function renderPage(): string {
  const root = z.toJSONSchema(document, { reused: 'inline', target: 'draft-2020-12' }) as Node;
  const page = new Page();
  page.object(root, 'document');
  return `${INTRODUCTION}\n${page.text()}`;
}

class Page {
  private readonly parts: string[] = [];
  private readonly known = new Map<string, string>();

  text(): string {
    return this.parts.join('\n');
  }

  object(node: Node, title: string): void {
    const rows: string[] = [];
    const later: (() => void)[] = [];
    for (const [name, field] of Object.entries(node.properties ?? {})) {
      const must = node.required?.includes(name) === true ? 'yes' : '';
      const type = this.type(field, `${title}.${name}`, later);
      rows.push(`| \`${name}\` | ${type} | ${must} | ${cell(field.description ?? '')} |`);
    }
    this.parts.push(`## ${title}\n`, `${node.description ?? ''}\n`);
    this.parts.push('| field | type | always | meaning |', '| --- | --- | --- | --- |', ...rows, '');
    for (const work of later) work();
  }

  /** How a field's type reads; nested objects get a table of their own, later. */
  private type(node: Node, path: string, later: (() => void)[]): string {
    if (node.$ref !== undefined) return 'carried value';
    if (node.const !== undefined) return `\`${JSON.stringify(node.const)}\``;
    if (node.enum !== undefined) return names(node.enum);
    const choice = node.anyOf ?? node.oneOf;
    if (choice !== undefined) return this.choice(choice, path, later);
    if (node.type === 'array') return `list of ${this.type(node.items ?? {}, `${path}[]`, later)}`;
    if (node.type === 'object') return this.nested(node, path, later);
    if (node.type === 'string') return string(node);
    if (node.type === 'integer') return 'integer';
    return node.type ?? 'any';
  }

  private choice(choice: readonly Node[], path: string, later: (() => void)[]): string {
    const kinds = choice.map(option => {
      const kind = option.properties?.kind;
      const first = kind?.const ?? kind?.enum?.[0];
      return this.type(option, first === undefined ? path : `${path}<${String(first)}>`, later);
    });
    return kinds.join(', or ');
  }

  private nested(node: Node, path: string, later: (() => void)[]): string {
    if (node.properties === undefined) return 'object';
    const key = JSON.stringify(node.properties);
    const before = this.known.get(key);
    if (before !== undefined) return link(before);
    const title = path.replace(/^document\./, '').replace(/^trees\[\]\./, '');
    this.known.set(key, title);
    later.push(() => this.object(node, title));
    return link(title);
  }
}

function link(title: string): string {
  return `[${title.replace(/[<>[\]]/g, c => `\\${c}`)}](#${title.toLowerCase().replace(/[^\w-]/g, '')})`;
}

function names(values: readonly unknown[]): string {
  const shown = values.slice(0, 48).map(value => `\`${String(value)}\``);
  return shown.join(' ') + (values.length > shown.length ? ` and ${values.length - shown.length} more` : '');
}

function string(node: Node): string {
  const { pattern } = node;
  if (pattern === undefined) return 'text';
  if (pattern.includes('0x(?:0|')) return 'hexadecimal';
  if (pattern.startsWith('^(?:0|[1-9]') || pattern.startsWith('^(?:0|-?')) return 'decimal';
  if (pattern.includes('A-Za-z0-9+/')) return 'base64';
  if (pattern.startsWith('^bit-')) return '`bit-N`';
  if (pattern.startsWith('^#')) return '`#N`';
  const reference = /^\^([a-z]+)-/.exec(pattern)?.[1];
  return reference === undefined ? 'text' : `\`${reference}-N\``;
}

function cell(text: string): string {
  return text.replace(/\|/g, '\\|');
}
