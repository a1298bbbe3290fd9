/** `train name of Model { … }`: the training recipe. What matters to the result has no default. */
import { bindCall, writtenArguments } from '../bind/bind-call';
import {
  countRange,
  decayRange,
  nonNegativeRange,
  positiveRange,
  probabilityRange,
  seedRange,
  sizeRange,
} from '../bind/number-range';
import { diagnose } from '../diagnostics/diagnostic';
import type {
  DataSource,
  EmojiStyle,
  Optimizer,
  Phase,
  Precision,
  Prediction,
  Recompute,
  ScoreSettings,
  TextSettings,
  TimeSampling,
  TrainRecipe,
} from '../lower/recipe';
import { pairedFolder, writtenPair } from '../lower/givens/paired';
import { sourceOf } from '../bind/signature';
import type { Expression, GivenEntry, PhaseEntry, SectionDeclaration, SettingEntry } from '../syntax/ast';
import { alignField, readAlignment } from './alignment';
import type { Span } from '../source';
import { shiftField } from './sample';
import { SettingReader, callSignature, numberOf, type CallSetting, type Field, type Fields } from './schema';

const probability: Field = { kind: 'number', ...probabilityRange, doc: 'how often it is left out' };
const rate: Field = { kind: 'number', ...nonNegativeRange, doc: 'learning rate' };
const decay: Field = { kind: 'number', ...nonNegativeRange, default: 0, doc: 'decoupled weight decay' };
const eps: Field = { kind: 'number', ...positiveRange, default: 1e-8, doc: 'added to the root of the second moment' };
const flip: Field = { kind: 'boolean', default: false, doc: 'mirror every other image, at random' };

function betas(...standard: readonly number[]): Field {
  const doc = 'how much of the moments is kept from step to step';
  return { kind: 'numbers', count: standard.length, ...decayRange, default: standard, doc };
}

const styles = ['twemoji', 'noto', 'openmoji', 'fluent', 'flags'] as const;

