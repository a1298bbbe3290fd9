import { expect, it } from '@jest/globals';
import { idleIn } from '../../../../src/compiler/programs/declared-walk';
import { idleGuidance } from '../../../../src/compiler/programs/samplers/idle-guidance';
import { tinyModel } from '../../../support/tiny-model';
import { settingsOf } from '../../../support/walk';

const guidance = { scale: 3, from: 0, to: 1 };

it.each([
  // The one step of Euler begins at 0, which is no time inside of (0, 1).
  ['one step', { solver: 'euler', steps: 1, shift: 1, guidance }, 'euler with 1 step asks nothing'],
  [
    'an interval between two steps',
    { solver: 'euler', steps: 2, shift: 1, guidance: { ...guidance, from: 0.6, to: 0.9 } },
    'Guidance 3 acts between the times (0.6, 0.9)',
  ],
] as const)('tells of guidance that never acts: %s', (_, walk, told) => {
  expect(idleGuidance(walk)).toContain(told);
});

it.each([
  ['a step inside', { solver: 'euler', steps: 2, shift: 1, guidance }],
  ['noise levels, which begin below 1', { solver: 'dpm_solver_pp', steps: 1, shift: 1, guidance }],
  ['a scale of 1', { solver: 'euler', steps: 1, shift: 1, guidance: { ...guidance, scale: 1 } }],
  // A list of their times would not fit into memory.
  ['ten billion steps', { solver: 'heun', steps: 1e10, shift: 1, guidance }],
  ['no guidance', { solver: 'euler', steps: 1, shift: 1, guidance: null }],
] as const)('says nothing of %s', (_, walk) => {
  expect(idleGuidance(walk)).toBeNull();
});

// What is asked follows from the number of steps, which can be changed by hand.
it.each([
  ['a solver of the language', settingsOf({ solver: 'euler(steps: 4)' }), { ...guidance, from: 0.8 }],
  [
    'a guidance of the language',
    { solver: 'euler', shift: 1 },
    settingsOf({ solver: 'euler(steps: 4)', guidance: 'cfg(3, from: 0.8)' }).guidance,
  ],
] as const)('tells of guidance that never acts, with %s', (_, walk, own) => {
  const idle = (steps: number): string | null => idleIn(tinyModel(), { ...walk, steps, guidance: own });
  expect(idle(4)).toMatch(/4 steps.*not guided/);
  expect(idle(10)).toBeNull();
});
