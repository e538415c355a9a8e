/**
 * The machine failed: it did not boot, its QEMU ended, its agent stopped answering. A test that sees one has proved
 * nothing either way, so this is never an assertion error and no assertion error is ever this.
 */
export class MachineError extends Error {
  override readonly name: string = 'MachineError';

  /** @param consoleTail the last lines of the guest's console, empty if there is none */
  constructor(
    what: string,
    readonly consoleTail: string,
    options?: ErrorOptions,
  ) {
    super(consoleTail === '' ? what : `${what}\n--- end of the console ---\n${consoleTail}`, options);
  }
}

/** No agent answered within the limit, although QEMU ran. */
export class BootTimeout extends MachineError {
  override readonly name = 'BootTimeout';
}

/** A command in the guest ended in another way than with status 0, for `Machine.ok` and the like. */
export class CommandError extends Error {
  override readonly name = 'CommandError';

  constructor(
    readonly command: string,
    readonly result: CommandResult,
  ) {
    super(`${command}: ${ending(result)}\n${result.stdout}${result.stderr}`);
  }
}

/** How a command in the guest ended. Exactly one of `status` and `signal` is a number. */
export interface CommandResult {
  readonly status: number | null;
  readonly signal: number | null;
  readonly timedOut: boolean;
  readonly stdout: string;
  readonly stderr: string;
}

function ending(result: CommandResult): string {
  if (result.timedOut) return 'killed at its time limit';
  return result.signal === null ? `status ${result.status}` : `signal ${result.signal}`;
}
