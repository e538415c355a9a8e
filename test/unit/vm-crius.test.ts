import { expect, test } from 'vitest';
import { allToolboxVersions } from '../../scripts/toolbox/index.js';
import { criusFrom } from '../../vm-tests/scenarios/crius.js';

test('the matrix has the CRIUs that were named, and all that Debian has where none was', () => {
  expect(criusFrom('3.18,4.0')).toEqual(['3.18', '4.0']);
  expect(criusFrom(undefined)).toEqual(allToolboxVersions);
});

test.each(['3.18,4', '', '4.2.1,'])('a matrix of "%s" would pass for a whole one, and is refused', asked => {
  expect(() => criusFrom(asked)).toThrow(/no release of CRIU/);
});
