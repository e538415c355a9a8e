/** Told in one line what is being done now; set-up code never prints by itself. */
export type Report = (line: string) => void;

/** Writes set-up's progress to stderr, with the seconds since this process began. */
export const reportToStderr: Report = line => {
  process.stderr.write(`[${process.uptime().toFixed(0).padStart(3)} s] ${line}\n`);
};

/** Reports `what` and, when `work` is done, how long it took. */
export async function step<T>(report: Report, what: string, work: () => Promise<T>): Promise<T> {
  report(`${what} …`);
  const began = Date.now();
  const result = await work();
  report(`${what}: done in ${((Date.now() - began) / 1000).toFixed(1)} s`);
  return result;
}
