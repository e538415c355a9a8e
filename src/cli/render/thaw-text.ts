import type { ThawResult } from '../../restore/request.js';
import { describeTrees } from './freeze-text.js';
import { shellWord } from './shell-word.js';
import { duration } from './units.js';

/** What was thawed, or would be, and how its services are to be had again. Pure. */
export function thawText(result: ThawResult, dryRun: boolean): string {
  const { name, scopes, heldBack } = result;
  const trees = describeTrees(result.trees);
  // Sockets and their services in one command: systemd knows the order.
  const back = `systemctl stop ${scopes.map(shellWord).join(' ')} && systemctl start ${heldBack.map(shellWord).join(' ')}`;
  return [
    dryRun ? `nothing was found that prevents a thaw of ${name}: ${trees}` : `thawed ${name}: ${trees}`,
    ...(dryRun
      ? [
          '  not seen     files that are gone or were replaced (by an upgrade, say): CRIU looks when it rebuilds',
        ]
      : []),
    ...(result.connections > 0 ? [`  connections  ${result.connections} TCP kept`] : []),
    ...scopes.map(scope => `  scope        ${scope} (systemctl status shows it)`),
    ...(heldBack.length === 0
      ? []
      : [
          `  held back    ${heldBack.join(', ')}: not started as long as the scope is there`,
          `  later        to stop what was thawed and start the service: ${back}`,
        ]),
    ...(dryRun ? [] : [`  took         ${duration(result.total)}`]),
    ...result.losses.map(loss => `  changed      ${loss.reason} (${loss.severity})`),
  ].join('\n');
}
