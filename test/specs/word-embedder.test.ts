import { expect, it } from '@jest/globals';
import { evaluate } from '../../src/compiler/ir/evaluate';
import { denoise } from '../../src/compiler/programs/denoise';
import { guided } from '../../src/compiler/programs/guided';
import { grad } from '../../src/compiler/programs/loss';
import { compileModel } from '../support/compile';
import { array, normal, weightValues } from '../support/tiny-model';

const small = { size: '8x8', patch: '4', width: '16', heads: '2', depth: '1', pixel_width: '4', pixel_depth: '1' };
const text = { ...small, attn_width: '8', attn_heads: '2', text_width: '8', text_length: '6', text_mask: 'true' };
const compiled = (set: { readonly [name: string]: string } = {}) =>
  compileModel('specs/pixeldit-t2i.weft', 'PixelDiT_T2I', { ...text, ...set });
const model = compiled({ vocabulary: '5' });
const values = weightValues(model);
// What ends the model begins at zero.
const variables = { ...values, 'final_layer.linear.weight': normal([3, 4], 3) };
const table = values['word_embedder.weight'];
const image = { x_t: normal([2, 3, 8, 8], 1), t: array([2], 200, 700) };
const [words, none] = [
  [0, 3, 1, 0, 2, 0],
  [0, 0, 0, 0, 4, 0],
];
const [mask, noMask] = [array([2, 3], 1, 1, 1, 1, 1, 0), array([2, 3], 1, 0, 0, 1, 1, 0)];

/** The rows of the table that numbers of words stand for. */
const rows = (numbers: readonly number[]) =>
  array([2, 3, 8], ...numbers.flatMap((n) => [...table.data.subarray(8 * n, 8 * (n + 1))]));

it('reads rows of its table as the model of features reads features', () => {
  const features = compiled();
  const inputs = { ...image, text_mask: mask, text: rows(words) };
  const want = evaluate(denoise(features), { inputs, variables }).outputs.velocity;
  const looked = { ...image, text_mask: mask, tokens: array([2, 3], ...words) };
  expect(evaluate(denoise(model), { inputs: looked, variables }).outputs.velocity).toEqual(want);

  const guidance = array([], 2.5);
  const bothFeatures = { ...inputs, text_none: rows(none), text_mask_none: noMask, guidance };
  const bothWords = { ...looked, tokens_none: array([2, 3], ...none), text_mask_none: noMask, guidance };
  const [a, b] = [
    evaluate(guided(features), { inputs: bothFeatures, variables }),
    evaluate(guided(model), { inputs: bothWords, variables }),
  ];
  expect(b.outputs).toEqual(a.outputs);
  expect(a.outputs.velocity.data).not.toEqual(a.outputs.conditional.data);
});

it('has gradients for the rows of words that are read, and for no others', () => {
  const inputs = { ...image, text_mask: mask, tokens: array([2, 3], ...words), v_target: normal([2, 3, 8, 8], 2) };
  const { data } = evaluate(grad(model), { inputs, variables }).outputs['grad/word_embedder.weight'];
  const moved = [0, 1, 2, 3, 4].filter((n) => data.subarray(8 * n, 8 * (n + 1)).some((x) => x !== 0));
  expect(moved).toEqual([0, 1, 2, 3]);
});
