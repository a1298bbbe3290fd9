/** Checks that the ending of an output file matches its format: with another ending it would be mistaken for something else. */
import { WeftError } from '../compiler/diagnostics/diagnostic';

/** Endings of other files of weights and models, which are not used for folders. */
const others = /\.(pt|pth|bin|ckpt|safetensors|npy|npz|pb|tflite|gguf|json|h5|png)$/i;

/** Refuses an output path for tensors that does not end in `.safetensors`. */
export function requireSafetensorsPath(option: string, path: string): void {
  if (path.endsWith('.safetensors')) return;
  throw new WeftError(`${option} ${path} would hold safetensors.`, `Write ${option} ${path}.safetensors.`, 2);
}

/** The ONNX file at a path: the path itself, or a file named after the model in the folder at that path. */
export function onnxPath(path: string, model: string): string {
  if (path.endsWith('.onnx')) return path;
  if (others.test(path))
    throw new WeftError(`--out ${path} names a file that is not ONNX.`, 'End it in .onnx, or name a folder.', 2);
  return `${path.replace(/\/$/, '')}/${model}.onnx`;
}
