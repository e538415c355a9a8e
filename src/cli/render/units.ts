const binary = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const;

/** A number of bytes for people: 0 B, 4.0 KiB, 1.2 GiB. */
export function bytes(count: number | bigint): string {
  let value = Number(count);
  let unit = 0;
  while (value >= 1023.95 && unit < binary.length - 1) {
    value /= 1024;
    unit += 1;
  }
  const digits = unit === 0 || value >= 99.95 ? 0 : 1;
  return `${value.toFixed(digits)} ${binary[unit]}`;
}

/** A stretch of time, given in milliseconds, for people: 12 ms, 1.4 s, 2 min 5 s, 3 h 10 min, 4 d 2 h. */
export function duration(milliseconds: number): string {
  if (milliseconds < 10) return `${Math.max(0, milliseconds).toFixed(1)} ms`;
  if (milliseconds < 999.5) return `${milliseconds.toFixed(0)} ms`;
  if (milliseconds < 9950) return `${(milliseconds / 1000).toFixed(1)} s`;
  const seconds = Math.round(milliseconds / 1000);
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return two(seconds, 60, 'min', 1, 's');
  if (seconds < 86_400) return two(seconds, 3600, 'h', 60, 'min');
  return two(seconds, 86_400, 'd', 3600, 'h');
}

function two(seconds: number, large: number, largeName: string, small: number, smallName: string): string {
  const rest = Math.floor((seconds % large) / small);
  const head = `${Math.floor(seconds / large)} ${largeName}`;
  return rest === 0 ? head : `${head} ${rest} ${smallName}`;
}

/** How long ago something was, both times in milliseconds since the epoch. */
export function ago(then: number, now: number): string {
  const passed = now - then;
  // A clock was set between: of one that runs a little behind nobody needs to know.
  if (passed < -60_000) return 'in the future';
  if (passed < 1000) return 'just now';
  // No tenths: of what was long ago they say nothing.
  const seconds = Math.round(passed / 1000);
  return `${seconds < 60 ? `${seconds} s` : duration(seconds * 1000)} ago`;
}

/** A number with its noun: 1 process, 3 processes. */
export function count(number: number, singular: string, plural = `${singular}s`): string {
  // By hand: the first use of toLocaleString takes 15 ms.
  const grouped = String(number).replace(/\B(?=(\d{3})+$)/g, ',');
  return `${grouped} ${number === 1 ? singular : plural}`;
}
