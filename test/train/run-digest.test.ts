/** Runs go on with the spec they were started with: the digests of recipes stay what earlier versions wrote into `run.json`. */
import { expect, it } from '@jest/globals';
import { checkFile } from '../../src/compiler/compile';
import type { TrainRecipe } from '../../src/compiler/recipe/index';
import { runDigest } from '../../src/train/run-folder';
import { compileModel, readSpec } from '../support/compile';

const file = 'test/train/run-digest.weft';

const model = compileModel(file, 'Plain');

const recipes = checkFile(file, readSpec, { elaborateModels: false }).recipes;

/** Digests that earlier versions gave, by the recipe's name. A changed one means that runs of before do not go on. */
const digests: { readonly [recipe: string]: string } = {
  bare: '1335a73aff1451d4',
  every_number: '63db67fc413ece84',
  latents: 'fccc373a99bf220d',
  came_in_full: 'a2f86449039996b0',
  emoji: '047d36bcb2072350',
  emoji_in_full: '7a3c529b2a606612',
  scenes: '0e2e96a87ffccc0f',
  scenes_in_full: 'de990aef1f1dd00a',
  aligned: '8e9e28c9021e1926',
  aligned_with_a_model: 'eab8e9773d814add',
  with_conditions: '54b6af34c459b1be',
  study: 'd8c4a97e5b66685a',
};

it.each(recipes.map((r): [string, TrainRecipe] => [r.name, r]))('knows runs of `%s` again', (name, recipe) => {
  expect(runDigest(model, recipe)).toBe(digests[name]);
});

it('has a digest for every recipe', () => {
  expect(Object.keys(digests)).toEqual(recipes.map((r) => r.name));
});
