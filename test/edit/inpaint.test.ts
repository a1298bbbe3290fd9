import { expect, it } from '@jest/globals';
import { inpaint } from '../../src/edit/inpaint';
import { editTimes } from '../../src/edit/times';
import type { EditVelocity } from '../../src/edit/velocity';
import { draw, image, towards } from '../support/edit-path';

const times = editTimes({ steps: 8, shift: 1, strength: 1 });

it.each([1, 3])('keeps what the mask keeps exactly, and draws the hole again, each step %d times', async (repeats) => {
  const mask = Float32Array.of(0, 1, 1, 0);
  let asked = 0;
  const velocity: EditVelocity = async (x, time) => {
    asked++;
    return towards(9, 0.75, -0.5, 9)(x, time);
  };
  const drawn = await inpaint({ image, mask, velocity, times, repeats, draw });
  expect([drawn[0], drawn[3]]).toEqual([image[0], image[3]]);
  expect(drawn[1]).toBeCloseTo(0.75, 5);
  expect(drawn[2]).toBeCloseTo(-0.5, 5);
  expect(asked).toBe(8 * repeats);
});

it('shows the model what is kept, with the noise of the time', async () => {
  const noise = draw(0);
  const velocity: EditVelocity = async (x, time) => {
    expect(x[0]).toBeCloseTo(time * image[0] + (1 - time) * noise[0], 6);
    return x.map(() => 0);
  };
  await inpaint({ image, mask: Float32Array.of(0, 1, 1, 1), velocity, times, repeats: 1, draw });
});
