/** `weft export`: a model with its weights as an ONNX file. */
import { Option, type Command } from 'commander';
import { someOf } from '../compiler/diagnostics/counted';
import { WeftError } from '../compiler/diagnostics/diagnostic';
import type { ExportSettings } from '../compiler/recipe/index';
import type { DataFacts } from '../run/data-notes';
import { exportedPrograms, type ExportedProgram } from '../run/exported-programs';
import {
  addSampling,
  addSet,
  addWhich,
  chosenSampling,
  type Overrides,
  weightOptions,
  type SamplingOptions,
  type WeightOptions,
} from './options';
import { onnxPath } from './out-path';
import { opsetRange } from '../compiler/bind/number-range';
import { numberIn } from './option-values';
import { parseTarget, type Target } from '../spec/target';
import { tellWarning } from './tell-warning';

interface ExportOptions extends SamplingOptions, WeightOptions {
  readonly run?: string;
  readonly weights?: string;
  readonly out: string;
  readonly opset?: number;
  readonly precision?: ExportSettings['precision'];
  readonly dynamic?: string;
  readonly program: ExportedProgram;
  readonly set?: Overrides;
  readonly verify?: boolean;
  readonly json?: boolean;
  readonly format: 'onnx' | 'diffusers' | 'lora';
}

export function registerExport(program: Command): void {
  const command = program
    .command('export')
    .description('write a model with its weights as an ONNX file')
    .argument('[target]', 'FILE, FILE#Model, or FILE#name of an export section; not needed with --run')
    .option('--run <folder>', 'a training run, finished or not: its model and its newest weights')
    .option('--weights <file>', 'weights to put into the file: safetensors, or a PyTorch checkpoint')
    .requiredOption('--out <path>', 'model.onnx, or a folder to put MODEL.onnx into')
    .addOption(
      new Option(
        '--format <name>',
        'an ONNX file, a folder of weights and configuration as diffusers keeps them, or one of the adapters of a run as PEFT keeps them',
      )
        .choices(['onnx', 'diffusers', 'lora'])
        .default('onnx'),
    )
    .option('--opset <n>', 'ONNX opset, 17 to 25; fused operators from 23 on', numberIn(opsetRange))
    .addOption(new Option('--precision <type>', 'type of the stored weights').choices(['fp32', 'fp16', 'bf16']))
    .option('--dynamic <axes>', 'axes whose size is left open: batch; batch,size for images of any size; or none')
    .addOption(
      new Option(
        '--program <name>',
        'denoise: one evaluation; guided: both branches and the guidance between them; sample: from noise to the image',
      )
        .choices(exportedPrograms)
        .default('denoise'),
    );
  addSet(addSampling(addWhich(command)))
    .option('--verify', 'compare with the model even above 1.5 GB of weights')
    .option('--no-verify', 'do not compare with the model before keeping the file')
    .option('--json', 'print what was written as JSON')
    .addHelpText(
      'after',
      `
Settings come from the spec's export section for the model where there is one, and from the options above it. Weights of
more than 1.5 GB go to a file beside the model. A label or token that is no row of its table is an error in the runtime, as
it is everywhere here. The file is kept only if ONNX Runtime computes from it what the model
computes, on random inputs.

With --dynamic batch,size one file takes images of any size: height and width are named axes, in multiples of what the
spec divides them by. It is compared with models built for single sizes: the spec's, half of that, and a small upright one.
A weight or a condition that belongs to one size is reported.

With --program sample the file holds the whole sampler: inputs noise and the conditions, output image, about -1 to 1.
Solver, steps, shift and guidance come from the spec's sample section for the model, or the one named, then from --solver,
--steps, --shift and --guidance; all of weft sample can be exported, but for autoguidance.

Examples:
  weft export model.weft --weights runs/first/ema.safetensors --out model.onnx
  weft export model.weft#web --weights runs/first/ema.safetensors --out exported/ --precision fp16
  weft export model.weft --weights runs/first/ema.safetensors --out any-size.onnx --dynamic batch,size
  weft export model.weft --weights runs/first/ema.safetensors --out sampler.onnx --program sample --steps 20
  weft export --run runs/first --out model.onnx          what it has learnt so far, also while it trains
  weft export --run runs/tuned --format lora --out style  the adapters alone, as PEFT and diffusers read them
  weft verify model.onnx --against model.weft --weights runs/first/ema.safetensors`,
    )
    .action(exportModel);
}

