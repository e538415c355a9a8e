import type { Rule } from '../rule.js';

/** What systemd does to a service that is frozen: it only sees it end. */
export const serviceRules: readonly Rule[] = [
  {
    id: 'service-held-back',
    looksFor: 'a service of systemd',
    severity: 'note',
    why: 'The freeze keeps systemd from starting another one as long as the bundle waits, or what was thawed of it runs: as a scope, which is to be stopped before the service is started again.',
    remedy: '',
    find: ({ root, service }) =>
      service !== undefined && !service.masked ? [{ pid: root, what: service.unit }] : [],
  },
];
