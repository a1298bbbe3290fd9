import { expect, it } from '@jest/globals';
import { chooseMethod, usualStrength, type SaidOfEdit } from '../../src/edit/method';
import { failureOf } from '../support/failure';

const nothing = { from: false, to: false, mask: false };

it('takes the method that fits what is said', () => {
  expect(chooseMethod({ has: { from: true, to: true, mask: false } })).toEqual({
    kind: 'flowedit',
    strength: usualStrength.flowedit,
    average: 1,
    finish: 0,
    repeats: 1,
  });
  expect(chooseMethod({ has: { from: true, to: true, mask: true } }).kind).toBe('inpaint');
  expect(chooseMethod({ has: nothing, strength: 0.3 })).toMatchObject({ kind: 'sdedit', strength: 0.3 });
});

it.each<[SaidOfEdit, RegExp]>([
  [{ has: nothing, method: 'flowedit' }, /both have to be said[^]*sdedit, which needs `to` alone/],
  [{ has: nothing, method: 'inpaint' }, /which part is to be drawn again[^]*Give a mask/],
  [{ has: { ...nothing, mask: true }, method: 'sdedit' }, /`mask` belongs to inpaint, and the method is sdedit/],
  [{ has: nothing, repeats: 2 }, /`repeats` belongs to inpaint, and the method is sdedit/],
  [{ has: nothing, average: 2 }, /`average` belongs to flowedit/],
  [{ has: nothing, strength: 0 }, /strength/],
  [{ has: nothing, strength: 1.1 }, /strength/],
  [{ has: { ...nothing, mask: true }, repeats: 0.5 }, /repeats/],
])('refuses %j with a way out', async (said, message) => {
  expect(await failureOf(async () => chooseMethod(said))).toMatch(message);
});
