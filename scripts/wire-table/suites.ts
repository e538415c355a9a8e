/** Where Debian keeps each CRIU release's Python descriptors. */
import type { CriuVersion } from '../../src/image-format/criu/image-set.js';

export interface Suite {
  readonly suite: string;
  readonly version: CriuVersion;
  /** The binary package that holds `pycriu/images/*_pb2.py`; its own package only since trixie. */
  readonly package: string;
}

export const SUITES: readonly Suite[] = [
  { suite: 'bookworm', version: '3.17.1', package: 'criu' },
  { suite: 'trixie', version: '4.1.1', package: 'python3-pycriu' },
  { suite: 'forky', version: '4.2.1', package: 'python3-pycriu' },
  { suite: 'experimental', version: '4.3', package: 'python3-pycriu' },
];
