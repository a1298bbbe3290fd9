import { expect, it } from '@jest/globals';
import { onnxPath, requireSafetensorsPath } from '../../src/cli/out-path';

it('gives the file that an exported model is written to', () => {
  expect(onnxPath('a/b.onnx', 'M')).toBe('a/b.onnx');
  expect(onnxPath('a/v1.0', 'M')).toBe('a/v1.0/M.onnx');
  expect(onnxPath('a/', 'M')).toBe('a/M.onnx');
  for (const path of ['m.pt', 'm.safetensors', 'a/m.GGUF']) expect(() => onnxPath(path, 'M')).toThrow('is not ONNX');
});

it('refuses tensors under a name of something else', () => {
  expect(() => requireSafetensorsPath('--outputs', 'x.npy')).toThrow('--outputs x.npy would hold safetensors.');
  expect(() => requireSafetensorsPath('--outputs', 'x.safetensors')).not.toThrow();
});
