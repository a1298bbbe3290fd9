/** `weft train`: trains a model by a recipe of the spec. */
import { counted } from '../compiler/diagnostics/counted';
import { Option, type Command } from 'commander';
import { trainingBackends } from '../backends/open';
import type { Rendezvous } from '../backends/pytorch/greeting';
import type { Nodes } from '../backends/pytorch/nodes';
import type { BackendName } from '../backends/session';
import { WeftError, type Diagnostic } from '../compiler/diagnostics/diagnostic';
import type { TrainRecipe } from '../compiler/recipe/index';
import { shortForms } from '../compiler/recipe/data/index';
import { addBackend, addSet, addThreads } from './options';
import { hostAndPort, nonNegativeInteger, positiveInteger, seedNumber } from './option-values';
import type { StageOptions } from '../train/stages';
import type { RunPlan } from '../train/plan';
import { Interrupt } from './interrupt';
import { laterProgress } from './progress';
import { requireShared } from '../layouts/shares';
import { parseTarget } from '../spec/target';
import { streamProgress } from '../setup/progress';
import type { StudyPlan, StudyRequest } from '../study/plan';
import { TrainDisplay } from './train-display';
import type { AskedNodes } from './train-node';

export interface TrainCommandOptions extends StudyRequest {
  readonly backend: BackendName | 'auto';
  readonly json?: boolean;
  /** Continues a run although its data have changed. */
  readonly acceptNewData?: boolean;
  readonly threads?: number;
  readonly engine?: BackendName;
  readonly compile?: boolean;
  readonly devices?: number;
  readonly nodes?: number;
  readonly rendezvous?: Rendezvous;
  readonly rank?: number;
}

export function registerTrain(program: Command): void {
  const command = program
    .command('train')
    .description('train a model by a recipe of its spec; interrupt with Ctrl-C, go on with --resume')
    .argument('[target]', 'FILE, FILE#recipe, or FILE#Model; not needed with --resume --out')
    .option('--out <folder>', "the run's folder; runs/RECIPE by default")
    .option('--resume', 'go on from the last checkpoint, exactly where the run stopped')
    .option('--accept-new-data', 'with --resume: go on although classes, pictures, captions or encoders have changed')
    .option('--steps <n>', 'train this many steps in all', positiveInteger)
    .option('--data <source>', `a folder of images by class, a .tar or .parquet file, or ${shortForms.join(', ')}`)
    .option('--batch <n>', 'images per step', positiveInteger)
    .option('--seed <n>', 'seed of weights, data order and noise; of a study, the only seed trained now', seedNumber)
    .option('--from <path>', 'start from the weights of a file or a run, where they fit; the rest is drawn anew')
    .option(
      '--devices <n>',
      'with --engine pytorch: GPUs, or processes of the CPU, that share each batch',
      positiveInteger,
    )
    .option(
      '--compile',
      'with --engine pytorch: compile the step with torch.compile; takes minutes, then steps are faster',
    )
    .option('--nodes <n>', 'with --engine pytorch: machines that train together, each with --devices', positiveInteger)
    .option(
      '--rendezvous <host:port>',
      'with --nodes: where they find each other, an address of the node of rank 0',
      hostAndPort,
    )
    .option('--rank <n>', 'with --nodes: which of them this is; 0 has the data and the folder', nonNegativeInteger)
    .addOption(new Option('--engine <name>', 'as --backend').choices(trainingBackends))
    .option('--case <name>', 'of a study: train only the cases whose names begin so')
    .option('--json', 'of a study: print the table as JSON');
  addThreads(addSet(addBackend(command, trainingBackends)))
    .addHelpText(
      'after',
      `
The folder receives the spec, run.json (what is trained), metrics.jsonl (a line per step), tensorboard/ (the same as event
files, with samples and settings: tensorboard --logdir runs), checkpoints/, and at the end weights.safetensors,
ema.safetensors (the averaged weights, for sampling), loss.png and samples.png. With sample_every = 500 in the recipe a
grid is drawn every 500 steps, from the same noise, and strip.png shows them side by side at the end; sample and export --run work meanwhile.
With snapshot_every = 500 copies of the averages are kept in snapshots/, of which averages of other widths can be made.
A run is trained by one process at a time. --resume goes on from the newest whole checkpoint, with the same data (--accept-new-data
for others); rates, clipping, phases, steps and intervals may change, the rest of model and recipe may not.

--engine pytorch trains with PyTorch (weft setup --pytorch), and with --devices N on N devices of this machine. Whatever their
number, the run is the same: batches, draws, folder and checkpoints, so --resume may name another number. If a process dies, all start again from
the last checkpoint.

On several machines the same command is started on each, with --nodes M --rendezvous HOST:PORT --rank R. The node of rank 0 reads the data, shows
progress and writes the folder; the others need the spec, and lend their devices until it ends. If one dies, start it again: the run goes on.
Nodes trust each other: use a network that only they reach.

Averaging over 1/(1 - ema) steps needs many more steps than that: for a run of 500 steps ema = 0.98 is about right, and
ema = power(0.1) for a run of any length. Of several (ema = [0.999, 0.9999]) the first is ema.safetensors, the next ema-0.9999.safetensors.
With on_spike = rewind(500) in the recipe, a loss or gradient norm far above its level sends the run back 500 steps.

A recipe of an ablation or sweep (train name of study) trains every case with every seed, scores them if the recipe says how,
and prints them side by side. Finished runs are not repeated, so the same command goes on after an interruption.

Examples:
  weft train specs/examples/quickstart.weft --out runs/first
  weft train model.weft#long --steps 20k --batch 64
  weft train --resume --out runs/first
  weft train model.weft#long --engine pytorch --devices 8
  weft train model.weft#long --engine pytorch --devices 8 --nodes 2 --rendezvous 10.0.0.1:29500 --rank 0     and --rank 1 on the other
  weft train specs/ablations.weft --case A --seed 0      one run of the study; the table shows what there is
  weft train model.weft --data ~/pictures --set classes=12
  weft train model.weft --from runs/first --data ~/pictures --set classes=12`,
    )
    .action(train);
}

