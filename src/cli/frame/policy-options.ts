import type { Command } from 'commander';
import type { CheckOptions } from '../../checkpoint/check/index.js';
import { append, fileRule, oneOf, size } from './values.js';

/** What `check` and `freeze` may both be told of how the processes are to be frozen. Undefined: nobody said. */
export interface PolicyOptions {
  readonly shellJob?: boolean;
  readonly tcp?: CheckOptions['tcp'];
  readonly ghostLimit?: number;
  readonly unix?: CheckOptions['unix'];
  readonly break?: readonly string[];
  readonly file?: CheckOptions['files'];
  readonly policy?: string;
}

/** Declares all but `--shell-job`. */
export function addPolicyOptions(command: Command): Command {
  return command
    .option(
      '--tcp <policy>',
      'established TCP connections: established (keep, the default), close, or refuse',
      oneOf('--tcp', ['established', 'close', 'refuse']),
    )
    .option(
      '--unix <policy>',
      'datagram sockets that send to a named socket outside: refuse (the default), or external (connect again at the thaw)',
      oneOf('--unix', ['refuse', 'external']),
    )
    .option(
      '--break <tie>',
      'accept the loss of this tie, by its name in `ckpt check`; may be repeated',
      append<string>(value => value),
    )
    .option(
      '--file <pattern=action>',
      'open files: keep (must be there at the thaw, the default), carry (along, and put back if missing), reopen (what lies there then, made empty if missing), ignore (may have changed); may be repeated',
      append(fileRule('--file')),
    )
    .option('--policy <file>', 'take these options for each service from a JSON file (docs/policy.md)')
    .option(
      '--ghost-limit <size>',
      'largest file to carry along that is deleted or in memory (else: 64M)',
      size('--ghost-limit'),
    );
}

/** Declares `--shell-job`, which a boot that thaws cannot do: it has no terminal. */
export function addShellJob(command: Command): Command {
  return command.option(
    '--shell-job',
    'the tree is a job of a shell: after the thaw it uses the terminal of the thaw',
  );
}

/**
 * How each root is to be frozen: what the command line says, else what the policy file says of the service that it
 * belongs to, else the defaults. Rules for files add up, those of the command line first.
 */
export async function policies(
  options: PolicyOptions,
  given: ReadonlyMap<number, string>,
): Promise<(root: number) => CheckOptions> {
  const { DEFAULTS } = await import('../../checkpoint/check/options.js');
  const of = options.policy === undefined ? undefined : await fromFile(options.policy, given);
  return root => {
    const said = of?.(root) ?? {};
    return {
      shellJob: options.shellJob ?? said.shellJob ?? DEFAULTS.shellJob,
      tcp: options.tcp ?? said.tcp ?? DEFAULTS.tcp,
      ghostLimit: options.ghostLimit ?? said.ghostLimit ?? DEFAULTS.ghostLimit,
      unix: options.unix ?? said.unix ?? DEFAULTS.unix,
      broken: [...(options.break ?? []), ...(said.broken ?? [])],
      files: [...(options.file ?? []), ...(said.files ?? [])],
    };
  };
}

async function fromFile(path: string, given: ReadonlyMap<number, string>) {
  const [{ readPolicyFile, policyOf }, { namesOf }] = await Promise.all([
    import('../../checkpoint/policy/policy-file.js'),
    import('../../checkpoint/policy/service-names.js'),
  ]);
  const file = readPolicyFile(path);
  return (root: number) => policyOf(file, namesOf(root, given.get(root)));
}
