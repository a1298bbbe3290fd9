/** The settings of an export section, and their type after reading. */
// Tested by test/compiler/sections/keys.test.ts.
import { opsetRange } from '../bind/number-range';
import { call } from './choices';
import type { Choice, Infer } from './field';
import { number, word, words } from './fields';

const onnx = {
  doc: 'An ONNX file.',
  examples: ['onnx(opset: 23, precision: fp16)'],
  parameters: {
    opset: number('version of the ONNX operators; attention and norms are fused from 23 on', opsetRange),
    precision: word('type of the stored weights', ['fp32', 'fp16', 'bf16']).or('fp32'),
  },
} satisfies Choice;

export const exportFields = {
  format: call('file format', 'onnx', onnx),
  dynamic: words('axes that keep a free size in the file', ['batch', 'size']).or(['batch']),
};

export interface ExportSettings extends Infer<(typeof onnx)['parameters']> {
  readonly name: string;
  readonly model: string;
  readonly dynamic: Infer<typeof exportFields>['dynamic'];
}
