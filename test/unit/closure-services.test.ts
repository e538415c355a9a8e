import { describe, expect, it } from 'vitest';
import type { TreeFacts } from '../../src/checkpoint/check/rule.js';
import { RULES } from '../../src/checkpoint/check/rules/index.js';
import { parseService, type Service } from '../../src/host/systemd/service.js';

const shown = (state: string, more = ''): string => `MainPID=812\nUnitFileState=${state}\n${more}`;

describe('what systemd does to a frozen service', () => {
  it.each([
    ['enabled', false],
    ['static', false],
    ['transient', false],
    ['masked', true],
    ['masked-runtime', true],
  ])('depends on whether it is %s', (state, masked) => {
    const service = parseService('db.service', shown(state));
    expect(service).toEqual({
      unit: 'db.service',
      mainPid: 812,
      masked,
      triggers: [],
      afterNetwork: false,
      ofBoot: false,
      beforeNetwork: false,
    });
  });

  it('depends on who listens for it, and on what it waits for', () => {
    const more = 'TriggeredBy=syslog.socket rotate.timer spool.path\nAfter=basic.target network.target\n';
    const service = parseService('log.service', shown('enabled', more));
    expect(service).toMatchObject({ triggers: ['syslog.socket', 'spool.path'], afterNetwork: true });
  });

  it('reads all of a line, whatever signs are in it, and passes over what is none', () => {
    const service = parseService(
      'log.service',
      shown('static', 'no property\nAfter=a\\x3d=b.service network.target\n'),
    );
    expect(service).toMatchObject({ mainPid: 812, afterNetwork: true });
  });

  it('does not depend on who listens for one instance for each connection', () => {
    const service = parseService('ssh@7-10.0.0.1.service', shown('static', 'TriggeredBy=ssh.socket\n'));
    expect(service.triggers).toEqual([]);
    const instance = parseService('web@a.service', shown('static', 'TriggeredBy=web@a.socket\n'));
    expect(instance.triggers).toEqual(['web@a.socket']);
  });

  it.each([
    ['systemd-udevd.service', 'Before=initrd-udevadm-cleanup-db.service sysinit.target\n'],
    ['systemd-networkd.service', 'Before=multi-user.target network.target shutdown.target\n'],
    ['firewalld.service', 'Before=network-pre.target\n'],
    ['multipathd.service', 'Before=local-fs-pre.target\n'],
    ['ssh.service', 'Before=multi-user.target\n'],
    ['dbus.service', ''],
    ['serial-getty@ttyS0.service', ''],
    ['ovs-vswitchd.service', 'Before=network.target\n'],
    ['dhcpcd@eth0.service', ''],
  ])('is dangerous for what a boot, or a login, cannot do without: %s', (unit, before) => {
    expect(parseService(unit, shown('static', before)).ofBoot).toBe(true);
    expect(
      parseService('db.service', shown('static', 'Before=multi-user.target\nAfter=sysinit.target\n')).ofBoot,
    ).toBe(false);
  });

  it('is not for certain where it only comes before the network: who brings that up has to be asked for', () => {
    const service = parseService(
      'frr.service',
      shown('enabled', 'Before=network.target multi-user.target\n'),
    );
    expect(service).toMatchObject({ ofBoot: false, beforeNetwork: true });
  });

  const found = (service: Service | undefined): string[] => {
    const facts = { root: 812, service } as unknown as TreeFacts;
    return RULES.filter(({ id }) => id.startsWith('service-'))
      .filter(rule => rule.find(facts).length > 0)
      .map(({ id }) => id);
  };

  it('is told before the freeze', () => {
    const where = { afterNetwork: false, ofBoot: false, besideNetwork: false };
    const service = { unit: 'db.service', masked: false, triggers: [], ...where };
    expect(found(service)).toEqual(['service-held-back']);
    expect(found({ ...service, masked: true })).toEqual([]);
    expect(found({ ...service, ofBoot: true })).toContain('service-of-boot');
    expect(found({ ...service, besideNetwork: true })).toEqual([
      'service-before-network',
      'service-held-back',
    ]);
    expect(found({ ...service, besideNetwork: true, masked: true })).toEqual([]);
    expect(found(undefined)).toEqual([]);
  });
});