export const trainFields: Fields = {
  data: {
    kind: 'call',
    calls: {
      folder: { path: { kind: 'string', doc: 'a folder of images, a subfolder for each class' }, flip },
      latents: {
        path: { kind: 'string', doc: 'a folder of .npy or .safetensors files, a subfolder for each class' },
        scale: { kind: 'number', min: 1e-6, default: 1, doc: 'trained on is (latent - shift) · scale' },
        shift: { kind: 'number', default: 0, doc: 'see `scale`' },
      },
      emoji: {
        styles: { kind: 'words', words: styles, default: ['twemoji'], doc: 'sets of icons' },
        groups: { kind: 'strings', default: null, doc: 'classes by name; all by default' },
        hold_out: { kind: 'strings', default: null, doc: 'captions to leave out' },
        flip,
      },
      mnist: {},
      scenes: {
        count: { kind: 'number', ...sizeRange, doc: 'how many images' },
        seed: { kind: 'number', ...seedRange, default: 0, doc: 'of the scenes' },
        split: { kind: 'word', words: ['train', 'held_out', 'all'], default: 'train', doc: 'combinations shown' },
      },
    },
    doc: 'what the model is trained on',
  },
  text: {
    kind: 'call',
    calls: {
      text: {
        encoder: { kind: 'word', words: ['words', 'vocabulary', 'minilm', 'gemma2'], doc: 'what reads a text' },
        prefix: { kind: 'string', default: '', doc: 'put before every caption and prompt' },
        length: { kind: 'number', whole: true, min: 1, max: 512, doc: 'tokens a text is padded or cut to' },
        weights: { kind: 'string', default: null, doc: 'files of an encoder that is not fetched by itself' },
        scale: { kind: 'number', ...positiveRange, default: 1, doc: 'what features are multiplied by' },
      },
    },
    default: null,
    doc: 'how captions and prompts become features',
  },
  objective: {
    kind: 'call',
    calls: {
      rectified_flow: {
        time: {
          kind: 'call',
          calls: {
            logit_normal: {
              mean: { kind: 'number', default: 0, doc: 'of the logit' },
              std: { kind: 'number', ...nonNegativeRange, default: 1, doc: 'standard deviation of the logit' },
              shift: shiftField,
            },
            uniform: { shift: shiftField },
          },
          doc: 'how training times are drawn',
        },
        predict: {
          kind: 'word',
          words: ['velocity', 'x0', 'noise'],
          default: null,
          doc: "what the model gives; by its output's name by default",
        },
      },
    },
    doc: 'what the model learns',
  },
  optimizer: {
    kind: 'call',
    calls: {
      adamw: { rate, betas: betas(0.9, 0.999), decay, eps },
      came: {
        rate,
        betas: betas(0.9, 0.999, 0.9999),
        decay,
        eps: {
          kind: 'numbers',
          count: 2,
          ...positiveRange,
          default: [1e-30, 1e-16],
          doc: 'added to squared gradients, and to how unsteady steps are',
        },
        clip: { kind: 'number', ...positiveRange, default: 1, doc: "largest root mean square of a tensor's update" },
      },
      muon: {
        rate,
        momentum: { kind: 'number', ...decayRange, default: 0.95, doc: 'how much of the direction is kept' },
        decay,
        steps: { kind: 'number', whole: true, min: 1, max: 20, default: 5, doc: 'Newton–Schulz steps' },
        betas: betas(0.9, 0.95),
        eps,
      },
    },
    doc: 'how weights follow their gradients',
  },
  align: alignField,
  from: {
    kind: 'string',
    default: null,
    doc: 'weights to start from where they fit: a file, or the folder of a run; drawn from the seed by default',
  },
  freeze: { kind: 'strings', default: [], doc: 'labels whose weights stay as they are; `*` for any part' },
  warmup: { kind: 'number', ...countRange, default: 0, doc: 'steps over which the rate rises from 0' },
  clip: {
    kind: 'call',
    calls: { norm: { max: { kind: 'number', ...positiveRange, doc: 'largest global norm of the gradients' } } },
    default: null,
    doc: 'holds back steps that are too long',
  },
  ema: { kind: 'number', ...decayRange, default: null, doc: 'how much of the averaged weights a step keeps' },
  drop: {
    kind: 'calls',
    calls: { label: { probability }, text: { probability } },
    default: [],
    doc: 'conditions left out at random, which guidance needs; what is `given` is left out by its name, as zeros',
  },
  precision: { kind: 'word', words: ['f32', 'bf16'], default: 'f32', doc: 'of matrix products' },
  recompute: { kind: 'word', words: ['none', 'blocks'], default: 'none', doc: 'what is computed twice to save memory' },
  batch: { kind: 'number', ...sizeRange, doc: 'images in a step' },
  steps: { kind: 'number', ...sizeRange, doc: 'steps in all' },
  seed: { kind: 'number', ...seedRange, default: 0, doc: 'of weights, order of the data and noise' },
  checkpoint: { kind: 'number', ...sizeRange, default: 500, doc: 'steps between checkpoints' },
  sample_every: { kind: 'number', ...sizeRange, default: null, doc: 'steps between grids of samples' },
  seeds: { kind: 'number', ...sizeRange, default: 1, doc: 'of a study: how often each case is trained' },
  score: {
    kind: 'call',
    calls: {
      frechet: {
        features: { kind: 'word', words: ['efficientnet_lite0'], doc: 'what gives the features' },
        samples: { kind: 'number', whole: true, min: 2, max: 50_000, doc: 'images drawn from each model' },
        size: { kind: 'number', whole: true, min: 32, max: 1024, default: 224, doc: 'side that images are brought to' },
      },
    },
    default: null,
    doc: 'of a study: how its trained cases are judged',
  },
};

/** Settings that only a study's recipe has a use for. */
export const studySettings: readonly string[] = ['seeds', 'score'];

const examples = {
  data: 'data = folder("data/images", flip: true)',
  objective: 'objective = rectified_flow(time: logit_normal(0, 1))',
  optimizer: 'optimizer = adamw(rate: 1e-4)',
  batch: 'batch = 256',
  steps: 'steps = 400k',
};

const phaseSettings = ['optimizer.rate', 'clip'];

/** What is written for `predict` in `rectified_flow(…)`. */
export function predictArgument(objective: Expression): Expression | null {
  if (objective.kind !== 'call' || trainFields.objective.kind !== 'call') return null;
  const signature = callSignature('rectified_flow', trainFields.objective.calls.rectified_flow);
  return bindCall(signature, writtenArguments(objective.args), objective.span).given.get('predict')?.value ?? null;
}

/** What a train section is called; one without a name is `train`. */
export function recipeName({ name }: SectionDeclaration): string {
  return name?.name ?? 'train';
}

