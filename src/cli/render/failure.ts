import { CkptError, fail, messageOf } from '../../errors.js';
import type { Style } from './style.js';
import { systemRefusal } from './system-refusal.js';
import { printable } from './text.js';
import { withStore } from './with-store.js';

/** Whatever was thrown, as a failure that a user can read. What we did not foresee is a bug of ours. Pure. */
export function asFailure(thrown: unknown): CkptError {
  if (thrown instanceof CkptError) return thrown;
  const refusal = systemRefusal(thrown);
  if (refusal !== undefined) return refusal;
  const message = messageOf(thrown);
  return fail('bug', { message: message.split('\n')[0] ?? message }, { cause: thrown });
}

/** Three lines: what, why, what to do; further reasons behind them; with `verbose` the log around the cause, where all of it lies, the stack. */
export function failureText(
  error: CkptError,
  options: { readonly verbose: boolean; readonly style: Style; readonly elsewhere: string | undefined },
): string {
  const { style, elsewhere } = options;
  const said = (text: string): string => printable(withStore(text, elsewhere));
  const lines = [
    `${style.red('ckpt:')} ${style.bold(said(error.message))}`,
    `  ${style.dim('why:')} ${said(error.why)}`,
    `  ${style.dim('do:')}  ${said(error.hint)}`,
    ...(error.extra.also ?? []).map(line => `  ${style.dim('also:')} ${said(line)}`),
  ];
  if (options.verbose) lines.push(...details(error, style));
  return lines.join('\n');
}

/** The same as an object, for `--json`. */
export function failureJson(
  error: CkptError,
  elsewhere: string | undefined,
): {
  readonly kind: 'error';
  readonly error: Readonly<Record<string, unknown>>;
} {
  const { log, also } = error.extra;
  return {
    kind: 'error',
    error: {
      code: error.code,
      message: withStore(error.message, elsewhere),
      why: withStore(error.why, elsewhere),
      hint: withStore(error.hint, elsewhere),
      exit: error.exit,
      facts: error.facts,
      ...(also === undefined || also.length === 0 ? {} : { also }),
      ...(log === undefined ? {} : { log }),
    },
  };
}

function details(error: CkptError, style: Style): string[] {
  const { log, cause } = error.extra;
  const lines: string[] = [];
  if (log !== undefined && log.length > 0) {
    lines.push(`  ${style.dim('log:')}`, ...log.map(line => `    ${printable(line)}`));
  }
  const whole = error.facts.logFile;
  if (whole !== undefined) lines.push(`  ${style.dim('whole log:')} ${printable(String(whole))}`);
  const reason = error.code === 'bug' ? stackOf(cause) : causes(cause);
  if (reason.length > 0)
    lines.push(`  ${style.dim('cause:')}`, ...reason.map(line => `    ${printable(line)}`));
  return lines;
}

function stackOf(cause: unknown): string[] {
  return cause instanceof Error && cause.stack !== undefined ? cause.stack.split('\n') : causes(cause);
}

/** The chain of causes, one line each; bounded, since a chain may be a ring. */
function causes(cause: unknown): string[] {
  const lines: string[] = [];
  let at: unknown = cause;
  while (at !== undefined && lines.length < 8) {
    lines.push(at instanceof Error ? at.message.split('\n')[0] || at.name : String(at));
    at = at instanceof Error ? at.cause : undefined;
  }
  return lines;
}
