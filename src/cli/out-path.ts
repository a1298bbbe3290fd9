/** Names of files to write end as what is written: a file called otherwise would be taken for what it is not. */
import { WeftError } from '../compiler/diagnostics/diagnostic';

/** Endings of other files of weights and models, which nobody gives a folder. */
const others = /\.(pt|pth|bin|ckpt|safetensors|npy|npz|pb|tflite|gguf|json|h5|png)$/i;

/** Refuses a path of tensors that does not end in `.safetensors`. */
export function requireSafetensorsPath(option: string, path: string): void {
  if (path.endsWith('.safetensors')) return;
  throw new WeftError(`${option} ${path} would hold safetensors.`, `Write ${option} ${path}.safetensors.`, 2);
}

/** The ONNX file at a path: itself, or the model's in the folder that it names. */
export function onnxPath(path: string, model: string): string {
  if (path.endsWith('.onnx')) return path;
  if (others.test(path))
    throw new WeftError(`--out ${path} names a file that is not ONNX.`, 'End it in .onnx, or name a folder.', 2);
  return `${path.replace(/\/$/, '')}/${model}.onnx`;
}