async function train(targetText: string | undefined, given: TrainCommandOptions): Promise<void> {
  const options = withEngine(given);
  if (options.acceptNewData && !options.resume)
    throw new WeftError('--accept-new-data is about a run that goes on.', 'Add --resume, or leave it out.', 2);
  const study = targetText === undefined ? null : await studyOf(targetText, options);
  if (study && options.nodes !== undefined)
    throw new WeftError('The runs of a study train on one machine.', 'Leave --nodes, --rendezvous and --rank out.', 2);
  if (study) {
    const { runStudy } = await import('./train-study');
    await warn(study.warnings);
    return runStudy(study, options);
  }
  const plan = await makePlan(targetText, options);
  await warn(plan.warnings);
  const [{ openRunData }, { bucketsOf }, { train: startTraining }, { checkBeforeData }] = await Promise.all([
    import('../train/open-run-data'),
    import('../train/stages'),
    import('../train/train'),
    import('../train/before-data'),
  ]);
  const { model, recipe, out, teacher, backend } = plan;
  const nodes = nodesAsked(options);
  const devices = (options.devices ?? 1) * (nodes?.count ?? 1);
  if (nodes) {
    requireOneProgram(recipe);
    requireShared(recipe.batch, devices, nodes.count);
  }
  if (nodes && nodes.rank > 0) {
    const idle = options.out !== undefined ? '--out' : options.resume ? '--resume' : null;
    if (idle)
      throw new WeftError(`${idle} is for the node of --rank 0, which alone has the folder.`, 'Leave it out.', 2);
    const { lendDevices } = await import('./train-node');
    return lendDevices(model, recipe, { ...nodes, devices: options.devices ?? 1, threads: options.threads });
  }
  await checkBeforeData(model, recipe, { ...plan, devices, compile: options.compile });
  const openData: StageOptions['openData'] = async (of, by, buckets) => {
    const images = laterProgress('reading images');
    const captions = laterProgress('encoding captions');
    const how = { setup: streamProgress(), teacher, backend, threads: options.threads };
    try {
      return await openRunData(of, by, {
        ...how,
        buckets,
        onListing: (files) => console.error(`${counted(files, 'file')} listed so far`),
        onProgress: images.update,
        onEncoding: captions.update,
        onWarning: (text) => console.error(text),
      });
    } finally {
      await images.stop();
      await captions.stop();
    }
  };
  const { data, validation, close } = await openData(model, recipe, bucketsOf(model, { recipe }, plan));
  console.error(
    `${model.name}: ${counted(data.count, 'image')}${inClasses(data.classes)}, ${counted(recipe.steps, 'step')} of ${recipe.batch}, into ${out}`,
  );
  if (recipe.buckets)
    console.error(`in buckets: ${recipe.buckets.map(({ size }, i) => `${size} ${data.bucketCounts?.[i]}`).join(', ')}`);
  const interrupt = new Interrupt();
  const display = new TrainDisplay(recipe.steps, out, interrupt);
  let isDone = false;
  let others: Nodes | undefined;
  try {
    if (nodes) {
      const node = { ...nodes, devices: options.devices ?? 1, signal: interrupt.signal };
      others = await (await import('./train-node')).meetNodes(model, recipe, node);
    }
    const metrics = startTraining(model, recipe, {
      ...plan,
      data,
      validation,
      openData,
      acceptNewData: options.acceptNewData,
      threads: options.threads,
      compile: options.compile,
      devices,
      nodes: others,
      signal: interrupt.signal,
      onEvent: (event) => display.event(event),
      onSampling: (done, total) => display.sampling(done, total),
    });
    for await (const m of metrics) await display.step(m);
    isDone = true;
  } finally {
    others?.end(isDone ? 'done' : 'failed');
    display.stop();
    interrupt.stop();
    await close();
  }
}

