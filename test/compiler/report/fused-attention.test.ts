/** Attention holds no scores where its kernels are fused, and nothing else is taken for attention. */
import { expect, it } from '@jest/globals';
import { gradients } from '../../../src/compiler/autodiff/gradients';
import { input, variable, type Program, type Value } from '../../../src/compiler/ir/graph';
import { ops } from '../../../src/compiler/ops';
import { insideAttention } from '../../../src/compiler/report/fused-attention';
import { asFused } from '../../../src/compiler/report/memory';
import { workOf } from '../../../src/compiler/report/step-work';

const tokens = 256;
const [q, k, v] = ['q', 'k', 'v'].map((name) => variable(name, [2, tokens, 8], { kind: 'normal', std: 1 }, 'weight'));
const mean = (x: Value): Value => ops.reduceMean(ops.square(x), { axes: [0, 1, 2] });

function training(loss: Value): Program {
  const weights = [q, k, v];
  const updates = gradients(loss, weights).map((value, i) => ({ variable: weights[i], value }));
  return { name: 'p', inputs: [], outputs: { loss }, updates };
}

/** Values of the size of scores that a program's kernels write. */
function scoresHeld(program: Program): number {
  const scoreBytes = 4 * 2 * tokens * tokens;
  return Math.floor(Math.max(...workOf(program).held) / scoreBytes);
}

it('holds no scores, forward or backward, whatever bends them', () => {
  const mask = ops.cast(input('mask', [tokens]), { dtype: 'bool' });
  const bias = input('bias', [tokens, tokens]);
  const kinds = [
    ops.attention(q, k, v, { scale: 0.5 }),
    ops.maskedAttention(q, k, v, mask, { scale: 0.5 }),
    ops.biasedAttention(q, k, v, bias, { scale: 0.5 }),
  ];
  expect(kinds.map((kind) => scoresHeld(training(mean(kind))))).toEqual([0, 0, 0]);
});

it('counts the products of a pass once, and those of the scores again in the backward pass', () => {
  const { kernels, products } = workOf(training(mean(ops.attention(q, k, v, { scale: 0.5 }))));
  // Scores and their use forward; backward both gradients of each.
  const product = 2 * 2 * tokens * tokens * 8;
  expect(products).toBe(6 * product);
  const of = (pass: string): number => kernels.reduce((sum, x) => sum + (x.pass === pass ? x.products : 0), 0);
  expect([of('forward'), of('backward')]).toEqual([2 * product, 5 * product]);
});

it('takes no other softmax for attention, and no other values of the size of the scores', () => {
  const routed = ops.mul(ops.softmax(ops.matmul(q, k, { transposeB: true })), input('gains', [2, tokens, tokens]));
  expect(insideAttention(asFused(training(mean(routed)))).size).toBe(0);
  const hidden = ops.silu(ops.matmul(q, k, { transposeB: true }));
  expect(insideAttention(asFused(training(mean(ops.matmul(hidden, v))))).size).toBe(0);
  expect(scoresHeld(training(mean(ops.matmul(hidden, v))))).toBeGreaterThan(0);
});
