import { expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { checkFile } from '../../../src/compiler/compile';
import { evaluate } from '../../../src/compiler/ir/evaluate';
import { topological } from '../../../src/compiler/ir/graph';
import { expandComposites } from '../../../src/compiler/ir/substitute';
import type { ModelGraph } from '../../../src/compiler/lower/model';
import { denoise } from '../../../src/compiler/programs/denoise';
import { withPrecision } from '../../../src/compiler/programs/precision';
import { resizingMatrix } from '../../../src/compiler/lower/resampled';
import { disagreements, gradientError, trialOf, valueOf } from '../../support/word-trial';

/** Python with PyTorch: `WEFT_PYTHON`, or python3 on the path. */
const python = process.env.WEFT_PYTHON ?? 'python3';
const hasTorch = spawnSync(python, ['-c', 'import torch']).status === 0;
const itWithTorch = hasTorch ? it : it.skip;
if (!hasTorch)
  console.warn(`Skipping interpolation by PyTorch: ${python} has no PyTorch (WEFT_PYTHON=… names one that has).`);

/** The share of old pixel `p` of `from` in new pixel `i` of `to`. */
type Share = (p: number, i: number, from: number, to: number) => number;

const shares: { readonly [by: string]: Share } = {
  nearest: (p, i, from, to) => {
    const distance = (q: number): number => Math.abs(q + 0.5 - ((i + 0.5) * from) / to);
    const all = Array.from({ length: from }, (_, q) => q);
    return Number(p === all.reduce((best, q) => (distance(q) <= distance(best) + 1e-9 ? q : best)));
  },
  // A tent around each old centre; beyond the first and the last one the image goes on as it is there.
  linear: (p, i, from, to) => {
    const at = Math.min(Math.max(((i + 0.5) * from) / to, 0.5), from - 0.5);
    return Math.max(0, 1 - Math.abs(p + 0.5 - at));
  },
  area: (p, i, from, to) => {
    const touches = (q: number): boolean => q * to < (i + 1) * from && (q + 1) * to > i * from;
    return Number(touches(p)) / Array.from({ length: from }, (_, q) => q).filter(touches).length;
  },
};

const sizes = [
  [12, 14],
  [3, 7],
  [5, 3],
  [4, 10],
  [6, 7],
  [1, 21],
] as const;
const rows = Object.keys(shares).flatMap((by) => sizes.map((size) => [by, size] as const));

it.each(rows)(
  '%s to %j is what it is written out, has its gradient, and is the same on every backend',
  async (...row) => {
    const [by, [height, width]] = row;
    const trial = trialOf(`resample(x, ${height}x${width}, "${by}")`, { x: [2, 6, 7] });
    const got = valueOf(trial);
    expect(got.shape).toEqual([2, 2, height, width]);
    let element = 0;
    for (let plane = 0; plane < 4; plane++)
      for (let i = 0; i < height; i++)
        for (let j = 0; j < width; j++) {
          let want = 0;
          for (let p = 0; p < 6; p++)
            for (let q = 0; q < 7; q++) {
              const share = shares[by](p, i, 6, height) * shares[by](q, j, 7, width);
              want += share * trial.inputs.x.data[(plane * 6 + p) * 7 + q];
            }
          expect(got.data[element++]).toBeCloseTo(want, 10);
        }
    expect(gradientError(trial)).toBeLessThan(1e-8);
    expect(await disagreements(trial)).toEqual([]);
  },
);

itWithTorch(
  'is what PyTorch makes of an image',
  () => {
    const modes: { readonly [by: string]: string } = { nearest: 'nearest-exact', linear: 'bilinear', area: 'area' };
    const trials = rows.map(([by, [h, w]]) => trialOf(`resample(x, ${h}x${w}, "${by}")`, { x: [2, 6, 7] }));
    const { status, stdout, stderr } = spawnSync(python, ['-c', interpolation], {
      input: JSON.stringify(trials.map((t, i) => [[...t.inputs.x.data], modes[rows[i][0]], rows[i][1]])),
      encoding: 'utf8',
    });
    expect([status, stderr]).toEqual([0, '']);
    const want = JSON.parse(stdout) as number[][];
    trials.forEach((trial, row) => {
      const got = [...valueOf(trial).data];
      expect(got).toHaveLength(want[row].length);
      got.forEach((v, i) => expect(v).toBeCloseTo(want[row][i], 10));
    });
  },
  300_000,
);

const interpolation = `
import json, sys, torch
def made(x, mode, size):
    x = torch.tensor(x, dtype=torch.float64).reshape(2, 2, 6, 7)
    return torch.nn.functional.interpolate(x, size=size, mode=mode).flatten().tolist()
print(json.dumps([made(*row) for row in json.load(sys.stdin)]))
`;

it.each([
  ['nearest', 'size'],
  ['nearest', 'size * 3'],
  ['linear', 'size * 3'],
  ['linear', 'size / 2'],
  ['linear', 'size * 3 / 2'],
  ['nearest', 'size * 3 / 2'],
  ['nearest', 'size / 2'],
  ['area', 'size * 2'],
  ['area', 'size / 2'],
])('%s to %s is for an open size what it is for that size', (by, size) => {
  const text = `model M(size: Size = 4x6) {
  input x: image(size, channels: 2)
  input t: scalar
  let y = resample(x, ${size}, "${by}")
  output y: [...] = y * t
}`;
  const at = (h: number, w: number, openSize: boolean): ModelGraph => {
    const { elaborate } = checkFile('m.weft', () => text, { elaborateModels: false });
    const { model, diagnostics } = elaborate('M', openSize ? {} : { size: `${h}x${w}` }, { openSize });
    expect(diagnostics).toEqual([]);
    return model!;
  };
  const [open, known] = [at(6, 10, true), at(6, 10, false)].map((model) => {
    const [x, t] = model.inputs;
    const data = Float64Array.from({ length: 2 * 60 }, (_, i) => Math.sin(5 * i));
    const inputs = { [x.name]: { shape: [1, 2, 6, 10], data }, [t.name]: { shape: [1], data: Float64Array.of(0.5) } };
    const bindings = Object.fromEntries(
      Object.entries(model.openSize?.units ?? {}).map(([side, unit]) => [
        unit === 1 ? side : `${side}/${unit}`,
        (side === 'height' ? 6 : 10) / unit,
      ]),
    );
    return evaluate(denoise(model), { inputs, bindings }).outputs.y;
  });
  expect(open.shape).toEqual(known.shape);
  open.data.forEach((v, i) => expect(v).toBeCloseTo(known.data[i], 10));
});

it('says that means over windows of an open size would differ', () => {
  const text = `model M(size: Size = 4x6) {
  input x: image(size, channels: 2)
  input t: scalar
  output y: [...] = resample(x, 5x5, "area") * t
}`;
  const { elaborate } = checkFile('m.weft', () => text, { elaborateModels: false });
  expect(elaborate('M', {}).diagnostics).toEqual([]);
  expect(elaborate('M', {}, { openSize: true }).diagnostics.map((d) => d.message)).toEqual([
    expect.stringMatching(/`x` of resample should have shape \[..., h, w\] with sides that are known/),
  ]);
});

it.each([
  ['resample(x, 8)', /`size` of resample should be a Size such as 24x32/],
  ['resample(x, 8x8, "cubic")', /`by` of resample should be "nearest", "linear" or "area"/],
  ['resample(x, 8x8, by: 2)', /`by` of resample should be a String/],
  ['resample(range(4), 8x8)', /`x` of resample should have shape \[..., h, w\]/],
  ['resample(x, 100000000x1)', /too many numbers in tables/],
  ['resample(x, 100000001x1, "nearest")', /too many numbers in tables/],
])('says what is wrong with %s', (expression, message) => {
  expect(() => trialOf(expression, { x: [2, 6, 7] })).toThrow(message);
});

it('keeps images in single precision where products have half', () => {
  const { program } = trialOf('resample(x, 9x5)', { x: [2, 6, 7] });
  const [y] = withPrecision([program.outputs.y], 'bf16');
  expect(topological(expandComposites([y], () => true)).map((v) => v.dtype)).not.toContain('bf16');
});

it('averages whole cells, and mixes neighbours by their distance', () => {
  expect(resizingMatrix(4, 2, 'area')).toEqual([
    [0.5, 0.5, 0, 0],
    [0, 0, 0.5, 0.5],
  ]);
  expect(resizingMatrix(3, 2, 'area')).toEqual([
    [0.5, 0.5, 0],
    [0, 0.5, 0.5],
  ]);
  expect(resizingMatrix(2, 4, 'linear')).toEqual([
    [1, 0],
    [0.75, 0.25],
    [0.25, 0.75],
    [0, 1],
  ]);
});
