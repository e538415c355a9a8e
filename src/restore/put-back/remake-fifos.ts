import { constants, open } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { fail, messageOf } from '../../errors.js';
import { makeFifos } from '../../host/fifos.js';
import { statLink } from '../../host/proc/files.js';
import type { PolicyFifo } from '../../image-format/bundle/manifest.js';
import { makeInPlace, openOrMakeFolder, refuseForeign, walkTo } from './open-folder.js';

/** The FIFO itself, without waiting for who writes to it. */
const ITSELF = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW;

/**
 * Makes the FIFOs again that a reboot took away, where nothing lies in their place; CRIU puts back what was in them. As
 * files are put back: through the open folder, and complete when it appears.
 */
export async function remakeFifos(fifos: readonly PolicyFifo[]): Promise<void> {
  for (const fifo of fifos) {
    try {
      const there = statLink(fifo.path);
      if (there !== undefined) {
        refuseForeign(Number(there.uid), fifo.uid);
        continue;
      }
      await remake(fifo);
    } catch (cause) {
      const problem = messageOf(cause);
      throw fail('thaw-file', { path: fifo.path, problem }, { cause });
    }
  }
}

async function remake({ path, mode, uid, gid }: PolicyFifo): Promise<void> {
  const folder = await walkTo(dirname(path), openOrMakeFolder);
  try {
    await makeInPlace(folder, basename(path), async temporary => {
      // The folder is open in this process, not in mkfifo's.
      await makeFifos([temporary.replace('/proc/self/', `/proc/${process.pid}/`)]);
      const made = await open(temporary, ITSELF);
      try {
        await made.chown(uid, gid);
        await made.chmod(mode);
      } finally {
        await made.close();
      }
    });
  } catch (error) {
    // Somebody was faster: what is there stays.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    await folder.close();
  }
}
