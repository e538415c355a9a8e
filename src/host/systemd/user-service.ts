import { readCgroup } from '../proc/index.js';
import { readStat } from '../proc/process.js';
import { run } from '../run.js';

/** A service of a user's own systemd (`systemctl --user`). */
export interface UserService {
  readonly unit: string;
  /** UID of the user. */
  readonly user: string;
  /** What that systemd does when the service ends, or later, in words; empty where it does nothing. */
  readonly does: readonly string[];
}

/** To log in as the user for the question, ms. */
const LIMIT = 20_000;

const ASKED = 'Restart,UnitFileState,TriggeredBy,ExecStopPost,OnFailure,BoundBy';

/** States of unit files that no login and no other unit starts by itself (systemctl(1), "is-enabled"). */
const AT_REST: ReadonlySet<string> = new Set([
  '',
  'disabled',
  'transient',
  'masked',
  'masked-runtime',
  'bad',
]);

/** The unit and the user that a path of control groups names. Pure. */
export function parseUserService(path: string): { readonly unit: string; readonly user: string } | undefined {
  const [, user, unit] = /\/user@(\d+)\.service\/(?:.*\/)?([^/]+\.service)(?:\/|$)/.exec(path) ?? [];
  return user === undefined || unit === undefined ? undefined : { unit, user };
}

/**
 * The service of a user's systemd that ends with the tree of this root: that has started the root itself. Only its own
 * manager can say what it does then; where that says nothing, it may do anything.
 */
export async function userServiceOf(root: number): Promise<UserService | undefined> {
  const named = parseUserService(readCgroup(root) ?? '');
  const parent = readStat(root)?.parent ?? 0;
  if (named === undefined || !/\/user@\d+\.service\/init\.scope$/.test(readCgroup(parent) ?? ''))
    return undefined;
  const words = ['--user', '-M', `${named.user}@.host`, 'show', '-p', ASKED, '--', named.unit];
  const answer = await run('systemctl', words, { limit: LIMIT, onLimit: 'report' });
  return { ...named, does: answer.status === 0 ? parseDoings(answer.stdout) : ['may start it again'] };
}

/** Pure. */
export function parseDoings(text: string): readonly string[] {
  const field = (name: string): string => new RegExp(`^${name}=(.*)$`, 'm').exec(text)?.[1] ?? '';
  return [
    ...(field('Restart') === 'no' ? [] : ['starts it again when it ends']),
    ...(AT_REST.has(field('UnitFileState'))
      ? []
      : [`may start it at the next boot or login (${field('UnitFileState')})`]),
    ...(field('TriggeredBy') === '' ? [] : [`starts it for ${field('TriggeredBy')}`]),
    ...(field('ExecStopPost') === '' ? [] : ['tidies up after it (ExecStopPost=)']),
    ...(field('OnFailure') === '' ? [] : [`starts ${field('OnFailure')}`]),
    ...(field('BoundBy') === '' ? [] : [`stops ${field('BoundBy')}`]),
  ];
}
