import type { Rule } from '../rule.js';

/** What systemd does to a service that is frozen: it only sees it end. */
export const serviceRules: readonly Rule[] = [
  {
    id: 'service-held-back',
    looksFor: 'a service of systemd',
    severity: 'note',
    why: 'systemd sees the frozen service end. So that it starts no second one, now or at the next boot, the freeze gives the unit a condition (a drop-in): not while the bundle waits, nor while what was thawed of it runs.',
    remedy:
      'Nothing. To go back to the service after the thaw: systemctl stop the scope that the thaw names, then systemctl start UNIT',
    find: ({ root, service }) =>
      service !== undefined && !service.masked ? [{ pid: root, what: service.unit }] : [],
  },
];
