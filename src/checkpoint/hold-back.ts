import { existsSync } from 'node:fs';
import { realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { CkptError, fail } from '../errors.js';
import type { Emit } from '../events.js';
import { mountpointOf, mountpointsOf } from '../host/file-systems.js';
import { installedGuard, installGuard, isRaisedByUnit, raiseByUnit } from '../host/guard-unit.js';
import { noteNumbers } from '../host/numbers.js';
import { readMounts } from '../host/proc/index.js';
import {
  forgetFailure,
  holdBack,
  type Released,
  releaseUnused,
  stopUnits,
  type ToHold,
  unitsHeldFor,
} from '../host/systemd/held-back.js';
import { loginUnits } from '../host/systemd/login-folders.js';
import { mountUnit } from '../host/systemd/mount-units.js';
import { hasSystemd, ownScope, scopeName } from '../host/systemd/scope.js';
import { isAfterNetwork, type Service, serviceOf, sliceOf } from '../host/systemd/service.js';
import { type BootThaw, bootUnit } from '../host/systemd/unit-files.js';
import { ownerLives, workOwner } from '../host/work-owner.js';
import { FROZEN, GUARD } from '../image-format/bundle/layout.js';

/** What systemd was told of a bundle in the making. */
export interface HeldServices {
  /** Units that it does not start while the bundle waits, or what was thawed of it runs. */
  readonly heldBack: readonly string[];
  /** The unit by which it thaws the bundle at boot. */
  readonly bootUnit: string | undefined;
}

/** What only the freeze itself needs to know of that. */
interface Holding extends HeldServices {
  /** Services that systemd is told not to take for successful. */
  readonly failing: readonly string[];
}

export const NOTHING_HELD: HeldServices = { heldBack: [], bootUnit: undefined };

export interface HoldRequest {
  /** PIDs of the roots. */
  readonly roots: readonly number[];
  readonly name: string;
  /** An existing store, absolute. */
  readonly store: string;
  /** How the bundle is to be thawed at boot, if it is. */
  readonly thawAtBoot: Omit<BootThaw, 'before' | 'mounts'> | undefined;
  /** Whether it goes on where systemd cannot be told; why is warned of. */
  readonly unchecked: boolean;
  readonly emit: Emit;
}

/**
 * Freezes trees while systemd is kept from starting their services beside them. What it was told is taken back when the
 * freeze fails; else it means something as long as the bundle waits, or what is thawed of it runs.
 * @param freeze is told whether systemd took its time, in which processes came and went
 */
export async function whileHeldBack<T>(
  request: HoldRequest,
  freeze: (took: boolean) => Promise<T>,
): Promise<T & HeldServices> {
  const holding = await holdServicesBack(request).catch((error: unknown) => {
    if (!request.unchecked || !(error instanceof CkptError) || error.code !== 'service-not-held') throw error;
    request.emit({ type: 'warning', operation: 'freeze', message: `${error.message}: ${error.why}` });
    return { ...NOTHING_HELD, failing: [] };
  });
  const { failing, ...held } = holding;
  try {
    const frozen = await freeze(held.heldBack.length > 0);
    await endListening(held);
    if (failing.length > 0) await forgetFailure(failing);
    await keepSilent(request);
    return { ...frozen, ...held };
  } catch (error) {
    await takeBack(request.emit);
    throw error;
  }
}

/**
 * Keeps systemd from starting the services that are frozen beside their frozen and their thawed processes: it sees them end,
 * and would have a new one on their ports and files at once, or at the next boot. Throws `service-not-held`,
 * `thaw-at-boot-without-systemd`, `guard-failed`.
 */
async function holdServicesBack({ roots, name, store, thawAtBoot, emit }: HoldRequest): Promise<Holding> {
  if (!hasSystemd()) {
    if (thawAtBoot !== undefined) throw fail('thaw-at-boot-without-systemd');
    return { ...NOTHING_HELD, failing: [] };
  }
  await takeBack(emit);
  // A boot that thaws must keep the numbers free until then; `ckpt` itself would take one.
  if (thawAtBoot !== undefined && installedGuard(store) === 'none') await installGuard(store);
  // Who cannot note them has the guard of the store all the same, which is later.
  else await noteNumbers().catch(() => {});
  const before: string[] = [];
  const toHold: ToHold[] = [];
  for (const root of roots) {
    const service = await serviceOf(root);
    const units = service === undefined ? await unitsOfThawed(root) : unitsOf(service);
    if (service?.afterNetwork) before.push(service.unit);
    else if (service === undefined) before.push(...(await waitingForNetwork(units)));
    const { endsInFailure = false } = service ?? {};
    toHold.push(
      ...units.map(unit => ({ unit, scope: scopeName(name, root), slice: sliceOf(root), endsInFailure })),
    );
  }
  const heldBack = toHold.map(({ unit }) => unit);
  const mountpoint = mountpointOf(await realpath(store));
  const mark = join(store, name, FROZEN);
  const bundle = { name, store, mark, owner: workOwner(), ...(mountpoint === '/' ? {} : { mountpoint }) };
  // Others than that of `/` a boot may mount at any time (`nofail`).
  const others = thawAtBoot === undefined ? [] : mountpointsOf(roots).filter(one => one !== '/');
  const mounts = [...others.map(mountUnit), ...loginUnits(readMounts('self').map(one => one.mountpoint))];
  const bootThaw = thawAtBoot && { ...thawAtBoot, before, mounts };
  const problem = await holdBack(bundle, toHold, bootThaw, othersLive);
  if (problem !== undefined) {
    await takeBack(emit);
    const units = heldBack.length > 0 ? heldBack.join(' ') : bootUnit(name);
    throw fail('service-not-held', { units, problem });
  }
  const failing = toHold.flatMap(({ unit, endsInFailure }) => (endsInFailure ? [unit] : []));
  return { heldBack, failing, bootUnit: thawAtBoot === undefined ? undefined : bootUnit(name) };
}

/**
 * After the seal: systemd no longer listens, or watches paths, in the place of what is frozen. Its sockets would be in the way
 * of a thaw in the same boot, and both fail when somebody asks for the service.
 */
async function endListening({ heldBack }: HeldServices): Promise<void> {
  const triggers = heldBack.filter(unit => !unit.endsWith('.service'));
  if (triggers.length > 0) await stopUnits(triggers);
}

/**
 * After the seal: this kernel keeps silent about the connections until its very end. CRIU's own rules do not outlive the stop of
 * a firewall's service, which empties nftables while the network is still up.
 */
async function keepSilent({ name, store, emit }: HoldRequest): Promise<void> {
  if (!existsSync(join(store, name, GUARD)) || !isRaisedByUnit(store)) return;
  const problem = await raiseByUnit();
  if (problem === undefined) return;
  const message = `the guard could not be raised (${problem}): what empties nftables before the kernel switch, as the stop of nftables.service does, resets the frozen connections`;
  emit({ type: 'warning', operation: 'freeze', message });
}

/**
 * Lets systemd start what is held back for nothing: for bundles that came to nothing or were removed, and for processes that
 * were thawed and have ended.
 */
export async function releaseHeldServices(): Promise<Released> {
  if (!hasSystemd()) return { units: [], problem: undefined };
  return releaseUnused(othersLive);
}

/** What an administrator has to do about systemd not having read what was taken back. */
export function unreadWarning(problem: string): string {
  const what =
    'systemd may still hold services back that ckpt has released, and not start them again when they end';
  return `${what}: ${problem}; type: systemctl daemon-reload`;
}

async function takeBack(emit: Emit): Promise<void> {
  const { problem } = await releaseHeldServices();
  if (problem !== undefined) emit({ type: 'warning', operation: 'freeze', message: unreadWarning(problem) });
}

/** This `ckpt` itself takes back what it wrote. */
function othersLive(owner: string): boolean {
  return owner !== workOwner() && ownerLives(owner);
}

/** One that is masked is started for nobody; what listens in its place would do so all the same. */
function unitsOf({ unit, masked, triggers }: Service): readonly string[] {
  return [...(masked ? [] : [unit]), ...triggers];
}

/** A service that was thawed is no service any more, and is held back for its scope, which ends with this freeze. */
async function unitsOfThawed(root: number): Promise<readonly string[]> {
  const scope = ownScope(root);
  return scope === undefined ? [] : unitsHeldFor({ scopes: [scope] });
}

/** The services among units that are started after the network is there: others may wait for them, and for what is thawed. */
async function waitingForNetwork(units: readonly string[]): Promise<readonly string[]> {
  const services = units.filter(unit => unit.endsWith('.service'));
  const answers = await Promise.all(services.map(isAfterNetwork));
  return services.filter((_, at) => answers[at]);
}
