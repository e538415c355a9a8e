import type { Command } from 'commander';
import { criuVersion, kernelRelease } from './values.js';

/** Where the processes will be thawed, as far as it is said: versions. */
export interface ThawPlace {
  readonly forKernel?: string;
  readonly forCriu?: string;
}

/** Declares `--for-kernel` and `--for-criu`. `otherwise` says for each what is assumed without it. */
export function addThawPlace(
  command: Command,
  otherwise: { readonly kernel: string; readonly criu: string },
): void {
  command
    .option(
      '--for-kernel <release>',
      `the kernel they will be thawed on (else: ${otherwise.kernel})`,
      kernelRelease('--for-kernel'),
    )
    .option(
      '--for-criu <version>',
      `the CRIU that will thaw them (else: ${otherwise.criu})`,
      criuVersion('--for-criu'),
    );
}
