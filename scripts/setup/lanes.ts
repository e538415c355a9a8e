/**
 * Works a list of jobs off, in order, on several lanes at once: a lane takes the next job when it is done with one. Gives
 * the results in the order of the jobs. Rejects with the first failure once all lanes are done.
 */
export async function inLanes<T>(jobs: readonly (() => Promise<T>)[], lanes: number): Promise<readonly T[]> {
  const results: T[] = [];
  const next = jobs.entries();
  const lane = async (): Promise<void> => {
    for (const [index, job] of next) results[index] = await job();
  };
  const ended = await Promise.allSettled(Array.from({ length: Math.max(1, lanes) }, lane));
  const failed = ended.find(one => one.status === 'rejected');
  if (failed) throw failed.reason;
  return results;
}
