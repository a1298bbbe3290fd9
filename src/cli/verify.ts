/** `weft verify`: checks that an ONNX file computes the same as the model. */
// Tested by test/cli/commands.test.ts.
import { existsSync } from 'node:fs';
import { Option, type Command } from 'commander';
import { backendNames } from '../backends/open';
import type { BackendName } from '../backends/session';
import { WeftError } from '../compiler/diagnostics/diagnostic';
import { addBackend, addSet, addThreads, addWhich, weightOptions, type Overrides, type WeightOptions } from './options';
import { isGuarded, runGuarded } from './guarded-child';
import { positiveRange } from '../compiler/bind/number-range';
import { numberIn, positiveInteger } from './option-values';
import { exportedPrograms, type ExportedProgram } from '../run/exported-programs';
import { parseTarget } from '../spec/target';

interface VerifyCommandOptions extends WeightOptions {
  readonly against: string;
  readonly weights?: string;
  readonly program?: ExportedProgram;
  readonly backend: BackendName | 'auto';
  readonly tolerance?: number;
  readonly runs: number;
  readonly threads?: number;
  readonly set?: Overrides;
  readonly json?: boolean;
  readonly limit: number;
}

/** Backends that ONNX Runtime can be compared with. */
const others = backendNames.filter((name) => name !== 'onnx');

export function registerVerify(program: Command): void {
  const command = program
    .command('verify')
    .description('run an ONNX file in ONNX Runtime and compare it with the model it was exported from')
    .argument('<model.onnx>', 'the exported file')
    .requiredOption('--against <target>', 'FILE or FILE#Model it was exported from')
    .option('--weights <file>', 'the weights it was exported with')
    .addOption(
      new Option('--program <name>', 'what was exported; by default what the file says').choices(exportedPrograms),
    )
    .option(
      '--tolerance <x>',
      'largest difference allowed, relative to the largest value (1e-4)',
      numberIn(positiveRange),
    )
    .option('--runs <n>', 'random inputs to try for each batch size', positiveInteger, 2)
    .option('--limit <s>', 'seconds after which it is stopped', numberIn(positiveRange), 600);
  addThreads(addSet(addBackend(addWhich(command), others)))
    .option('--json', 'print the differences as JSON')
    .addHelpText(
      'after',
      `
A file for images of any size is compared with models built for single sizes: that of the spec, or of --set size=32x48,
half of it, and a small upright one.
The file runs in a process of its own, which is stopped after --limit seconds, or when it needs most of the memory there is.
An exported sampler is compared with the sampler of weft sample, from the same noise, solver, steps and guidance.
The default tolerance suits float32; for --precision fp16 or bf16 exports give about 2e-2. Exit status 1 when it is missed.

Examples:
  weft verify model.onnx --against model.weft --weights runs/first/ema.safetensors
  weft verify half.onnx --against model.weft --weights w.safetensors --tolerance 2e-2`,
    )
    .action(verify);
}

async function verify(file: string, options: VerifyCommandOptions): Promise<void> {
  if (!existsSync(file)) throw new WeftError(`${file} does not exist.`, '`weft export` writes ONNX files.');
  if (!isGuarded()) {
    process.exitCode = await runGuarded({ what: file, seconds: options.limit });
    return;
  }
  const target = parseTarget(options.against);
  const { elaborateModel, elaborateOpen, modelNamed, openSpec } = await import('../spec/open');
  const { spec } = openSpec(target.file);
  const name = modelNamed(spec, target.name);
  const { settingsFor } = await import('../spec/settings');
  const set = settingsFor(spec, name, options.set, { reason: 'weft verify reads none', sections: [] });
  const model = elaborateModel(spec, name, set.model);
  const [{ describeVerification }, { verifyModel }, { hasOpenSize, verifySizes }] = await Promise.all([
    import('../backends/onnx/verify'),
    import('../run/verify-model'),
    import('../run/verify-sizes'),
  ]);
  const comparison = { ...options, ...weightOptions(options) };
  const result = (await hasOpenSize(file))
    ? await verifySizes(file, elaborateOpen(spec, name, set.model), comparison)
    : await verifyModel(file, model, comparison);
  console.log(options.json ? JSON.stringify(result) : describeVerification(result));
  if (!result.passed) process.exitCode = 1;
}
