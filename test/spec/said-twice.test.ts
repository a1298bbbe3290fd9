import { expect, it } from '@jest/globals';
import { divideSettings } from '../../src/compiler/sections/keys';
import {
  exportOptions,
  refuseSaidTwice,
  sampleOptions,
  trainOptions,
  type OptionSettings,
} from '../../src/spec/said-twice';

const all = { train: trainOptions, sample: sampleOptions, export: exportOptions } as const;

function check(
  kind: keyof typeof all,
  options: { readonly [option: string]: unknown },
  key: string,
  value: string,
): void {
  const reader = { reason: '', sections: [kind] };
  const { sections, diagnostics } = divideSettings({ [key]: value }, [], reader);
  expect(diagnostics).toEqual([]);
  refuseSaidTwice<OptionSettings>(all[kind], options, sections[kind]);
}

it.each([
  ['train', { steps: 10 }, 'steps', '20'],
  ['train', { steps: 10 }, 'train.steps', '20'],
  ['train', { batch: 8 }, 'batch', '4'],
  ['train', { seed: 0 }, 'seed', '1'],
  ['train', { from: 'a' }, 'from', '"b"'],
  ['train', { data: 'a' }, 'data', 'mnist()'],
  ['train', { data: 'a' }, 'data.path', '"b"'],
  ['sample', { solver: 'heun' }, 'sample.solver', 'euler(steps: 3)'],
  ['sample', { steps: 5 }, 'sample.solver', 'euler(steps: 3)'],
  ['sample', { steps: 5 }, 'sample.solver.steps', '3'],
  ['sample', { shift: 2 }, 'sample.solver.shift', '3'],
  ['sample', { guidance: {} }, 'sample.guidance', 'cfg(3)'],
  ['sample', { guidance: {} }, 'sample.guidance.from', '0.5'],
  ['export', { opset: 17 }, 'export.format', 'onnx(opset: 23)'],
  ['export', { opset: 17 }, 'export.format.opset', '23'],
  ['export', { precision: 'fp16' }, 'export.format.precision', 'bf16'],
  ['export', { dynamic: 'batch' }, 'export.dynamic', '(batch, size)'],
] as const)('refuses for %s %j beside %s=%s', (kind, options, key, value) => {
  const [option] = Object.keys(options);
  const setting = key.replace(/^(train|sample|export)\./, '');
  expect(() => check(kind, options, key, value)).toThrow(`--${option} and --set ${setting} say the same thing.`);
});

it.each([
  ['train', { steps: undefined }, 'steps', '20'],
  ['train', { steps: 10 }, 'batch', '4'],
  ['train', { data: 'a' }, 'data.flip', 'true'],
  ['sample', { solver: 'heun' }, 'sample.solver.steps', '3'],
  ['sample', { shift: 2 }, 'sample.solver', 'euler(steps: 3)'],
] as const)('takes for %s %j beside %s=%s', (kind, options, key, value) => {
  expect(() => check(kind, options, key, value)).not.toThrow();
});

it('reads the arguments of a choice that is written whole', () => {
  const solver = ['sample.solver', 'euler(steps: 3, shift: 2)'] as const;
  expect(() => check('sample', { shift: 2 }, ...solver)).toThrow('--shift and --set solver.shift say the same thing.');
  expect(() => check('sample', { shift: 2 }, 'sample.solver', 'euler(steps: 3)')).not.toThrow();
  expect(() => check('sample', { guidance: {} }, 'sample.guidance.rescale', '0.5')).not.toThrow();
});
