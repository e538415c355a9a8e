import type { Service } from '../../../host/service.js';
import type { Rule, TreeFacts } from '../rule.js';

const MASK =
  'Before the freeze: systemctl mask UNIT, and unmask it after the thaw. Where its file lies in /etc: disable it, and give it Restart=no (systemctl edit)';

/** What systemd does to a service that is frozen: it only sees it end. */
export const serviceRules: readonly Rule[] = [
  {
    id: 'service-restarts',
    looksFor: 'a service that systemd starts anew when it ends',
    severity: 'loss',
    why: 'systemd sees the frozen service end by a signal and starts a new one at once, which takes its ports and writes to its files.',
    remedy: MASK,
    find: facts => sighted(facts, service => service.restarts),
  },
  {
    id: 'service-starts-at-boot',
    looksFor: 'a service that systemd starts at boot',
    severity: 'loss',
    why: 'systemd starts a new one at the next boot, before or beside the frozen one, which takes its ports and writes to its files.',
    remedy: MASK,
    find: facts => sighted(facts, service => service.enabled),
  },
];

function sighted({ root, service }: TreeFacts, applies: (service: Service) => boolean) {
  return service !== undefined && applies(service) ? [{ pid: root, what: service.unit }] : [];
}
