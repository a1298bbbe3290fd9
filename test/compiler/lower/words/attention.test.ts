/** Attention in all its forms against a softmax that is written out. */
import { expect, it } from '@jest/globals';
import { checkFile } from '../../../../src/compiler/compile';
import { emitProgram } from '../../../../src/backends/onnx/emit';
import { disagreements, gradientError, trialOf, valueOf, type Trial } from '../../../support/word-trial';

const [heads, n, m, e, f] = [4, 3, 5, 2, 3];
const crossed = { q: [heads, n, e], k: [heads, m, e], v: [heads, m, f] };
const own = { q: [heads, m, e], k: [heads, m, e], v: [heads, m, f] };
const shared = { q: [heads, n, e], k: [2, m, e], v: [2, m, f] };

interface Form {
  readonly shapes: { readonly [input: string]: readonly number[] };
  /** What is added to the score of head h, query i, key j; -∞ for a key that is not seen. */
  readonly added?: (at: (input: string, ...index: number[]) => number, h: number, i: number, j: number) => number;
}

const hidden = (isHidden: boolean): number => (isHidden ? -Infinity : 0);

const forms: readonly [expression: string, form: Form][] = [
  ['attend(q, k, v)', { shapes: crossed }],
  ['attend(q, k, v, bias: b)', { shapes: { ...crossed, b: [n, m] }, added: (at, _, i, j) => at('b', i, j) }],
  ['attend(q, k, v, bias: b)', { shapes: { ...crossed, b: [heads, n, m] }, added: (at, h, i, j) => at('b', h, i, j) }],
  ['attend(q, k, v, bias: b)', { shapes: { ...crossed, b: [heads, 1, m] }, added: (at, h, _, j) => at('b', h, 0, j) }],
  ['attend(q, k, v, causal: true)', { shapes: own, added: (_at, _h, i, j) => hidden(j > i) }],
  ['attend(q, k, v, window: 2)', { shapes: own, added: (_at, _h, i, j) => hidden(Math.abs(i - j) >= 2) }],
  ['attend(q, k, v, causal: true, window: 2)', { shapes: own, added: (_at, _h, i, j) => hidden(j > i || i - j >= 2) }],
  [
    'attend(q, k, v, mask: range(5) < 3, bias: b)',
    { shapes: { ...crossed, b: [n, m] }, added: (at, _, i, j) => at('b', i, j) + hidden(j >= 3) },
  ],
  [
    'attend(q, k, v, mask: b > 0 or range(5) == 1, causal: true)',
    { shapes: { ...own, b: [m, m] }, added: (at, _, i, j) => hidden((at('b', i, j) <= 0 && j !== 1) || j > i) },
  ],
  ['attend(q, k, v)', { shapes: shared }],
  ['attend(q, k, v)', { shapes: { ...shared, k: [1, m, e], v: [1, m, f] } }],
  ['attend(q, k, v, mask: range(5) < 3)', { shapes: shared, added: (_at, _h, _i, j) => hidden(j >= 3) }],
  ['attend(q, k, v, bias: b)', { shapes: { ...shared, b: [n, m] }, added: (at, _, i, j) => at('b', i, j) }],
  ['attend(q, k, v, bias: b)', { shapes: { ...shared, b: [heads, n, m] }, added: (at, h, i, j) => at('b', h, i, j) }],
  ['attend(q, k, v, bias: b)', { shapes: { ...shared, b: [heads, 1, m] }, added: (at, h, _, j) => at('b', h, 0, j) }],
  [
    'attend(q, k, v, causal: true, bias: b)',
    {
      shapes: { q: own.q, k: [2, m, e], v: [2, m, f], b: [1, m, m] },
      added: (at, _, i, j) => at('b', 0, i, j) + hidden(j > i),
    },
  ],
];

it.each(forms)(
  '%s is a softmax written out, has its gradient, and is the same on every backend',
  async (text, form) => {
    const trial = trialOf(text, form.shapes);
    const got = valueOf(trial);
    const want = writtenOut(trial, form);
    expect(got.shape).toEqual([2, ...form.shapes.q.slice(0, -1), f]);
    want.forEach((x, i) => expect(got.data[i]).toBeCloseTo(x, 12));
    expect(gradientError(trial)).toBeLessThan(1e-8);
    expect(await disagreements(trial)).toEqual([]);
  },
);

it.each(forms)('%s is one fused operator in ONNX', (text, { shapes }) => {
  const { graph } = emitProgram(trialOf(text, shapes).program, 23);
  const kinds = graph.nodes.map((node) => node.opType);
  expect(kinds.filter((kind) => kind === 'Attention')).toHaveLength(1);
  expect(kinds).not.toContain('Softmax');
});

it.each([
  ['attend(q, k, k, causal: true)', 'must be as many'],
  ['attend(q, k, k, window: 2)', 'must be as many'],
  ['attend(q, q, q, window: 0)', '`window` of attend'],
  ['attend(q, split(q, 4, axis: 0)[0], q)', 'axis 0 of keys and values differs'],
  ['attend(q, concat(q, q, axis: 0), concat(q, q, axis: 0))', '8 heads of keys cannot be shared evenly by 4'],
  ['attend(q, k, k, bias: q)', '`bias` of attend should have shape [4, 3, 5]'],
  ['attend(q, k, k, mask: range(3))', '`mask` of attend should have shape [5]'],
  ['attend(q, k, k, mask: 1)', '`mask` of attend should have shape [5]'],
])('says what is wrong with %s', (expression, message) => {
  const text = `model M() {\n  input q: [4, 3, 2]\n  input k: [4, 5, 2]\n  output y: [...] = ${expression}\n}\n`;
  const { diagnostics } = checkFile('m.weft', () => text, { elaborateModels: false }).elaborate('M', {});
  expect(diagnostics[0]?.message ?? 'nothing').toContain(message);
});

/** The outputs of both images in order. */
function writtenOut({ inputs }: Trial, { shapes, added = () => 0 }: Form): number[] {
  const [queries, keys] = [shapes.q[1], shapes.k[1]];
  const each = heads / shapes.k[0];
  const outputs: number[] = [];
  for (let image = 0; image < 2; image++) {
    const at = (input: string, ...index: number[]): number => {
      const { shape, data } = inputs[input];
      return data[[image, ...index].reduce((offset, i, axis) => offset * shape[axis] + i, 0)];
    };
    for (let h = 0; h < heads; h++) {
      const from = Math.floor(h / each);
      for (let i = 0; i < queries; i++) {
        const scores = Array.from({ length: keys }, (_, j) => {
          let product = 0;
          for (let c = 0; c < e; c++) product += at('q', h, i, c) * at('k', from, j, c);
          return product / Math.sqrt(e) + added(at, h, i, j);
        });
        // A query that sees no key weighs all alike.
        const weights = scores.every((s) => s === -Infinity) ? scores.map(() => 1) : scores.map(Math.exp);
        const total = weights.reduce((a, b) => a + b, 0);
        for (let c = 0; c < f; c++) {
          outputs.push(weights.reduce((sum, w, j) => sum + (w / total) * at('v', from, j, c), 0));
        }
      }
    }
  }
  return outputs;
}
