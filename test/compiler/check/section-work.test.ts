/** Many sections about one long model are checked within a limit, which is told once; those of a usual file are all checked. */
import { expect, it } from '@jest/globals';
import { longModelInputs } from '../../../fuzz/front/large';
import { workDone } from '../../../src/compiler/lower/budget';
import { checkFile, type Spec } from '../../../src/compiler/compile';
import { readSpec } from '../../support/compile';

/** Steps of elaboration for the model itself and for all its sections: the limit, and the one section that goes beyond it. */
const mostWork = 110_000;

function checked(text: string): Spec {
  return checkFile('long.weft', (path) => (path === 'long.weft' ? text : readSpec(path)));
}

it.each([
  'recipes of a long model',
  'recipes of a long model with a declared optimiser',
  'recipes of a long model with declared objectives',
  'recipes that freeze by pattern',
  'samples of a long model with a declared solver',
])('ends within the limit and says where: %s', (what) => {
  const before = workDone();
  const { diagnostics } = checked(longModelInputs[what](400_000));
  expect(workDone() - before).toBeLessThan(mostWork);
  expect(diagnostics.map((d) => d.code)).toEqual(['sections-unread']);
});

it('checks all of fewer sections', () => {
  expect(checked(longModelInputs['recipes of a long model'](20_000)).diagnostics).toEqual([]);
});
