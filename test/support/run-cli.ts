import { createIo } from '../../src/cli/frame/io.js';
import { run } from '../../src/cli/frame/program.js';

export interface CliResult {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
  /** Standard output read as JSON. */
  readonly json: () => unknown;
}

/** Runs one `ckpt` command line in this process. */
export async function runCli(
  argv: readonly string[],
  options: { env?: Record<string, string>; isTty?: boolean; columns?: number } = {},
): Promise<CliResult> {
  let stdout = '';
  let stderr = '';
  const isTty = options.isTty ?? false;
  const columns = options.columns;
  const out = {
    write: (text: string) => {
      stdout += text;
    },
    isTty,
    columns,
  };
  const err = {
    write: (text: string) => {
      stderr += text;
    },
    isTty,
    columns,
  };
  const status = await run(argv, createIo({ out, err, env: options.env ?? {} }), err);
  return { status, stdout, stderr, json: () => JSON.parse(stdout) };
}
