/** The commands of `ckpt` as data: what manual pages and completions are made from. `frame/shape.ts` reads them. */

/** What a word on the command line stands for, as far as a shell can help with it. */
export type WordKind = 'pid' | 'unit' | 'bundle' | 'archive' | 'folder' | 'file' | 'text';

/** How a shell asks for the services that run. Names with anything to expand are left out: they are shown to no shell. */
export const RUNNING_UNITS =
  "systemctl list-units --type=service --state=running --plain --no-legend 2>/dev/null | cut -d ' ' -f 1 | grep -E '^[A-Za-z0-9._@:+-]+$'";

/** A command line, and what it does in a few words. */
export type Example = readonly [line: string, does: string];

export interface OptionShape {
  readonly short: string | undefined;
  readonly long: string;
  /** As in the help: `--tcp <policy>`. */
  readonly flags: string;
  readonly description: string;
  /** What it is where nobody says it, in words. */
  readonly byDefault: string | undefined;
  readonly value: { readonly kind: WordKind; readonly choices: readonly string[] } | undefined;
}

export interface ArgumentShape {
  readonly name: string;
  readonly description: string;
  readonly required: boolean;
  readonly variadic: boolean;
  readonly kinds: readonly WordKind[];
  readonly choices: readonly string[];
}

export interface CommandShape {
  readonly name: string;
  readonly summary: string;
  readonly description: string;
  readonly usage: string;
  readonly arguments: readonly ArgumentShape[];
  readonly options: readonly OptionShape[];
  readonly examples: readonly Example[];
  readonly group: string;
}

export interface ProgramShape extends CommandShape {
  readonly version: string;
  readonly commands: readonly CommandShape[];
}
