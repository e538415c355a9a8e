import { systemIdentity } from '../../host/system.js';
import { memberPaths } from '../../image-format/bundle/member-path.js';
import type { Bundle } from '../../image-format/bundle/open-bundle.js';
import type { UnfoldedTree } from '../unfold.js';
import { refuseMissingLogin } from './login-folder-missing.js';
import { putBackFiles } from './put-back-files.js';
import { remakeFifos } from './remake-fifos.js';
import { remakeFolders } from './remake-folders.js';
import { remakePlaces } from './remake-places.js';

/**
 * What CRIU expects to be there and a reboot has taken away: folders first, in which the rest lies. Nothing that lies there is
 * touched, so that it can stay where the thaw fails. Throws `thaw-login-folder` before anything is made, and `thaw-file`.
 */
export async function putBack(bundle: Bundle, trees: readonly UnfoldedTree[]): Promise<void> {
  const policies = trees.map(({ policy }) => policy);
  refuseMissingLogin(bundle.manifest.name, policies);
  const rebooted = bundle.manifest.origin.bootId !== systemIdentity().bootId;
  // What nobody had open somebody has deleted, where no boot has.
  const isMissed = ({ loose }: { readonly loose?: true | undefined }): boolean => rebooted || !loose;
  await remakeFolders(policies.flatMap(({ folders = [] }) => folders).filter(isMissed));
  await remakeFifos(policies.flatMap(({ fifos = [] }) => fifos));
  await putBackFiles(policies.flatMap(({ files = [] }) => files).filter(isMissed), memberPaths(bundle));
  await remakePlaces(policies.flatMap(({ mounts }) => mounts?.places ?? []));
}
