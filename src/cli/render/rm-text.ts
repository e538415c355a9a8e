/** What became of the units that were held back for bundles that are removed. */
export interface ReleasedUnits {
  /** Those that systemd starts again. */
  readonly released: readonly string[];
  /** The PID of what was thawed of such a unit and runs on, by unit. */
  readonly running: ReadonlyMap<string, number>;
}

/** What `ckpt rm` has done. Pure. */
export function rmText(
  removed: readonly string[],
  dryRun: boolean,
  { released, running }: ReleasedUnits,
): string {
  const free = released.filter(unit => !running.has(unit));
  return [
    `${dryRun ? 'would remove' : 'removed'} ${removed.join(', ')}`,
    ...(free.length === 0 ? [] : [`  no longer held back: ${free.join(', ')} (systemctl start)`]),
    ...released.flatMap(unit => {
      const pid = running.get(unit);
      const beside = `nothing keeps systemd from starting it beside its thawed process ${pid}, which runs on: end that first`;
      return pid === undefined ? [] : [`  no longer held back: ${unit}; ${beside}`];
    }),
  ].join('\n');
}
