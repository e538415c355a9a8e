import { describe, expect, it } from 'vitest';
import type { TreeFacts } from '../../src/checkpoint/check/rule.js';
import { RULES } from '../../src/checkpoint/check/rules/index.js';
import { containerOf } from '../../src/host/containers.js';
import { parseDoings, parseUserService } from '../../src/host/systemd/user-service.js';

const ID = 'ff277f3322a2fd0255f05f6bd486a5692df849e4b18346cd45191bf59bf86ce7';
const SHORT = ID.slice(0, 12);

describe('what a path of control groups says of a process', () => {
  // Those without a word behind them were read on Debian 13.
  it.each([
    [`/system.slice/docker-${ID}.scope`, 'docker', SHORT],
    [`/system.slice/docker-${ID}.scope/inner/deeper`, 'docker', SHORT],
    [`/docker/${ID}`, 'docker', SHORT],
    [`/machine.slice/libpod-${ID}.scope/container`, 'podman', SHORT],
    [
      `/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-${ID}.scope/container`,
      'podman',
      SHORT,
    ],
    [`/system.slice/web.service/libpod-payload-${ID}`, 'podman', SHORT],
    [
      `/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod1a_2b.slice/cri-containerd-${ID}.scope`,
      'kubernetes',
      SHORT,
    ],
    [`/kubepods/besteffort/pod1a-2b/${ID}`, 'kubernetes', SHORT],
    ['/machine.slice/machine-np.scope/payload', 'nspawn', 'np'],
    ['/machine.slice/systemd-nspawn@web\\x2d1.service/payload/system.slice/nginx.service', 'nspawn', 'web-1'],
    ['/system.slice/npk.service/payload', 'nspawn', 'npk'],
    ['/lxc.payload.lx', 'lxc', 'lx'],
    ['/machine.slice/machine-qemu\\x2d1\\x2ddebian.scope/libvirt/emulator', 'libvirt', 'debian'],
    [
      '/user.slice/user-1000.slice/user@1000.service/app.slice/app-flatpak-org.gnome.Maps-4711.scope',
      'flatpak',
      'org.gnome.Maps',
    ],
  ])('%s', (path, engine, name) => {
    expect(containerOf(path)).toEqual({ engine, name });
  });

  it.each([
    '/',
    '/system.slice/docker.service',
    '/system.slice/containerd.service',
    `/machine.slice/libpod-conmon-${ID}.scope`,
    '/system.slice/npk.service/supervisor',
    '/lxc.monitor.lx',
    '/system.slice/lxc-net.service',
    '/system.slice/ckpt-db-3063.scope',
    '/user.slice/user-1000.slice/session-1.scope',
  ])('not that it is in a container: %s', path => {
    expect(containerOf(path)).toBeUndefined();
  });

  it('which service of which user it is', () => {
    const path = '/user.slice/user-1000.slice/user@1000.service/app.slice/loop.service';
    expect(parseUserService(path)).toEqual({ unit: 'loop.service', user: '1000' });
    expect(parseUserService('/user.slice/user-1000.slice/user@1000.service/init.scope')).toBeUndefined();
    expect(parseUserService('/system.slice/cron.service')).toBeUndefined();
  });
});

describe('a tree with a process in a container', () => {
  const found = (own: string, inner: string): readonly string[] => {
    const cgroups = new Map([
      [10, '/system.slice/containerd.service'],
      [11, inner],
    ]);
    const facts = { root: 10, members: [10, 11], snapshot: { cgroups }, own: { cgroup: own } };
    return RULES.filter(({ id }) => id.startsWith('container-')).flatMap(rule =>
      rule.find(facts as unknown as TreeFacts).map(({ pid, what }) => `${rule.id} ${pid}: ${what}`),
    );
  };

  it('is refused by the name of the container', () => {
    const inner = `/system.slice/docker-${ID}.scope`;
    expect(found('/', inner)).toEqual([`container-docker 11: in a container of Docker, ${SHORT}`]);
  });

  it('is not where this ckpt lives in it, too', () => {
    expect(found(`/docker/${ID}`, `/docker/${ID}`)).toEqual([]);
  });
});

describe("what a user's systemd does when a service of it ends", () => {
  it('is nothing for what was started once', () => {
    expect(parseDoings('Restart=no\nUnitFileState=transient\nTriggeredBy=\nBoundBy=\n')).toEqual([]);
  });

  it.each([
    ['Restart=always\nUnitFileState=disabled\n', /again/],
    ['Restart=no\nUnitFileState=enabled\n', /login/],
    ['Restart=no\nUnitFileState=static\n', /login/],
    ['Restart=no\nUnitFileState=disabled\nTriggeredBy=a.timer\n', /a\.timer/],
    ['Restart=no\nUnitFileState=disabled\nExecStopPost={ path=/bin/rm }\n', /tidies/],
    // What does not answer as it should may do anything.
    ['', /again/],
  ])('%j', (text, said) => {
    expect(parseDoings(text).join()).toMatch(said);
  });
});