async function exportModel(targetText: string | undefined, options: ExportOptions): Promise<void> {
  const { run } = options;
  if (options.format === 'lora') return exportLora(targetText, options);
  if (run === undefined) {
    if (targetText !== undefined) return exportTarget(parseTarget(targetText), options);
    throw new WeftError(
      'Nothing to export was named.',
      'Write weft export FILE --weights W, or weft export --run FOLDER.',
      2,
    );
  }
  const [{ withTemporaryFolder }, { exportedRun }] = await Promise.all([
    import('../files/atomic'),
    import('./export-run'),
  ]);
  return withTemporaryFolder(async (scratch) => {
    const { file, name, shipped, facts, ...own } = await exportedRun(run, options, scratch);
    const target = targetText === undefined ? { file, name } : parseTarget(targetText);
    // A run has one file for each kind of weights, so the kind is already chosen.
    await exportTarget(
      target,
      { ...options, ...own, which: undefined },
      targetText === undefined ? shipped : undefined,
      facts,
    );
  });
}

async function exportTarget(
  target: Target,
  options: ExportOptions,
  shipped?: string,
  facts?: DataFacts,
): Promise<void> {
  const { elaborateModel, elaborateOpen, exportSettingsFor, modelNamed, openSpec, sampleSettingsFor } =
    await import('../spec/open');
  const { spec } = openSpec(target.file, { shipped });
  const name = modelNamed(spec, target.name);
  const [{ exportingWith, samplingWith, settingsFor }, { exportOptions, refuseSaidTwice, sampleOptions }] =
    await Promise.all([import('../spec/settings'), import('../spec/said-twice')]);
  const set = settingsFor(spec, name, options.set, {
    reason: `weft export reads those of ${options.program === 'sample' ? 'export and sample' : 'export'} alone`,
    sections: options.program === 'sample' ? ['export', 'sample'] : ['export'],
  });
  refuseSaidTwice(exportOptions, options, set.sections.export);
  refuseSaidTwice(sampleOptions, options, set.sections.sample);
  const fixed = elaborateModel(spec, name, set.model);
  const written = exportSettingsFor(spec, { model: name, name: target.name, set: set.model });
  const section =
    set.sections.export.length > 0
      ? exportingWith(written ?? defaultExport(name), set.sections.export, fixed)
      : written;
  if (options.format === 'diffusers') {
    refuseGraphOptions(options, 'diffusers');
    const { exportToDiffusers } = await import('../run/export-diffusers');
    const precision = options.precision ?? section?.precision;
    const files = await exportToDiffusers(fixed, options.out, { ...options, ...weightOptions(options), precision });
    return console.log(options.json ? JSON.stringify({ files }) : files.join('\n'));
  }
  if (options.program !== 'sample') refuseWalkOptions(options);
  const [{ exportVerified, unverifiedNote }, { trainedWith }, { tellOnce }] = await Promise.all([
    import('../run/export-verified'),
    import('../run/trained-with'),
    import('../run/load-weights'),
  ]);
  const { weights } = options;
  const recipes = spec.recipes.filter((r) => r.model === name);
  const trained = await trainedWith(fixed, { weights, recipes }, tellOnce);
  const axes = readDynamic(options.dynamic, section);
  const open = axes.includes('size') ? elaborateOpen(spec, name, set.model) : undefined;
  const model = open?.model ?? fixed;
  const [{ defaultSampling }, { idleIn }, { describeWalk }, { dataNotes }] = await Promise.all([
    import('../sample/defaults'),
    import('../compiler/programs/declared-walk'),
    import('../run/sampling-notes'),
    import('../run/data-notes'),
  ]);
  const chosen =
    sampleSettingsFor(spec, { model: name, name: target.name, set: set.model }) ?? defaultSampling(trained.model);
  const sampling =
    options.program === 'sample'
      ? chosenSampling(samplingWith(spec, chosen, set.sections.sample, fixed), options)
      : undefined;
  const settings = {
    weights,
    ...weightOptions(options),
    path: onnxPath(options.out, model.name),
    program: options.program,
    sampling,
    opset: options.opset ?? section?.opset,
    precision: options.precision ?? section?.precision,
    dynamicBatch: axes.includes('batch'),
    metadata: dataNotes(facts ?? trained.facts),
    open,
  };
  const { files, bytes, verification } = await exportVerified(model, settings, options.verify ?? null);
  const { formatBytes } = await import('../files/file-error');
  if (options.json) return console.log(JSON.stringify({ files, bytes, verification }));
  if (sampling) console.error(`sampler: ${describeWalk(sampling)}`);
  const idle = sampling && idleIn(model, sampling);
  if (idle) console.error(`note: ${idle}`);
  console.log(`${files.join('\n')}\n${formatBytes(bytes)} in all`);
  if (!verification) return options.verify === false ? undefined : console.error(unverifiedNote(bytes));
  const { describeVerification } = await import('../backends/onnx/verify');
  console.log(`Compared with the model in ONNX Runtime: ${describeVerification(verification)}`);
}

