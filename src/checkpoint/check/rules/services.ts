import type { Rule, Sighting, TreeFacts } from '../rule.js';

/** Programs that start what they have started again when it ends, by the beginning of their names. */
const SUPERVISORS = /^(?:s6-supervise|runsv|supervise|supervisord|circusd|perpd|PM2 )/;

/** What systemd, or another that has started it, does to a service that is frozen: it only sees it end. */
export const serviceRules: readonly Rule[] = [
  {
    id: 'service-of-boot',
    looksFor: 'a service that a boot, or a login in it, needs before anything can be thawed',
    severity: 'cannot',
    why: 'It would be held back until the thaw, and the next boot needs it before that: for devices, the log, the network, or to let you in should the thaw fail.',
    remedy:
      'Leave it out: each boot starts it again, and whoever was connected to it connects again; where you know that the network comes up without it, --unchecked freezes it',
    find: ({ root, service }) =>
      service?.ofBoot === true && !service.masked ? [{ pid: root, what: service.unit }] : [],
  },
  {
    id: 'service-before-network',
    looksFor: 'a service that a boot starts before the network, which another one brings up',
    severity: 'loss',
    why: 'It would be held back until the thaw, which waits for the network: names that it resolves and routes that it sets are missing until then, also for a login from far away.',
    remedy: 'Have a console at hand, or leave it out: each boot starts it again',
    find: ({ root, service }) =>
      service?.besideNetwork === true && !service.masked ? [{ pid: root, what: service.unit }] : [],
  },
  {
    id: 'service-of-user',
    looksFor:
      'a service of a user’s own systemd (systemctl --user) that this starts again, or does something for when it ends',
    severity: 'cannot',
    why: 'ckpt cannot hold it back there: two of them would run, at once or after the next login.',
    remedy:
      'As that user: systemctl --user disable UNIT, and Restart=no under [Service] with systemctl --user edit UNIT, which restarts nothing; or have it as a service of the system (User=)',
    find: ({ root, userService }) =>
      userService === undefined || userService.does.length === 0
        ? []
        : [
            {
              pid: root,
              what: `${userService.unit} of user ${userService.user}, whose systemd ${userService.does.join(', ')}`,
            },
          ],
  },
  {
    id: 'started-again',
    looksFor:
      'a process that its parent starts again when it ends (runit, s6, supervisord, pm2 and the like)',
    severity: 'cannot',
    why: 'It sees the process end, and starts another one beside the frozen and the thawed one.',
    remedy:
      'Freeze that one with all that it has started, or have it give up this process first (sv once, s6-svc -O)',
    find: ({ root, snapshot }) => {
      const parent = snapshot.processes.get(snapshot.processes.get(root)?.parent ?? 0);
      return parent !== undefined && SUPERVISORS.test(parent.name)
        ? [{ pid: root, what: `kept by ${parent.name} (PID ${parent.pid})` }]
        : [];
    },
  },
  {
    id: 'service-changing',
    looksFor: 'a service of systemd that is just being started or stopped',
    severity: 'cannot',
    why: 'Its end in the freeze would end its start, too, and what still belongs to that would not be done; or it has been asked to end already.',
    remedy: 'Wait until it runs, or is gone: systemctl status',
    find: ({ root, service }) =>
      service?.changing === undefined ? [] : [{ pid: root, what: `${service.unit} is ${service.changing}` }],
  },
  {
    id: 'service-takes-along',
    looksFor: 'a service of systemd with which others are stopped (BindsTo=, StopWhenUnneeded=)',
    severity: 'cannot',
    why: 'systemd sees it end, and stops the other at once.',
    remedy: 'Name the other in the same command, or stop it first if it may end',
    find: ({ root, service, frozenUnits }) => {
      const others = service?.takesAlong.filter(unit => !frozenUnits.has(unit)) ?? [];
      return others.length === 0
        ? []
        : [{ pid: root, what: `${service?.unit}, and with it ${others.join(', ')}` }];
    },
  },
  {
    id: 'service-leaves-behind',
    looksFor: 'a service of systemd with processes that would not be frozen with its main process',
    severity: 'cannot',
    why: 'systemd ends what is left of a service when its main process ends.',
    remedy:
      'Name the service instead of its PID, which stands for all its processes; or end the others first if they may end',
    find: leftBehind,
  },
  {
    id: 'service-calls',
    looksFor:
      'a service of systemd that does something when it fails (OnFailure=), and something else when not',
    severity: 'loss',
    why: 'It must not seem to have succeeded, or what comes next would begin (the next command of a oneshot, OnSuccess=). So systemd counts its end as a failure, and starts what OnFailure= names.',
    remedy: '',
    find: ({ root, service }) =>
      service === undefined || service.masked || service.calls.length === 0
        ? []
        : [{ pid: root, what: `${service.unit} calls ${service.calls.join(', ')}` }],
  },
  {
    id: 'service-held-back',
    looksFor: 'a service of systemd',
    severity: 'note',
    why: 'The freeze keeps systemd from starting another one while the bundle waits, and while what was thawed runs. That runs as a scope: stop the scope before you start the service again.',
    remedy: '',
    find: ({ root, service }) =>
      service !== undefined && !service.masked ? [{ pid: root, what: service.unit }] : [],
  },
];

function leftBehind({ root, service, snapshot }: TreeFacts): readonly Sighting[] {
  if (service === undefined || !service.endsOthers) return [];
  const frozen = new Set(snapshot.targets);
  const left = [...snapshot.cgroups].filter(
    ([pid, path]) =>
      path.endsWith(`/${service.unit}`) && !frozen.has(pid) && snapshot.processes.get(pid)?.state !== 'Z',
  );
  const names = left.map(([pid]) => `${snapshot.processes.get(pid)?.name ?? '?'} (PID ${pid})`);
  return names.length === 0
    ? []
    : [{ pid: root, what: `${service.unit}, without ${names.slice(0, 3).join(', ')}` }];
}
