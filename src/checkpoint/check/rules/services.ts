import type { Rule } from '../rule.js';

/** What systemd does to a service that is frozen: it only sees it end. */
export const serviceRules: readonly Rule[] = [
  {
    id: 'service-of-boot',
    looksFor: 'a service that a boot, or a login in it, needs before anything can be thawed',
    severity: 'cannot',
    why: 'It would be held back until the thaw, and the next boot needs it before that: for devices, the log, the network, or to let you in should the thaw fail.',
    remedy:
      'Leave it out: each boot starts it anew, and whoever was connected to it connects again; where you know that the network comes up without it, --unchecked freezes it',
    find: ({ root, service }) =>
      service?.ofBoot === true && !service.masked ? [{ pid: root, what: service.unit }] : [],
  },
  {
    id: 'service-before-network',
    looksFor: 'a service that a boot starts before the network, which another one brings up',
    severity: 'loss',
    why: 'It would be held back until the thaw, which waits for the network: names that it resolves and routes that it sets are missing until then, also for a login from far away.',
    remedy: 'Have a console at hand, or leave it out: each boot starts it anew',
    find: ({ root, service }) =>
      service?.besideNetwork === true && !service.masked ? [{ pid: root, what: service.unit }] : [],
  },
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
