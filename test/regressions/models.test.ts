import { expect, it } from '@jest/globals';
import { joined } from '../../fuzz/models/joined';
import { problemOf, problemOfOutput } from '../../fuzz/models/problem';
import { allowedErrors, evaluatorOf, largestDifference } from '../../fuzz/models/rounding';
import { Random } from '../../fuzz/random';
import { backends } from '../ops/backends';

/** Models that some backend once computed wrongly or refused, by what went wrong; a finding of a campaign is a row. */
const models: { readonly [what: string]: string } = {
  'wasm: two linears over two views of one tensor': `
    let rows = rearrange(noisy, "c h w -> (c h) w")
    let pairs = rearrange(noisy, "c (h k) w -> (c h) (k w)", k: 2)
    tap v1 = linear(rows, 4) @a
    tap v2 = linear(pairs, 8) @b
    output velocity: image(4x4, channels: 1) = rearrange(tanh(v1), "h w -> 1 h w") + rearrange(tanh(v2), "h (k w) -> 1 (h k) w", k: 2)`,
  'wasm: two products over two views of one tensor': `
    let grid = rearrange(noisy, "c h w -> h (c w)")
    tap v1 = matmul(grid, grid)
    let wide = rearrange(noisy, "c (a b) w -> a (c b w)", b: 2)
    tap v2 = matmul(rearrange(wide, "a b -> b a"), wide)
    output velocity: image(4x4, channels: 1) = rearrange(v1, "h (c w) -> c h w", c: 1) + mean(mean(v2))`,
  'wasm: products with two views of one weight': `
    let w = param([16], init: normal(1)) @w
    tap v1 = matmul(rearrange(noisy, "c h w -> (c h) w"), rearrange(w, "(a b) -> a b", a: 4))
    tap v2 = matmul(rearrange(noisy, "c (h k) w -> (c h w) k", k: 2), rearrange(w, "(a b) -> a b", a: 2))
    output velocity: image(4x4, channels: 1) = rearrange(v1, "h w -> 1 h w") + mean(mean(v2))`,
  'wasm: a product and attention over three views of one tensor': `
    let rows = rearrange(noisy, "c h w -> (c h) w")
    let wide = rearrange(noisy, "c (h k) w -> (c h) (k w)", k: 2)
    let heads = rearrange(noisy, "c (h k) w -> h (c k) w", k: 2)
    tap v1 = matmul(rows, rows)
    tap v2 = attend(wide, wide, wide)
    tap v3 = attend(heads, heads, heads)
    output velocity: image(4x4, channels: 1) = rearrange(v1, "h w -> 1 h w") + mean(mean(v2)) * rearrange(v3, "h k w -> 1 (h k) w")`,
  'wasm: a view of many rows after one of few': `
    let few = rearrange(noisy, "c h w -> c (h w)")
    let many = rearrange(noisy, "c h w -> (c h w) 1")
    tap v1 = matmul(broadcast(0.5, [3, 1]), few)
    tap v2 = matmul(broadcast(0.5, [3, 16]), many)
    tap v3 = matmul(many, few)
    output velocity: image(4x4, channels: 1) = noisy * mean(mean(v1)) + mean(mean(v2)) * mean(mean(v3))`,
  'wasm: memory access out of bounds after such products': `
    let v0 = rearrange(noisy, "a0 (a1 a2) a3 -> (a0 a1) (a2 a3)", a1: 2)
    let v4 = linear(v0, 1, bias: false) @w1
    let v5 = linear(noisy, 8) @w2
    let v8 = upsample(v0, 2)
    tap v9 = softmax(broadcast(rearrange(v4, "a0 a1 -> a1 a0"), [1, 1, 2]))
    tap v10 = attend(v8, v8, v8, scale: -0.7)
    output velocity: image(4x4, channels: 1) = noisy + tanh(mean(mean(v5 |> tanh))) + tanh(mean(mean(v10)))`,
  'wasm: arithmetic of seven axes and the batch': `
    let x = rearrange(noisy, "c (a b) (d e) -> c a 1 b 1 d e", b: 2, e: 2)
    tap v1 = x + rearrange(noisy, "c (a b) (d e) -> c 1 a 1 b d e", b: 2, e: 2)
    output velocity: image(4x4, channels: 1) = noisy * mean(mean(mean(mean(mean(mean(mean(v1)))))))`,
  'TensorFlow: softmax and attention over six axes': `
    let x = rearrange(noisy, "c (a b) (d e) -> c a b d e", b: 2, e: 2)
    tap v1 = softmax(x)
    tap v2 = attend(x, x, v1)
    output velocity: image(4x4, channels: 1) = noisy * mean(mean(mean(mean(mean(v1 + v2)))))`,
  'ONNX Runtime: attention over a scaled tensor': `
    let x = rearrange(noisy, "c h w -> (c h) w") * 0.8
    tap v1 = attend(x, x, x, scale: 0.7)
    tap v2 = matmul(softmax(matmul(x * -0.7, rearrange(x, "a b -> b a"))), x)
    output velocity: image(4x4, channels: 1) = rearrange(v1 + v2, "h w -> 1 h w")`,
  'ONNX Runtime: heads with a negative scale': `
    let x = rearrange(noisy, "c h (k w) -> c k h w", k: 2)
    tap v1 = attend(x, x, x, scale: -0.7)
    output velocity: image(4x4, channels: 1) = rearrange(v1, "c k h w -> c h (k w)")`,
};

