import { expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { checkFile } from '../../../src/compiler/compile';
import { renderText } from '../../../src/compiler/diagnostics/render';
import type { Alignment } from '../../../src/compiler/recipe/index';

const written = readFileSync('test/diagnostics/cases/teacher-shape.weft', 'utf8');

/** What is read from, and told about, `align = repa(at: patch_blocks[2], …)`. */
function read(args: string, more = ''): { readonly align: Alignment | undefined; readonly told: string } {
  const text = written.replace(/align = .*/, `align = repa(at: patch_blocks[2], ${args})`) + more;
  const files: { [path: string]: string } = { 't.weft': text, 'other.weft': written };
  const spec = checkFile('t.weft', (path) => files[path] ?? null);
  return { align: spec.recipes[0]?.align, told: renderText(spec.diagnostics, { colors: false }) };
}

const model = 'weights: "w.safetensors", width: 48, tokens';

it('reads an encoder that is a model, with hyper-parameters as they are written', () => {
  const { align, told } = read(`teacher: Encoder(size: 4x8 * 2), ${model}: 8`);
  expect(told).toBe('');
  expect(align?.teacher).toEqual({ model: 'Encoder', set: { size: '4x8 * 2' }, weights: 'w.safetensors' });
  expect(read(`teacher: Encoder, ${model}: 16`).align?.teacher).toMatchObject({ model: 'Encoder', set: {} });
});

it('takes imported models, and weights that are fetched by their name', () => {
  const { align, told } = read(
    'teacher: Other(size: 8x8), width: 48, weights: efficientnet_lite0',
    '\nimport { Encoder as Other } from "./other"\n',
  );
  expect(align?.teacher).toEqual({ model: 'Other', set: { size: '8x8' }, weights: 'efficientnet_lite0' });
  expect(told).toBe('');
});

it.each([
  [`teacher: Encodr, ${model}: 16`, 'Did you mean Encoder?'],
  [`teacher: Encoder(sise: 8x8), ${model}: 4`, 'Did you mean size?'],
  [`teacher: Encoder(size: 9x9), ${model}: 4`, 'error'],
  ['teacher: Encoder, width: 48, tokens: 16', 'takes Encoder with `weights`: a file, or efficientnet_lite0'],
  ['teacher: "e.onnx", weights: "w"', '`repa.weights` takes a file only where the teacher is a model'],
  ['teacher: "e.weft#Encoder", weights: "w"', 'import { Model } from "./encoder", but this is the file of a spec'],
  ['teacher: Encoder, weights: efficientnet_lite', 'Did you mean efficientnet_lite0?'],
  [`teacher: 3, ${model}: 16`, 'takes an ONNX file or a model, but this is 3'],
])('says what is wrong with %s', (args, message) => {
  expect(read(args).told).toContain(message);
});
