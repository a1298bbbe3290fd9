/** `weft run`: one program of a model on tensors from files. */
import { printable } from '../compiler/diagnostics/printable';
import { Option, type Command } from 'commander';
import type { BackendName, HostTensor, HostTensors } from '../backends/session';
import { counted } from '../compiler/diagnostics/counted';
import { WeftError } from '../compiler/diagnostics/diagnostic';
import { requireApart } from '../files/apart';
import { requireSafetensorsPath } from './out-path';
import { addBackend, addSet, addThreads, addWhich, weightOptions, type Overrides, type WeightOptions } from './options';
import { runPrograms, type RunProgram } from '../run/run-programs';
import { parseTarget } from '../spec/target';

interface RunOptions extends WeightOptions {
  readonly program: RunProgram;
  readonly weights?: string;
  readonly inputs?: string;
  readonly outputs: string;
  readonly backend: BackendName | 'auto';
  readonly taps: boolean;
  readonly threads?: number;
  readonly set?: Overrides;
}

export function registerRun(program: Command): void {
  const command = program
    .command('run')
    .description('run one program of a model on tensors in safetensors files')
    .argument('<target>', 'FILE, FILE#Model, or FILE#recipe for a train step')
    .addOption(new Option('--program <name>', 'what to compute').choices(runPrograms).makeOptionMandatory())
    .option('--weights <file>', 'weights by their paths in the spec: safetensors, or a PyTorch checkpoint')
    .option('--inputs <file>', 'x_t, t, and y, text or tokens (text_mask); more by program, see below')
    .requiredOption('--outputs <file>', 'file to write')
    .option('--no-taps', 'leave out the tensors at named points (tap/NAME)');
  addThreads(addSet(addBackend(addWhich(command))))
    .addHelpText(
      'after',
      `
Programs, what they take beside the model's inputs, and what they give:
  denoise     the model's outputs
  loss        takes v_target; gives velocity, and loss, the mean of (velocity - v_target)²
  grad        the same, and grad/PATH of every weight
  vjp         takes cotangent/NAME for one or more of the model's outputs, in their shapes; gives the outputs, and grad/PATH
              of every weight and grad/NAME of every input that is not whole numbers
  train_step  one step of the recipe on given noisy images: takes v_target, and state/NAME for what is not to start anew
              (moments of the optimiser, ema/PATH, step); rate and clip are the recipe's where they are not given. Gives loss,
              grad_norm (before clipping), finite, and state/NAME of all there is after the step, weights as well
All but train_step also give tap/NAME of every tap and labelled call. Whole numbers serve as times and other numbers, and
labels may be stored as floats. Tensors that the program does not use are told and ignored.

Examples:
  weft run specs/pixeldit.weft#PixelDiT_B --program denoise --weights w.safetensors --inputs in.safetensors --outputs out.safetensors
  weft run model.weft --set depth=2 --program grad --backend reference --weights w.safetensors --inputs in.safetensors --outputs out.safetensors
  weft run model.weft#recipe --program train_step --weights w.safetensors --inputs in.safetensors --outputs after.safetensors`,
    )
    .action(run);
}

async function run(targetText: string, options: RunOptions): Promise<void> {
  requireSafetensorsPath('--outputs', options.outputs);
  requireApart({ '--outputs': options.outputs }, [options.weights, options.inputs]);
  const target = parseTarget(targetText);
  const [{ elaborateModel, modelNamed, openSpec, recipeNamed }, { recipeWith, settingsFor }] = await Promise.all([
    import('../spec/open'),
    import('../spec/settings'),
  ]);
  const { spec } = openSpec(target.file);
  const [{ runProgram }, { loadWeights }, { readAsNeeded, writeSafetensors }] = await Promise.all([
    import('../run/run-program'),
    import('../run/load-weights'),
    import('../data/safetensors'),
  ]);
  const tensors = options.inputs ? await readAsNeeded(options.inputs) : {};
  const name = modelNamed(spec, target.name);
  const isStep = options.program === 'train_step';
  const set = settingsFor(spec, name, options.set, {
    reason: `weft run --program ${options.program} reads none`,
    sections: isStep ? ['train'] : [],
  });
  const model = elaborateModel(spec, name, withMask(spec.hyperparameters(name), tensors, set.model));
  const weights = () => loadWeights(options.weights, model, weightOptions(options));
  const { program, backend, threads } = options;
  const taps = options.taps ? Object.keys(model.taps) : [];
  const where = options.inputs ? `the tensors in ${options.inputs}` : 'the inputs (there is no --inputs FILE)';
  const recipe = () => recipeWith(spec, recipeNamed(spec, target.name), set);
  const result = await runProgram(model, { program, tensors, where, weights, taps, recipe, backend, threads });
  if (result.ignored.length > 0) console.error(`not used by ${program}: ${result.ignored.map(printable).join(', ')}`);
  const { outputs } = result;
  await writeSafetensors(options.outputs, outputs, { metadata: { model: model.name, program } });
  const tapCount = Object.keys(outputs).filter((key) => key.startsWith('tap/')).length;
  const others = Object.keys(outputs).length - tapCount;
  console.error(
    `${options.outputs}: ${counted(others, 'output')} and ${counted(tapCount, 'tap')}, computed by ${result.backend}`,
  );
  refuseNonFinite(outputs, Object.keys(model.taps), result.inputs);
}

/** Weights are finite, so numbers that are not come from the inputs, or were too large for float32 during the computation. */
function refuseNonFinite(outputs: HostTensors, taps: readonly string[], inputs: HostTensors): void {
  const isBad = ([, { data }]: [string, HostTensor]): boolean => data.some((x) => !Number.isFinite(Math.fround(x)));
  const bad = new Set(
    Object.entries(outputs)
      .filter(isBad)
      .map(([name]) => name),
  );
  const results = [...bad].filter((name) => !name.startsWith('tap/'));
  if (results.length === 0) return;
  const given = Object.entries(inputs).find(isBad)?.[0];
  const first = taps.map((name) => `tap/${name}`).find((name) => bad.has(name));
  const from = given ? `, as the input ${given} is` : first ? `; the first tap that is not is ${first}` : '';
  throw new WeftError(
    `What was computed is not finite: ${results.join(', ')}${from}.`,
    given
      ? 'Give inputs without NaN and infinity.'
      : 'Numbers grew beyond 32-bit floats on the way: these are not weights that were trained.',
  );
}

/** Leaves padding out of attention if the model can do that and the inputs mark padding. */
function withMask(
  known: { readonly [name: string]: unknown },
  tensors: { readonly [name: string]: unknown },
  set: Overrides = {},
): Overrides {
  return 'text_mask' in tensors && 'text_mask' in known ? { text_mask: 'true', ...set } : set;
}