/** The fields of a recipe, with what it gives among what it may leave out. */
function fieldsWith(givens: readonly GivenEntry[]): Fields {
  if (trainFields.drop.kind !== 'calls' || givens.length === 0) return trainFields;
  const own = Object.fromEntries(givens.map((g) => [g.name.name, { probability }]));
  return { ...trainFields, drop: { ...trainFields.drop, calls: { ...trainFields.drop.calls, ...own } } };
}

export function readTrain(reader: SettingReader, s: SectionDeclaration): TrainRecipe | null {
  const settings = s.entries.filter((e): e is SettingEntry => e.kind === 'setting');
  const givens = s.entries.filter((e): e is GivenEntry => e.kind === 'given');
  const read = reader.section('train', s.name?.span ?? s.span, settings, fieldsWith(givens), examples);
  const phases = readPhases(
    reader,
    s.entries.filter((e): e is PhaseEntry => e.kind === 'phase'),
  );
  if (!read || !s.model) return null;
  const v = read.values;
  const clip = v.clip as CallSetting | null;
  const drops = v.drop as readonly CallSetting[];
  const isGiven = ({ call }: CallSetting): boolean => givens.some((g) => g.name.name === call);
  const givenDrop = Object.fromEntries(drops.filter(isGiven).map((d) => [d.call, d.args.probability as number]));
  const otherDrops = drops.filter((d) => !isGiven(d));
  const textDrop = dropOf(otherDrops, 'text');
  const align = v.align as CallSetting | null;
  const givenPlace = (name: string): Expression | null =>
    givens.find((g) => `given ${g.name.name}` === name)?.value ?? null;
  reader.places.set(`train ${recipeName(s)}`, (name) => read.place(name) ?? givenPlace(name));
  const text = v.text && textSettings(v.text as CallSetting);
  if (text) checkText(reader, text, read.place('text')!.span);
  return {
    name: recipeName(s),
    model: s.model.name,
    data: dataSource(v.data as CallSetting),
    ...(text && { text }),
    objective: objective(v.objective as CallSetting),
    optimizer: optimizer(v.optimizer as CallSetting),
    ...(givens.length > 0 && { given: Object.fromEntries(givens.map((g) => [g.name.name, givenText(g)])) }),
    ...(align && { align: readAlignment(reader, align, read.place) }),
    ...(v.from !== null && { from: v.from as string }),
    ...((v.freeze as string[]).length > 0 && { freeze: v.freeze as string[] }),
    warmup: v.warmup as number,
    clip: clip && (clip.args.max as number),
    ema: v.ema as number | null,
    labelDrop: dropOf(otherDrops, 'label'),
    ...(textDrop > 0 && { textDrop }),
    ...(Object.values(givenDrop).some((p) => p > 0) && { givenDrop }),
    precision: v.precision as Precision,
    ...(v.recompute !== 'none' && { recompute: v.recompute as Recompute }),
    batch: v.batch as number,
    steps: v.steps as number,
    seed: v.seed as number,
    phases,
    checkpoint: v.checkpoint as number,
    ...(v.sample_every !== null && { sampleEvery: v.sample_every as number }),
    ...(v.seeds !== 1 && { seeds: v.seeds as number }),
    ...(v.score && { score: scoring(v.score as CallSetting) }),
  };
}

/** What a recipe keeps of a given; a path keeps its spaces. */
function givenText({ value }: GivenEntry): string {
  const folder = pairedFolder(value);
  return folder ? writtenPair(folder) : sourceOf(value);
}

function readPhases(reader: SettingReader, entries: readonly PhaseEntry[]): Phase[] {
  const phases: Phase[] = [];
  for (const [i, p] of entries.entries()) {
    const at = reader.read('phase at', { kind: 'number', ...countRange }, p.at) as number | undefined;
    const before = i > 0 ? numberOf(entries[i - 1].at) : null;
    if (at !== undefined && before !== null && at <= before) {
      reader.report(diagnose('phase-order', p.at.span, { at, after: before }, entries[i - 1].at.span));
    }
    let phaseRate: number | null = null;
    let clip: number | null = null;
    const given = new Map<string, SettingEntry>();
    for (const e of p.entries) {
      if (e.kind !== 'setting') continue;
      const name = e.path.map((x) => x.name).join('.');
      const earlier = given.get(name);
      if (earlier) reader.report(diagnose('duplicate-setting', e.span, { setting: name }, earlier.span));
      given.set(name, earlier ?? e);
      if (name === 'optimizer.rate') phaseRate = (reader.read(name, rate, e.value) as number | undefined) ?? null;
      else if (name === 'clip')
        clip = ((reader.read(name, trainFields.clip, e.value) as CallSetting | undefined)?.args.max as number) ?? null;
      else reader.report(diagnose('phase-setting', e.span, { setting: name, known: phaseSettings.join(', ') }));
    }
    phases.push({ at: at ?? 0, rate: phaseRate, clip });
  }
  return phases;
}