/** Machines that lend their devices have one program for the whole run. */
function requireOneProgram(recipe: TrainRecipe): void {
  if (recipe.buckets)
    throw new WeftError('Buckets are trained on one machine.', 'Leave --nodes out, or `buckets` out of the recipe.', 2);
  const changed = recipe.phases.find((p) => p.changes && p.at < recipe.steps);
  if (!changed) return;
  throw new WeftError(
    `From step ${changed.at} on the recipe trains with another program, and several machines train with one.`,
    'Let its phases change optimizer.rate and clip alone, or train on one machine.',
    2,
  );
}

/** The options about several machines; undefined without them. */
function nodesAsked({ nodes, rendezvous, rank }: TrainCommandOptions): AskedNodes | undefined {
  if (nodes === undefined && rendezvous === undefined && rank === undefined) return undefined;
  if (nodes === undefined || rendezvous === undefined || rank === undefined)
    throw new WeftError(
      '--nodes, --rendezvous and --rank belong together.',
      'On each machine: --nodes M --rendezvous HOST:PORT --rank R, with R from 0 to M-1.',
      2,
    );
  if (rank >= nodes)
    throw new WeftError(`--rank ${rank} is none of ${counted(nodes, 'node')}.`, `Ranks go from 0 to ${nodes - 1}.`, 2);
  return nodes === 1 ? undefined : { count: nodes, at: rendezvous, rank };
}

/** `--engine` and `--devices` as the backend that they ask for. */
function withEngine(options: TrainCommandOptions): TrainCommandOptions {
  const { engine, backend, devices = 1 } = options;
  if (engine && backend !== 'auto' && backend !== engine)
    throw new WeftError(`--engine ${engine} and --backend ${backend} name two engines.`, 'Leave one of them out.', 2);
  const chosen = engine ?? backend;
  if (options.nodes !== undefined && options.nodes > 1 && chosen !== 'pytorch')
    throw new WeftError(
      'Several nodes train together on PyTorch alone.',
      'Add --engine pytorch, or leave --nodes out.',
      2,
    );
  if (devices > 1 && chosen !== 'pytorch')
    throw new WeftError(
      chosen === 'auto'
        ? `${devices} devices train together on PyTorch alone.`
        : `The ${chosen} backend trains on one device, and --devices asks for ${devices}.`,
      `Add --engine pytorch${chosen === 'auto' ? '' : ` in place of ${chosen}`}, or leave --devices out.`,
      2,
    );
  return { ...options, backend: chosen };
}

async function warn(warnings: readonly Diagnostic[]): Promise<void> {
  if (warnings.length === 0) return;
  const { renderText } = await import('../compiler/diagnostics/render');
  console.error(renderText(warnings).trimEnd());
}

/** The plan of a recipe that trains the cases of a study; null if it trains a model. */
async function studyOf(targetText: string, options: TrainCommandOptions): Promise<StudyPlan | null> {
  const { file, name } = parseTarget(targetText);
  const { planStudy } = await import('../study/plan');
  const plan = planStudy(file, name, options);
  if (plan && options.resume)
    throw new WeftError(`${plan.title} goes on by the same command.`, 'Leave --resume out.', 2);
  if (plan || (options.case === undefined && !options.json)) return plan;
  throw new WeftError('--case and --json are for recipes of an ablation or sweep.', 'Leave them out.', 2);
}

async function makePlan(targetText: string | undefined, options: TrainCommandOptions): Promise<RunPlan> {
  const { planResume, planRun } = await import('../train/plan');
  if (options.resume && options.from !== undefined)
    throw new WeftError('A resumed run goes on with its own weights.', 'Leave --from or --resume out.', 2);
  if (targetText !== undefined) {
    const { file, name } = parseTarget(targetText);
    return planRun(file, name, options);
  }
  if (options.resume && options.out !== undefined) return planResume(options.out, options);
  throw new WeftError('Nothing to train was named.', 'Write weft train FILE, or weft train --resume --out FOLDER.', 2);
}

function inClasses({ length }: readonly string[]): string {
  return length > 1 ? ` in ${length} classes` : '';
}
