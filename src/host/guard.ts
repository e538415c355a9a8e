import { KEEPER_LINES } from './guard-keeper.js';
import { keepNumbersLines } from './numbers.js';
import { run } from './run.js';
import { shellQuoted } from './shell.js';

/** Names of what a guard looks at in a bundle directory (see image-format/bundle/layout.ts). */
const RULES = 'guard.nft';
const STATE = 'state.json';

/** As long as the guards of many bundles may take, ms. */
const LIMIT = 900_000;

/**
 * Raises the guard of every bundle that was not thawed yet, and keeps their numbers free; gives the bundles' names, and the
 * problem with the others, if there is one.
 */
export async function raiseGuards(
  store: string,
): Promise<{ readonly raised: readonly string[]; readonly problem?: string }> {
  const waiting = { limit: LIMIT, waitingFor: 'nft to load the guards' };
  const { status, stdout, stderr, startError } = await run('sh', ['-c', guardScript(store)], waiting);
  const raised = stdout.split('\n').filter(name => name !== '');
  return status === 0 ? { raised } : { raised, problem: startError ?? stderr.trim() };
}

/**
 * Plain sh, for early boot, where starting `ckpt` itself would take longer. Prints the names of the bundles whose guards stand,
 * and ends with 1 where one does not. A thaw that lets packets in meanwhile has said so in the bundle's state before: rules
 * that came later go again, as do those of a bundle that is removed.
 * @param store absolute path
 */
export function guardScript(store: string): string {
  return `#!/bin/sh
# Written by: ckpt guard. Keeps the PIDs of frozen processes free, and the kernel silent about their TCP connections.
${keepNumbersLines(store)}${KEEPER_LINES}boot=$(cat /proc/sys/kernel/random/boot_id)
failed=0
for rules in ${shellQuoted(store)}/*/${RULES}; do
  [ -e "$rules" ] || continue
  bundle=\${rules%/*}
  grep -q '"thawed"' "$bundle/${STATE}" && continue
  nft -f "$rules" || { [ ! -e "$rules" ] || failed=1; continue; }
  table=$(sed -n 's/^table inet \\(ckpt-[0-9a-f]*\\) {$/\\1/p' "$rules")
  keep "$table" "$rules"
  case $(grep -E '"(state|bootId)"' "$bundle/${STATE}" | tail -n 2) in
    '' | *'"thaw'*"$boot"*) let_go "$table" ;;
    *) echo "\${bundle##*/}" ;;
  esac
done
exit $failed
`;
}