function dataSource({ call, args }: CallSetting): DataSource {
  if (call === 'folder') return { kind: 'folder', path: args.path as string, flip: args.flip as boolean };
  if (call === 'latents') {
    return { kind: 'latents', path: args.path as string, scale: args.scale as number, shift: args.shift as number };
  }
  if (call === 'mnist') return { kind: 'mnist' };
  if (call === 'scenes') {
    const split = args.split as Extract<DataSource, { kind: 'scenes' }>['split'];
    return { kind: 'scenes', count: args.count as number, seed: args.seed as number, split };
  }
  return {
    kind: 'emoji',
    styles: args.styles as EmojiStyle[],
    groups: args.groups as string[] | null,
    ...(args.hold_out !== null && { holdOut: args.hold_out as string[] }),
    flip: args.flip as boolean,
  };
}

function textSettings({ args }: CallSetting): TextSettings {
  const weights = args.weights as string | null;
  const scale = args.scale as number;
  return {
    encoder: args.encoder as TextSettings['encoder'],
    prefix: args.prefix as string,
    length: args.length as number,
    ...(weights !== null && { weights }),
    ...(scale !== 1 && { scale }),
  };
}

/** Weights are named for the encoder that is not fetched by itself, and for no other; numbers of words have no scale. */
function checkText(reader: SettingReader, text: TextSettings, span: Span): void {
  const { encoder, weights, scale } = text;
  const given = weights !== undefined;
  const scaled = encoder === 'vocabulary' && scale !== undefined;
  if (given === (encoder === 'gemma2') && !scaled) return;
  const forGemma = given ? '`weights` with the encoder gemma2 alone' : '`weights: "FOLDER"` with the encoder gemma2';
  const expected = scaled ? '`scale` with an encoder that gives features' : forGemma;
  const found = given || scaled ? `the encoder ${encoder}` : 'without them';
  reader.report(diagnose('setting-kind', span, { setting: 'text', expected, found, suggestion: '' }));
}

function timeSampling({ call, args }: CallSetting): TimeSampling {
  if (call === 'uniform') return { kind: 'uniform', shift: args.shift as number };
  return { kind: 'logit_normal', mean: args.mean as number, std: args.std as number, shift: args.shift as number };
}

function objective({ args }: CallSetting): TrainRecipe['objective'] {
  const predict = args.predict as Prediction | null;
  const time = timeSampling(args.time as CallSetting);
  return { kind: 'rectified_flow', time, ...(predict && { predict }) };
}

function optimizer({ call, args }: CallSetting): Optimizer {
  const common = { rate: args.rate as number, decay: args.decay as number };
  const betas = args.betas as readonly number[];
  switch (call) {
    case 'came': {
      const [rows, steadiness] = args.eps as readonly number[];
      const clip = args.clip as number;
      return { kind: 'came', ...common, betas: [betas[0], betas[1], betas[2]], eps: [rows, steadiness], clip };
    }
    case 'muon': {
      const [momentum, steps, eps] = [args.momentum, args.steps, args.eps] as number[];
      return { kind: 'muon', ...common, momentum, steps, betas: [betas[0], betas[1]], eps };
    }
    default:
      return { kind: 'adamw', ...common, betas: [betas[0], betas[1]], eps: args.eps as number };
  }
}

function scoring({ args }: CallSetting): ScoreSettings {
  const features = args.features as ScoreSettings['features'];
  return { kind: 'frechet', features, size: args.size as number, samples: args.samples as number };
}

/** Probability of dropping a kind of condition; 0 where the recipe does not speak of it. */
function dropOf(drops: readonly CallSetting[], kind: 'label' | 'text'): number {
  return (drops.find((d) => d.call === kind)?.args.probability as number | undefined) ?? 0;
}
