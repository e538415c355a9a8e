import { describe, expect, it } from 'vitest';
import type { TreeFacts } from '../../src/checkpoint/check/rule.js';
import { RULES } from '../../src/checkpoint/check/rules/index.js';
import { parseService, parseStoppedWith, type Service } from '../../src/host/systemd/service.js';

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
      changing: undefined,
      endsInFailure: false,
      calls: [],
      endsOthers: true,
      bound: [],
      needed: [],
    });
  });

  it.each([
    ['simple', 'active', undefined],
    ['notify', 'activating', 'activating'],
    ['forking', 'deactivating', 'deactivating'],
    // It runs as long as it starts.
    ['oneshot', 'activating', undefined],
    ['oneshot', 'deactivating', 'deactivating'],
  ])('depends on what it is in the midst of: %s, %s', (type, state, changing) => {
    const more = `Type=${type}\nActiveState=${state}\n`;
    expect(parseService('db.service', shown('enabled', more)).changing).toBe(changing);
  });

  it('depends on what begins when it ends', () => {
    const ends = (more: string) => {
      const { endsInFailure, calls } = parseService('db.service', shown('enabled', more));
      return { endsInFailure, calls };
    };
    expect(ends('Type=simple\nOnFailure=mail.service\nOnSuccess=\n')).toEqual({
      endsInFailure: false,
      calls: [],
    });
    expect(ends('Type=oneshot\nOnFailure=mail.service\n')).toEqual({
      endsInFailure: true,
      calls: ['mail.service'],
    });
    expect(ends('Type=exec\nOnSuccess=next.service\n')).toEqual({ endsInFailure: true, calls: [] });
  });

  it('depends on who cannot be without it', () => {
    const more = 'BoundBy=app.service\nWants=net.service sysinit.target\nRequires=a.socket -.mount\n';
    const { bound, needed } = parseService('db.service', shown('enabled', more));
    expect([bound, needed]).toEqual([['app.service'], ['net.service', 'a.socket']]);
    const text = [
      'Id=app.service\nActiveState=active\nStopWhenUnneeded=no',
      'Id=idle.service\nActiveState=inactive\nStopWhenUnneeded=no',
      'Id=net.service\nActiveState=active\nStopWhenUnneeded=yes',
      'Id=a.socket\nActiveState=active\nStopWhenUnneeded=no\n',
    ].join('\n\n');
    expect(parseStoppedWith(['app.service', 'idle.service'], text)).toEqual(['app.service', 'net.service']);
  });

  it.each(['process', 'none', 'mixed'])('depends on whom systemd ends with it: KillMode=%s', mode => {
    expect(parseService('db.service', shown('enabled', `KillMode=${mode}\n`)).endsOthers).toBe(
      mode === 'mixed',
    );
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

  const ORDINARY: Service = {
    unit: 'db.service',
    masked: false,
    triggers: [],
    afterNetwork: false,
    ofBoot: false,
    besideNetwork: false,
    changing: undefined,
    endsInFailure: false,
    calls: [],
    endsOthers: true,
    takesAlong: [],
  };
  /** A tree of 812 and 813, in a control group with 814. */
  const found = (service: Service | undefined, more: object = {}): string[] => {
    const task = (pid: number, parent: number, name: string) =>
      [pid, { pid, parent, name, state: 'S' }] as const;
    const facts = {
      root: 812,
      service,
      frozenUnits: new Set(['db.service']),
      snapshot: {
        targets: [812, 813],
        processes: new Map([
          task(1, 0, 'systemd'),
          task(812, 1, 'db'),
          task(813, 812, 'db'),
          task(814, 1, 'helper'),
        ]),
        cgroups: new Map([812, 813].map(pid => [pid, '/system.slice/db.service'])),
      },
      ...more,
    } as unknown as TreeFacts;
    return RULES.filter(({ id }) => id.startsWith('service-') || id === 'started-again')
      .filter(rule => rule.find(facts).length > 0)
      .map(({ id }) => id);
  };

  it('is told before the freeze', () => {
    expect(found(ORDINARY)).toEqual(['service-held-back']);
    expect(found({ ...ORDINARY, masked: true })).toEqual([]);
    expect(found({ ...ORDINARY, ofBoot: true })).toContain('service-of-boot');
    expect(found({ ...ORDINARY, changing: 'activating' })).toContain('service-changing');
    expect(found({ ...ORDINARY, calls: ['mail.service'] })).toContain('service-calls');
    const beside = { ...ORDINARY, besideNetwork: true };
    expect(found(beside)).toEqual(['service-before-network', 'service-held-back']);
    expect(found({ ...beside, masked: true })).toEqual([]);
    expect(found(undefined)).toEqual([]);
  });

  it('is refused where others would be stopped with it, unless they are frozen, too', () => {
    const bound = { ...ORDINARY, takesAlong: ['app.service'] };
    expect(found(bound)).toContain('service-takes-along');
    const both = new Set(['db.service', 'app.service']);
    expect(found(bound, { frozenUnits: both })).not.toContain('service-takes-along');
  });

  it('is refused where systemd would end processes of it that stay', () => {
    const snapshot = {
      targets: [812],
      processes: new Map([[814, { pid: 814, parent: 1, name: 'helper', state: 'S' }]]),
      cgroups: new Map([812, 814].map(pid => [pid, '/system.slice/db.service'])),
    };
    expect(found(ORDINARY, { snapshot })).toContain('service-leaves-behind');
    expect(found({ ...ORDINARY, endsOthers: false }, { snapshot })).not.toContain('service-leaves-behind');
    const ended = new Map([[814, { pid: 814, parent: 1, name: 'helper', state: 'Z' }]]);
    expect(found(ORDINARY, { snapshot: { ...snapshot, processes: ended } })).not.toContain(
      'service-leaves-behind',
    );
  });

  it('is refused where another that started it does so again', () => {
    const kept = (name: string) => ({
      snapshot: {
        targets: [812],
        processes: new Map([
          [812, { pid: 812, parent: 700, name: 'db', state: 'S' }],
          [700, { pid: 700, parent: 1, name, state: 'S' }],
        ]),
        cgroups: new Map(),
      },
    });
    expect(found(undefined, kept('s6-supervise'))).toEqual(['started-again']);
    expect(found(undefined, kept('PM2 v5.4.2: God'))).toEqual(['started-again']);
    expect(found(undefined, kept('bash'))).toEqual([]);
    const userService = { unit: 'loop.service', user: '1000', does: ['starts it again when it ends'] };
    expect(found(undefined, { userService })).toEqual(['service-of-user']);
    expect(found(undefined, { userService: { ...userService, does: [] } })).toEqual([]);
  });
});
