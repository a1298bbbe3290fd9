import { expect, it } from '@jest/globals';
import { flowEdit } from '../../src/edit/flow-edit';
import { editTimes } from '../../src/edit/times';
import type { EditVelocity } from '../../src/edit/velocity';
import { draw, image, towards } from '../support/edit-path';

const times = editTimes({ steps: 8, shift: 1, strength: 0.75 });

it('changes nothing where what is shown is what is to be shown', async () => {
  const same = towards(0.1, 0.2, 0.3, 0.4);
  const edited = await flowEdit({ image, source: same, target: same, times, finish: 0, average: 2, draw });
  expect([...edited]).toEqual([...image]);
});

it('moves from the one picture of the source to the one of the target, whatever the noise', async () => {
  const target = [0.9, 0.1, -0.5, 0.25];
  const edited = await flowEdit({
    image,
    source: towards(...image),
    target: towards(...target),
    times,
    finish: 0,
    average: 1,
    draw,
  });
  // Rounding of float32 in eight steps.
  edited.forEach((x, i) => expect(x).toBeCloseTo(target[i], 5));
});

it('follows the target alone from the share of noise at which it is to finish', async () => {
  const asked: number[] = [];
  const source: EditVelocity = async (x, time) => {
    asked.push(time);
    return x.map(() => 0);
  };
  const target = [0.9, 0.1, -0.5, 0.25];
  const edited = await flowEdit({ image, source, target: towards(...target), times, finish: 0.5, average: 1, draw });
  expect(asked).toEqual(times.filter((time) => time < 0.5));
  edited.forEach((x, i) => expect(x).toBeCloseTo(target[i], 5));
});
