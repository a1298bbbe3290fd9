/** Tests the installed binding in a child process, so that a crash of native code does not end this one. */
// Tested by test/setup/setup.test.ts.
import { bindingPackage } from './paths';
import { lastLines, runCommand } from './run-command';
import { shimScript } from './node-shims';

export type Verification =
  /** `complaint`: the last error that TensorFlow logged, for example that it finds no GPU it can use. */
  | { readonly ok: true; readonly version: string; readonly gpu: boolean; readonly complaint: string }
  | { readonly ok: false; readonly reason: string };

/** Multiplies two matrices with tfjs-node-gpu under `node` (the running one by default). */
export async function verifyBinding(node: string = process.execPath): Promise<Verification> {
  const folder = bindingPackage();
  if (!folder) return { ok: false, reason: 'the package @tensorflow/tfjs-node-gpu is not installed' };
  const script = `${shimScript}
    const tf = require(${JSON.stringify(folder)});
    const data = tf.matMul(tf.tensor2d([[1, 2], [3, 4]]), tf.tensor2d([[5, 6], [7, 8]])).dataSync();
    const native = tf.backend();
    console.log('\\n' + JSON.stringify({ data: [...data], version: native.binding.TF_Version, gpu: native.isUsingGpuDevice }));`;
  const env = { TF_CPP_MIN_LOG_LEVEL: '2', NODE_OPTIONS: '', NODE_NO_WARNINGS: '1' };
  const result = await runCommand(node, ['-e', script], { env, timeoutMs: 180_000 });
  try {
    const answer = JSON.parse(result.stdout.trim().split('\n').at(-1) ?? '') as {
      data: number[];
      version: string;
      gpu: boolean;
    };
    if (answer.data.join() !== '19,22,43,50')
      return { ok: false, reason: `a 2x2 product came out as ${answer.data.join(', ')}` };
    return { ok: true, version: answer.version, gpu: answer.gpu, complaint: lastError(result.stderr) };
  } catch {
    return { ok: false, reason: lastLines(result) || `the process ended with status ${result.status}` };
  }
}

/** The message of a log line such as `E0000 00:00:1732.5 440 cuda_platform.cc:52] failed call to cuInit: …`. */
function lastError(log: string): string {
  const errors = [...log.matchAll(/^E\d{4} [^\]]*\] (.*)$/gm)];
  return errors.at(-1)?.[1] ?? 'it does not say why';
}
