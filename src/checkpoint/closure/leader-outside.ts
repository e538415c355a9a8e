import { ancestors, type Task } from '../../host/proc/index.js';
import { keysToDetach } from './viewers.js';

type Known = Pick<Task, 'pid' | 'name' | 'parent' | 'terminal'>;

/**
 * What to do about a process whose session is led by another that stays outside. Whoever leads a login does not help: its
 * terminal is that of sshd or the like. What runs below a tmux can be frozen with that; a job that its login leaves behind
 * (nohup) is nobody's once the login is over. Pure.
 */
export function aboutLeader(leader: Known, processes: ReadonlyMap<number, Known>): string {
  const above = ancestors(leader.pid, processes).find(one => keysToDetach(one) !== undefined);
  if (above !== undefined) return `freeze ${above.name} with all that runs in it (ckpt freeze ${above.pid})`;
  if (leader.terminal === 0)
    return `freeze the session’s leader ${leader.name} instead (ckpt freeze ${leader.pid}), or pass --shell-job to join the session of the thaw`;
  return `end the login that it was started in, if it outlives that (nohup, disown): it can be frozen as it is then; or pass --shell-job to give it the session, and the terminal, of the thaw`;
}
