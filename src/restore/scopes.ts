import { join } from 'node:path';
import { messageOf } from '../errors.js';
import type { Emit } from '../events.js';
import { heldFiles, unitsHeldFor } from '../host/systemd/held-back.js';
import { hasSystemd, makeScope, ownService, scopeName } from '../host/systemd/scope.js';
import { NO_SETTINGS, type ScopeSettings, settingsOf } from '../host/systemd/scope-settings.js';
import { FROZEN } from '../image-format/bundle/layout.js';
import type { Bundle } from '../image-format/bundle/open-bundle.js';
import type { Numbering } from './preflight.js';

/** A tree that CRIU holds, and how this system numbers its processes. */
interface HeldTree {
  readonly root: number;
  readonly tree: { readonly living: readonly number[] };
  readonly here: Numbering;
}

interface Request {
  readonly bundle: Bundle;
  readonly emit: Emit;
}

/**
 * Takes each tree out of the control group of this command, in which it was rebuilt: systemd would end it together with
 * the service, say, that had it thawed at boot. Gives the names of the scopes that came to be.
 */
export async function scopesFor(
  request: Request,
  trees: readonly HeldTree[],
  settings: SettingsByScope,
): Promise<readonly string[]> {
  if (!hasSystemd()) return [];
  const made: string[] = [];
  for (const { tree, root, here } of trees) {
    const name = scopeName(request.bundle.name, root);
    const pids = tree.living.map(here);
    const like = settings.get(name) ?? NO_SETTINGS;
    const refused = await makeScope(name, pids, like);
    const again = refused !== undefined && like !== NO_SETTINGS;
    const problem = again ? await makeScope(name, pids) : refused;
    if (problem === undefined) made.push(name);
    else warnOfService(request, root, problem);
    if (again && problem === undefined) warnOfLimits(request, name, refused);
  }
  return made;
}

export type SettingsByScope = ReadonlyMap<string, ScopeSettings>;

/** What the scopes of a bundle are to have of the services that its trees were. Looked up while CRIU rebuilds them. */
export async function scopeSettings(request: Request): Promise<SettingsByScope> {
  const { name, manifest } = request.bundle;
  const scopes = hasSystemd() ? manifest.trees.map(({ root }) => scopeName(name, root)) : [];
  const held = scopes.length === 0 ? [] : await heldFiles();
  const settings = scopes.map(scope =>
    settingsOf(scope, held).catch((error: unknown) => {
      warnOfLimits(request, scope, messageOf(error));
      return NO_SETTINGS;
    }),
  );
  const known = await Promise.all(settings);
  return new Map(scopes.map((scope, at) => [scope, known[at] ?? NO_SETTINGS]));
}

function warnOfLimits({ emit }: Request, scope: string, problem: string): void {
  const message = `${scope} has none of the limits of its service: ${problem}; to set them: systemctl set-property ${scope} …`;
  emit({ type: 'warning', operation: 'thaw', message });
}

/** A login session that ends leaves its processes alone, so only a service is worth a word. */
function warnOfService(request: Request, root: number, problem: string): void {
  const service = ownService();
  if (service === undefined) return;
  const message =
    `the tree ${root} runs in the control group of ${service}, and systemd ends it together with that; ` +
    `a scope of its own could not be made: ${problem}`;
  request.emit({ type: 'warning', operation: 'thaw', message });
}

/**
 * Whether systemd may start the services of the bundle when its processes have ended. Without a scope it could not see that
 * they run: the mark stays, and holds the services back until the bundle is removed.
 */
export async function isFreeToGo(
  { bundle, emit }: Request,
  scopes: readonly string[],
  trees: number,
): Promise<boolean> {
  if (scopes.length === trees || !hasSystemd()) return true;
  const units = await unitsHeldFor({ mark: join(bundle.path, FROZEN) });
  if (units.length === 0) return true;
  const message = `${units.join(', ')}: not started until you type ckpt rm ${bundle.name}: without a scope systemd does not see what was thawed`;
  emit({ type: 'warning', operation: 'thaw', message });
  return false;
}
