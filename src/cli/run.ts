/** `weft run`: one program of a model on tensors from files. */
import { Option, type Command } from 'commander';
import type { BackendName, HostTensor, HostTensors } from '../backends/session';
import { WeftError } from '../compiler/diagnostics/diagnostic';
import type { Program } from '../compiler/ir/graph';
import type { ModelGraph } from '../compiler/lower/model';
import { addBackend, addSet, addThreads, addWhich, weightOptions, type Overrides, type WeightOptions } from './options';
import { parseTarget } from '../spec/target';

const programNames = ['denoise', 'loss', 'grad'] as const;
type ProgramName = (typeof programNames)[number];

interface RunOptions extends WeightOptions {
  readonly program: ProgramName;
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
    .argument('<target>', 'FILE or FILE#Model')
    .addOption(new Option('--program <name>', 'what to compute').choices(programNames).makeOptionMandatory())
    .option('--weights <file>', 'weights by their paths in the spec: safetensors, or a PyTorch checkpoint')
    .option('--inputs <file>', 'x_t, t, and y, text or tokens (text_mask); for loss and grad also v_target')
    .requiredOption('--outputs <file>', 'file to write')
    .option('--no-taps', 'leave out the tensors at named points (tap/NAME)');
  addThreads(addSet(addBackend(addWhich(command))))
    .addHelpText(
      'after',
      `
Outputs: velocity; for loss and grad also loss, the mean of (velocity - v_target)²; for grad also grad/PATH of every
weight; and tap/NAME of every tap and labelled call. Tensors the program does not use are ignored.

Examples:
  weft run specs/pixeldit.weft#PixelDiT_B --program denoise --weights w.safetensors --inputs in.safetensors --outputs out.safetensors
  weft run model.weft --set depth=2 --program grad --backend reference --weights w.safetensors --inputs in.safetensors --outputs out.safetensors`,
    )
    .action(runProgram);
}

async function runProgram(targetText: string, options: RunOptions): Promise<void> {
  const target = parseTarget(targetText);
  const [{ elaborateModel, modelNamed, openSpec }, { settingsFor }] = await Promise.all([
    import('../spec/open'),
    import('../spec/settings'),
  ]);
  const { spec } = openSpec(target.file);
  const [
    { openSession },
    { fitInputs, cutText },
    { loadWeights },
    { weightsFor },
    { readSafetensors, writeSafetensors },
  ] = await Promise.all([
    import('../backends/open'),
    import('../run/fit-inputs'),
    import('../run/load-weights'),
    import('../run/weights-for'),
    import('../data/safetensors'),
  ]);
  const tensors = options.inputs ? Object.fromEntries(await readSafetensors(options.inputs)) : {};
  const name = modelNamed(spec, target.name);
  const set = settingsFor(spec, name, options.set, { reason: 'weft run reads none', sections: [] });
  const model = elaborateModel(spec, name, withMask(spec.hyperparameters(name), tensors, set.model));
  const program = await makeProgram(model, options.program, options.taps);
  const { inputs, bindings, ignored } = fitInputs(
    program,
    cutText(model, tensors),
    options.inputs ? `the tensors in ${options.inputs}` : 'the inputs (there is no --inputs FILE)',
  );
  if (ignored.length > 0) console.error(`not used by ${program.name}: ${ignored.join(', ')}`);
  const weights = await loadWeights(options.weights, model, weightOptions(options));
  const session = await openSession(options.backend, [program], { bindings, threads: options.threads });
  try {
    await session.set(weightsFor([program], weights));
    const outputs = await session.run(program.name, inputs);
    await writeSafetensors(options.outputs, outputs, { metadata: { model: model.name, program: program.name } });
    const taps = Object.keys(outputs).filter((name) => name.startsWith('tap/')).length;
    const others = Object.keys(outputs).length - taps;
    console.error(`${options.outputs}: ${others} outputs and ${taps} taps, computed by ${session.backend}`);
    refuseNonFinite(outputs, Object.keys(model.taps), inputs);
  } finally {
    await session.dispose();
  }
}

/** Weights are finite, so what is not comes from the inputs, or from numbers beyond float32 on the way. */
function refuseNonFinite(outputs: HostTensors, taps: readonly string[], inputs: HostTensors): void {
  const isBad = ([, { data }]: [string, HostTensor]): boolean => data.some((x) => !Number.isFinite(x));
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

/** Padding is left out of attention when a model can do that and the inputs say what is padding. */
function withMask(
  known: { readonly [name: string]: unknown },
  tensors: { readonly [name: string]: unknown },
  set: Overrides = {},
): Overrides {
  return 'text_mask' in tensors && 'text_mask' in known ? { text_mask: 'true', ...set } : set;
}

/** The program with the velocity and, where wanted, every tap among its outputs. */
async function makeProgram(model: ModelGraph, name: ProgramName, taps: boolean): Promise<Program> {
  const [{ denoise, velocityOf }, { grad, loss }] = await Promise.all([
    import('../compiler/programs/denoise'),
    import('../compiler/programs/loss'),
  ]);
  const points = taps ? Object.keys(model.taps) : [];
  if (name === 'denoise') return denoise(model, points);
  const program = name === 'loss' ? loss(model, points) : grad(model, { taps: points });
  return { ...program, outputs: { velocity: velocityOf(model), ...program.outputs } };
}
