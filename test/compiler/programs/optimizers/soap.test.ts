/** SOAP of std/optimizers on every backend that trains, against the steps that numpy makes in float64. */
import { readFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import { constant, input, variable, type Program } from '../../../../src/compiler/ir/graph';
import { gather } from '../../../../src/compiler/ops/indexing';
import { reduceSum } from '../../../../src/compiler/ops/reduction';
import { greater } from '../../../../src/compiler/ops/elementwise';
import { optimizerStep } from '../../../../src/compiler/programs/optimizers/optimize';
import { shippedMethod } from '../../../../src/compiler/programs/shipped-method';
import type { HostTensors } from '../../../../src/backends/session';
import { backends } from '../../../support/backends';
import { patterned } from '../../../support/patterned';

interface Fixture {
  readonly config: {
    readonly steps: number;
    readonly every: number;
    readonly largest: number;
    readonly rate: number;
    readonly decay: number;
    readonly betas: [number, number];
  };
  readonly shapes: { readonly [name: string]: number[] };
  /** The values of each weight after each step. */
  readonly weights: { readonly [name: string]: number[][] };
}

/** Written by `scripts/fixtures/soap.py`. */
const fixture = JSON.parse(readFileSync('test/specs/fixtures/soap.json', 'utf8')) as Fixture;
const { config, shapes } = fixture;
const names = Object.keys(shapes);

function program(): Program {
  const { every, largest, decay, betas } = config;
  const weights = names.map((name) => variable(name, shapes[name], { kind: 'zeros' }, 'weight'));
  const gradients = names.map((name) => input(`g.${name}`, shapes[name]));
  const [rate, step] = [input('rate', []), input('step', [])];
  const given = { rate: 'rate', betas, decay, every, largest };
  // The loss looks rows of the table up.
  const rows = gather(weights[names.indexOf('table')], constant({ shape: [1], data: Float64Array.of(1) }, 'i32'));
  const made = optimizerStep(
    { ...shippedMethod('optimizer', 'soap', given), rate: config.rate },
    { weights, gradients, rate, step, loss: reduceSum(rows, { axes: [0, 1] }), sound: greater(step, 0) },
  );
  const moved = weights.map((w, i) => ({ variable: w, value: made.weights[i] }));
  return { name: 'soap', inputs: [...gradients, rate, step], outputs: {}, updates: [...moved, ...made.updates] };
}

it.each(backends.filter((b) => b.trains))('makes the steps of arXiv 2409.11321 on $name', async ({ name, open }) => {
  const session = await open([program()]);
  const scalar = (x: number): HostTensors[string] => ({ shape: [], dtype: 'f32', data: Float32Array.of(x) });
  // The rate is rounded to single precision: 2e-8 of a move, and all moves together are below 0.1. Elsewhere weights are, too.
  const tolerance = name === 'reference' ? 5e-9 : 1e-6;
  // `both` has a side of more directions than its first gradients have. In single precision rounding decides where the others point.
  const compared = name === 'reference' ? names : names.filter((weight) => weight !== 'both');
  try {
    await session.set(Object.fromEntries(names.map((name) => [name, patterned(name, shapes[name])])));
    for (let step = 1; step <= config.steps; step++) {
      const gradients = names.map((name) => [`g.${name}`, patterned(`${name}.${step}`, shapes[name])]);
      await session.run('soap', { ...Object.fromEntries(gradients), rate: scalar(config.rate), step: scalar(step) });
      const state = await session.get();
      for (const weight of compared) {
        const want = fixture.weights[weight][step - 1];
        const error = Math.max(...want.map((x, i) => Math.abs(state[weight].data[i] - x)));
        expect([weight, step, error < tolerance ? 'near' : error]).toEqual([weight, step, 'near']);
      }
    }
  } finally {
    await session.dispose();
  }
});