/** Models that are run as they are exported: a tap would keep a runtime from fusing what makes it. */
const exported: typeof models = {
  'ONNX Runtime: attention over a scaled tensor, the factor first': `
    let s = 0.7 * noisy
    output velocity: image(4x4, channels: 1) = attend(s, s, s)`,
  'ONNX Runtime: a scaled tensor that is read elsewhere, with a negative scale': `
    let s = noisy * 0.7
    output velocity: image(4x4, channels: 1) = attend(s, s, s, scale: -0.3, causal: true) + s`,
  'ONNX Runtime: a tensor scaled by a weight and scaled again': `
    let gain = param([], init: normal(1)) @gain
    let s = gain * noisy
    output velocity: image(4x4, channels: 1) = attend(s, gain * s, s, scale: 0.5) + matmul(-2 * s, s)`,
  'ONNX Runtime: scales before and after a transpose': `
    let s = rearrange(noisy, "c h w -> (c h) w") / 3
    let t = rearrange(s, "a b -> b a") * 0.7
    output velocity: image(4x4, channels: 1) = rearrange(matmul(matmul(t, s), rearrange(t, "a b -> b a")), "h w -> 1 h w")`,
  'ONNX Runtime: heads of a scaled tensor, with a bias': `
    let s = noisy * 0.8
    let h = rearrange(s, "c n (h e) -> (c h) n e", h: 2)
    let v = attend(h * 0.5, h, h, bias: param([4, 4], init: normal(1)) @bias)
    output velocity: image(4x4, channels: 1) = rearrange(v, "h n e -> 1 n (h e)") + attend(s, s, s, window: 1)`,
};

const head = 'model M() {\n  input noisy: image(4x4, channels: 1)\n  input time: scalar';
const textOf = (body: string): string => `${head}${body}\n}\n`;
const cases = [
  ...Object.entries(models).map(([what, body], i) => ({ what, problem: problemOf(textOf(body), `m${i}`, 11 + i) })),
  ...Object.entries(exported).map(([what, body], i) => ({ what, problem: problemOfOutput(textOf(body), `e${i}`, i) })),
];

it.each(backends.filter((b) => b.name !== 'reference'))(
  '$name ($variant) computes every model right',
  async ({ open }) => {
    const { program, inputs, weights } = joined(cases.map((c) => c.problem));
    const session = await open([program]);
    try {
      await session.set(weights);
      const found = await session.run(program.name, inputs);
      for (const { what, problem } of cases) {
        const evaluator = evaluatorOf(problem);
        const exact = evaluator.run(null);
        const allowed = allowedErrors(exact, [evaluator.run(new Random(7, 1)), evaluator.run(new Random(7, 2))]);
        const wrong = Object.keys(exact).filter(
          (name) =>
            !(largestDifference(found[`${problem.program.name}.${name}`].data, exact[name].data) <= allowed[name]),
        );
        expect([what, wrong]).toEqual([what, []]);
      }
    } finally {
      await session.dispose();
    }
  },
);
