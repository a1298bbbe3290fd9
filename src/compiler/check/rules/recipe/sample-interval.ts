/** A run with a sample interval must draw samples at least once before its last step. */
// Tested by test/compiler/check/rules/recipe.test.ts.
import { diagnose } from '../../../diagnostics/diagnostic';
import type { RecipeRule } from './rule';

export const sampleInterval: RecipeRule = ({ recipe: { sampleEvery, steps }, place }) => {
  if (sampleEvery === undefined || sampleEvery < steps) return [];
  const what = `Samples are drawn every ${sampleEvery} steps`;
  return [diagnose('beyond-the-run', place('sample_every'), { what, steps, effect: 'none are drawn while it trains' })];
};
