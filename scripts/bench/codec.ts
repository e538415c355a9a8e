/** How fast a dump's metadata is read and written, next to Debian's crit on the same files. */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseImage } from '../../src/image-format/criu/read-image-set.js';
import { serialiseImage, writeImageSet } from '../../src/image-format/criu/write-image-set.js';
import { critPython } from './crit.js';
import { syntheticImages } from './synthetic-images.js';

/** Processor seconds (all threads, garbage collection included) to decode and encode all images of a set, in memory. */
export interface CodecTimes {
  readonly processes: number;
  readonly mappings: number;
  /** First run: nothing is compiled or warmed up but the encoders that made the images. */
  readonly ckpt: number;
  /** crit's own way, through JSON, but in one Python process for all files. */
  readonly crit: number;
  /** The same without the JSON. */
  readonly pycriu: number;
}

/** What crit's `decode` and `encode` do to each file, timed inside Python after all imports. */
const PYTHON = `
import io, json, os, sys, time
import pycriu.images
folder, through_json = sys.argv[1], sys.argv[2] == 'json'
files = [open(os.path.join(folder, n), 'rb').read() for n in sorted(os.listdir(folder)) if n.endswith('.img')]
begin = time.process_time()
for data in files:
    image = pycriu.images.load(io.BytesIO(data), False)
    if through_json:
        image = json.loads(json.dumps(image))
    out = io.BytesIO()
    pycriu.images.dump(image, out)
    if out.getvalue() != data:
        raise SystemExit('crit did not give the same bytes back')
print(time.process_time() - begin)
`;

async function recode(folder: string): Promise<number> {
  const names = await readdir(folder);
  const files = await Promise.all(
    names.map(async name => [name, await readFile(join(folder, name))] as const),
  );
  const begin = process.cpuUsage();
  for (const [name, bytes] of files) {
    if (!bytes.equals(serialiseImage(parseImage(name, bytes))))
      throw new Error(`${name} did not come out as it went in`);
  }
  const { user, system } = process.cpuUsage(begin);
  return (user + system) / 1e6;
}

/** Measures `ckpt` and crit on one made-up dump. Fetches crit the first time. */
export async function measureCodec(
  processes = 500,
  mappings = 200_000,
  report: (line: string) => void = () => {},
): Promise<CodecTimes> {
  const work = await mkdtemp(join(tmpdir(), 'ckpt-bench-'));
  try {
    writeImageSet(work, syntheticImages(processes, mappings), { version: '4.2.1' });
    const ckpt = await recode(work);
    report(`ckpt: ${ckpt.toFixed(2)} s`);
    const python = await critPython('4.2.1', report);
    const crit = Number(await python(PYTHON, [work, 'json']));
    report(`crit: ${crit.toFixed(2)} s`);
    const pycriu = Number(await python(PYTHON, [work, 'direct']));
    report(`pycriu: ${pycriu.toFixed(2)} s`);
    return { processes, mappings, ckpt, crit, pycriu };
  } finally {
    await rm(work, { recursive: true });
  }
}
