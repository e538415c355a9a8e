import { describe, it } from 'vitest';
import { vmSupport } from '../driver/index.js';
import { nightlySupport } from './nightly.js';
import { type Journey, travel } from './switch-programs.js';

/** Declares a test for each journey; the ones marked `nightly` run only when the long scenarios are asked for. */
export async function describeJourneys(
  title: string,
  journeys: readonly (Journey & { readonly nightly?: boolean })[],
): Promise<void> {
  for (const long of [false, true]) {
    const chosen = journeys
      .filter(({ nightly = false }) => nightly === long)
      .map(journey => ({ ...journey, criu: journey.criu ?? journey.kernels.map((): '4.2.1' => '4.2.1') }));
    if (chosen.length === 0) continue;
    const support = await (long ? nightlySupport() : vmSupport());
    const why = support.ok ? '' : ` (skipped: ${support.reason})`;
    describe.skipIf(!support.ok)(`${title}${why}`, () => {
      it.each(chosen)('lives on through $kernels with $userland and CRIU $criu', journey => travel(journey));
    });
  }
}
