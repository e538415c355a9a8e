/** `npm run box`: builds the Vagrant box that the top-level Vagrantfile uses, or finds it in the cache. */
import { reportToStderr } from '../../scripts/setup/progress.js';
import { cacheFolder } from '../../scripts/toolbox/cache.js';
import { ensureBox } from './build-box.js';
import { ensureVagrantHost } from './host.js';

if (process.getuid?.() !== 0) {
  // Into the caller's own cache, where the caller's `vagrant up` looks for it.
  process.stderr.write(
    `building the box needs root; run: sudo env CKPT_CACHE=${cacheFolder()} npm run box\n`,
  );
  process.exit(1);
}
await ensureVagrantHost(reportToStderr);
const box = await ensureBox(reportToStderr);
process.stdout.write(`${box.name}\t${box.file}\n`);
