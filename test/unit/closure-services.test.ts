import { describe, expect, it } from 'vitest';
import type { TreeFacts } from '../../src/checkpoint/check/rule.js';
import { RULES } from '../../src/checkpoint/check/rules/index.js';
import { parseService, type Service } from '../../src/host/service.js';

const shown = (restart: string, state: string): string =>
  `MainPID=812\nRestart=${restart}\nUnitFileState=${state}\n`;

describe('what systemd does to a frozen service', () => {
  it.each([
    ['always', 'enabled', true, true],
    ['on-failure', 'disabled', true, false],
    ['on-success', 'enabled-runtime', false, true],
    ['no', 'static', false, false],
    ['always', 'masked', false, false],
    ['', 'transient', false, false],
  ])('Restart=%s and %s', (restart, state, restarts, enabled) => {
    const service = parseService('db.service', 812, shown(restart, state));
    expect(service).toEqual({ unit: 'db.service', restarts, enabled });
  });

  it('is nothing to a process that is not its main one', () => {
    expect(parseService('cron.service', 813, shown('always', 'enabled'))).toBeUndefined();
  });

  const found = (service: Service | undefined): string[] => {
    const facts = { root: 812, service } as unknown as TreeFacts;
    return RULES.filter(({ id }) => id.startsWith('service-'))
      .filter(rule => rule.find(facts).length > 0)
      .map(({ id }) => id);
  };

  it('is told before the freeze', () => {
    expect(found({ unit: 'db.service', restarts: true, enabled: false })).toEqual(['service-restarts']);
    expect(found({ unit: 'db.service', restarts: false, enabled: true })).toEqual(['service-starts-at-boot']);
    expect(found({ unit: 'db.service', restarts: false, enabled: false })).toEqual([]);
    expect(found(undefined)).toEqual([]);
  });
});
