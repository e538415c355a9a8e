/** What changed between two releases of the format, by comparing their JSON Schemas. Pure. */

interface Node {
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, Node>>;
  readonly anyOf?: readonly Node[];
  readonly oneOf?: readonly Node[];
  readonly items?: Node;
  readonly properties?: Readonly<Record<string, Node>>;
  readonly required?: readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly [other: string]: unknown;
}

export interface SchemaChanges {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  /** Fields whose type, names or presence is another. */
  readonly changed: readonly string[];
}

/** Paths look like `trees[].openFiles[]<pipe>.user`; of something new only the outermost path is named. */
export function schemaChanges(before: string, after: string): SchemaChanges {
  const old = flatten(before);
  const now = flatten(after);
  const outermost = (paths: readonly string[]) =>
    paths.filter(path => !paths.some(other => isWithin(path, other)));
  return {
    added: outermost([...now.keys()].filter(path => !old.has(path))),
    removed: outermost([...old.keys()].filter(path => !now.has(path))),
    changed: [...now.keys()].filter(path => old.has(path) && old.get(path) !== now.get(path)),
  };
}

function isWithin(path: string, other: string): boolean {
  return path !== other && path.startsWith(other) && /^[.[<]/.test(path.slice(other.length));
}

/** Every field, with what its values look like. */
function flatten(schema: string): ReadonlyMap<string, string> {
  const root = JSON.parse(schema) as Node;
  const fields = new Map<string, string>();
  const open = new Set<string>();

  const walk = (node: Node, path: string): string => {
    if (node.$ref !== undefined) return follow(node.$ref, path);
    const choice = node.anyOf ?? node.oneOf;
    if (choice !== undefined)
      return choice.map(option => walk(option, `${path}${kindOf(option)}`)).join(' | ');
    if (node.items !== undefined) return `list(${walk(node.items, `${path}[]`)})`;
    if (node.properties !== undefined) {
      for (const [name, field] of Object.entries(node.properties)) {
        const inner = path === '' ? name : `${path}.${name}`;
        const presence = node.required?.includes(name) === true ? 'always' : 'sometimes';
        fields.set(inner, `${presence} ${walk(field, inner)}`);
      }
      return 'object';
    }
    const { description: _, additionalProperties: _other, propertyNames: _names, ...rest } = node;
    return JSON.stringify(rest);
  };

  const follow = (reference: string, path: string): string => {
    const name = reference === '#' ? '' : reference.slice('#/$defs/'.length);
    // a shape that holds itself, such as a directory of cgroups
    if (open.has(name)) return 'the same again';
    const target = name === '' ? root : root.$defs?.[name];
    open.add(name);
    const text = walk(target ?? {}, path);
    open.delete(name);
    return text;
  };

  const resolve = (node: Node): Node =>
    node.$ref === undefined ? node : resolve(root.$defs?.[node.$ref.slice('#/$defs/'.length)] ?? {});

  const kindOf = (option: Node): string => {
    const found = resolve(option).properties?.kind;
    const kind = found === undefined ? undefined : resolve(found);
    const name = kind?.const ?? kind?.enum?.[0];
    return name === undefined ? '' : `<${String(name)}>`;
  };

  walk(root, '');
  return fields;
}
