/**
 * `npm run toolbox [-- VERSION…]`: brings the named CRIU versions (all that Debian has by default) into the cache.
 * `npm run toolbox -- --built PATH…`: takes programs that were built by hand.
 */
import { takeBuilt } from './built.js';
import { allToolboxVersions, criuFromToolbox, isToolboxVersion, type ToolboxVersion } from './index.js';

const report = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

const [first, ...built] = process.argv.slice(2);
const asked = first === '--built' ? await Promise.all(built.map(takeBuilt)) : process.argv.slice(2);
const unknown = asked.filter(text => !isToolboxVersion(text));
if (unknown.length > 0) {
  report(`The toolbox knows no CRIU ${unknown.join(', ')}; it has ${allToolboxVersions.join(', ')}.`);
  process.exit(2);
}
const versions: readonly ToolboxVersion[] =
  asked.length > 0 ? asked.filter(isToolboxVersion) : allToolboxVersions;

const results = await Promise.allSettled(versions.map(version => criuFromToolbox(version, report)));
for (const [index, result] of results.entries()) {
  if (result.status === 'fulfilled') process.stdout.write(`${versions[index]}\t${result.value}\n`);
  else {
    report(
      `CRIU ${versions[index]}: ${result.reason instanceof Error ? result.reason.message : result.reason}`,
    );
    process.exitCode = 1;
  }
}
