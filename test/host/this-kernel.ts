/** What the kernel that the tests run on does otherwise than others. */
import { release } from 'node:os';
import { liesIn } from '../../src/versions.js';

/** Whether it refuses SO_PASSCRED on network sockets, which CRIU asks for before 4.2 (src/host/doctor/known-pairs.ts). */
export const refusesPasscred = liesIn(release(), { least: '6.16' });

/** Whether CRIU 3.17.1 does not start on it (src/host/doctor/known-pairs.ts). */
export const isTooNewForOldest = liesIn(release(), { least: '6.18' });
