import { readFileSync } from 'node:fs';
import { fail } from '../../errors.js';
import { judgePrivileges } from '../../host/doctor/capabilities.js';

/** Throws `not-root` unless run by root, `missing-capability` where root was deprived of what everything needs. */
export function requireRoot(): void {
  const uid = process.geteuid?.() ?? -1;
  if (uid !== 0) throw fail('not-root', { uid });
  const lack = judgePrivileges(ownStatus(), uid).find(one => one.prevents === 'freeze');
  if (lack !== undefined) {
    throw fail('missing-capability', {
      capability: lack.id.replace(/^capability\./, ''),
      consequence: lack.consequence ?? '',
    });
  }
}

/** Without /proc nothing is known, and what lacks shows itself later. */
function ownStatus(): string {
  try {
    return readFileSync('/proc/self/status', 'utf8');
  } catch {
    return '';
  }
}
