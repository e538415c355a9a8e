/** `npm run box`: builds the Vagrant box that the top-level Vagrantfile uses, or finds it in the cache. */
import { reportToStderr } from '../../scripts/setup/progress.js';
import { ensureBox } from './build-box.js';
import { ensureVagrantHost } from './host.js';

await ensureVagrantHost(reportToStderr);
const box = await ensureBox(reportToStderr);
process.stdout.write(`${box.name}\t${box.file}\n`);