/** Exports only the adapters of a run, without the weights that they belong to. */
async function exportLora(target: string | undefined, options: ExportOptions): Promise<void> {
  const { run, out, which } = options;
  if (run === undefined || target !== undefined)
    throw new WeftError(
      '--format lora writes the adapters that a run has trained.',
      'Write weft export --run FOLDER --format lora --out FOLDER.',
      2,
    );
  refuseGraphOptions(options, 'lora');
  if (options.weights !== undefined || options.precision !== undefined || options.lora !== undefined)
    throw new WeftError(
      '--format lora takes the numbers of the run, as they are.',
      'Leave --weights, --precision and --lora out.',
      2,
    );
  const [{ readRunRecord }, { settingsOfRun, modelOfRun }, { adaptersOfRun }, { writeLora }] = await Promise.all([
    import('../train/find-record'),
    import('../train/plan'),
    import('../train/run-adapters'),
    import('../run/lora-file'),
  ]);
  const record = await readRunRecord(run, tellWarning);
  const { model } = settingsOfRun(run, record, options.set, { reason: '', sections: [] });
  const found = await adaptersOfRun({ folder: run, record, model: modelOfRun(run, record, model) }, which, tellWarning);
  const files = await writeLora(out, found);
  if (found.note !== undefined) console.error(`note: ${found.note}`);
  if (found.step < record.recipe.steps)
    console.error(`note: the adapters of step ${found.step} of ${record.recipe.steps}`);
  if (found.others.length > 0)
    console.error(`note: trained beside them, and not in the files: ${someOf(found.others, 5)}`);
  console.log(options.json ? JSON.stringify({ files }) : files.join('\n'));
}

/** The settings of a file if neither the spec nor an option gives them. */
function defaultExport(model: string): ExportSettings {
  return { name: 'export', model, opset: 17, precision: 'fp32', dynamic: ['batch'] };
}

/** Refuses options that a folder of weights and configuration cannot use: it has no graph, and nothing to compare. */
function refuseGraphOptions(options: ExportOptions, format: string): void {
  const stray = (['opset', 'dynamic', 'verify', 'solver', 'steps', 'guidance', 'shift'] as const).find(
    (name) => options[name] !== undefined,
  );
  const name = stray ?? (options.program === 'denoise' ? undefined : 'program');
  if (name === undefined) return;
  throw new WeftError(`--${name} is about ONNX files.`, `Leave it out, or --format ${format}.`, 2);
}

/** Refuses options that have a meaning for an exported sampler only. */
function refuseWalkOptions(options: ExportOptions): void {
  const stray = (['solver', 'steps', 'guidance', 'shift'] as const).find((name) => options[name] !== undefined);
  if (stray === undefined) return;
  throw new WeftError(`--${stray} says how a sampler walks.`, 'Add --program sample, or leave it out.', 2);
}

/** The axes that stay open: `batch`, `size` or both. */
function readDynamic(option: string | undefined, section: ExportSettings | null): readonly string[] {
  const axes = option === undefined ? (section?.dynamic ?? ['batch']) : option.split(',').map((a) => a.trim());
  const unknown = axes.find((a) => !['batch', 'size', 'none'].includes(a));
  if (unknown !== undefined)
    throw new WeftError(
      `There is no axis "${unknown}" to leave open.`,
      'Write batch, size, both as batch,size, or none.',
      2,
    );
  return axes;
}
