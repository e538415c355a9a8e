import { crowdsCriu } from '../../host/criu/own-lock.js';
import { type SeenTree, socketsOf } from '../check/index.js';

/** Whether a tree has more TCP connections than CRIU can keep silent itself. Pure. */
export function isCrowded({ members, snapshot }: Pick<SeenTree, 'members' | 'snapshot'>): boolean {
  const connections = socketsOf(members, snapshot).filter(
    ({ protocol, state }) => protocol === 'tcp' && state !== 'listening',
  );
  const open = members.map(pid => snapshot.descriptors.get(pid)?.length ?? 0);
  return crowdsCriu(connections.length, Math.max(0, ...open));
}
