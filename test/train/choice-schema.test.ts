import { expect, it } from '@jest/globals';
import { optimizers } from '../../src/compiler/recipe/optimizers';
import { objectives } from '../../src/compiler/recipe/objectives';
import { trainFields } from '../../src/compiler/recipe/train';
import { choiceSchema, fieldsSchema } from '../../src/train/choice-schema';

const optimizer = choiceSchema(optimizers);
const objective = choiceSchema(objectives);

/** Where a value does not fit; null where it does. */
function problem(schema: typeof optimizer | typeof objective, value: unknown): string | null {
  const [issue] = schema.safeParse(value).error?.issues ?? [];
  return issue ? issue.path.join('.') || 'all' : null;
}

const adamw = { kind: 'adamw', rate: 1e-4, betas: [0.9, 0.999], eps: 1e-8, decay: 0 };
const came = { kind: 'came', rate: 1e-4, betas: [0.9, 0.99, 0.999], eps: [1e-30, 1e-16], clip: 1, decay: 0 };
const muon = { kind: 'muon', rate: 1e-3, momentum: 0.95, steps: 5, betas: [0.9, 0.95], eps: 1e-8, decay: 0 };

it.each([adamw, came, muon, { ...adamw, later: 'fields that a later version adds' }])('takes %j', (value) => {
  const read = optimizer.safeParse(value);
  expect(read.error?.issues ?? []).toEqual([]);
  expect(read.data).toEqual(value);
});

it.each([
  [null, 'all'],
  [{ kind: 'adam', rate: 1 }, 'kind'],
  [{ ...adamw, betas: [0.9] }, 'betas'],
  [{ ...adamw, betas: [0.9, '0.999'] }, 'betas.1'],
  [{ ...adamw, rate: -1 }, 'rate'],
  [{ ...came, eps: 1e-8 }, 'eps'],
  [{ ...muon, steps: 2.5 }, 'steps'],
  [{ kind: 'adamw', rate: 1e-4, betas: [0.9, 0.999], decay: 0 }, 'eps'],
])('refuses the optimiser %j and names where it is wrong', (value, place) => {
  expect(problem(optimizer, value)).toBe(place);
});

it('looks into choices inside choices', () => {
  const time = { kind: 'uniform', shift: 1 };
  expect(problem(objective, { kind: 'rectified_flow', time })).toBeNull();
  expect(problem(objective, { kind: 'rectified_flow', time, predict: 'x0' })).toBeNull();
  expect(problem(objective, { kind: 'rectified_flow', time, predict: 'x1' })).toBe('predict');
  expect(problem(objective, { kind: 'rectified_flow', time: { ...time, shift: null } })).toBe('time.shift');
  expect(problem(objective, { kind: 'rectified_flow', time: { kind: 'even' } })).toBe('time.kind');
  expect(problem(objective, { kind: 'rectified_flow' })).toBe('time');
});

it('takes settings that may be absent or null only where a recipe may lack them', () => {
  const { warmup, ema, clip, precision, sample_every, freeze, steps } = trainFields;
  const settings = fieldsSchema({ warmup, ema, clip, precision, sample_every, freeze, steps });
  const whole = { warmup: 0, ema: null, clip: null, precision: 'bf16', sampleEvery: 10, freeze: ['a'], steps: 5 };
  const wrongIn = (value: object): string | null => settings.safeParse(value).error?.issues[0].path.join('.') ?? null;
  expect(wrongIn(whole)).toBeNull();
  expect(wrongIn({ ...whole, sampleEvery: undefined, freeze: undefined, ema: 0.9, later: 1 })).toBeNull();
  expect(wrongIn({ ...whole, precision: 'f16' })).toBe('precision');
  expect(wrongIn({ ...whole, warmup: null })).toBe('warmup');
  expect(wrongIn({ ...whole, sampleEvery: '10' })).toBe('sampleEvery');
  expect(wrongIn({ ...whole, freeze: 'a' })).toBe('freeze');
  expect(wrongIn({ ...whole, steps: undefined })).toBe('steps');
});
