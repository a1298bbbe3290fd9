/** `train name of Model { … }`: the training recipe. What matters to the result has no default. */
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
import type { PhaseEntry, SectionDeclaration, SettingEntry } from '../syntax/ast';
import { alignField, readAlignment } from './alignment';
import { SettingReader, numberOf, type CallSetting, type Fields } from './schema';

const shift = { kind: 'number', min: 0, default: 1 } as const;

const probability = { kind: 'number', min: 0, max: 1 } as const;

const styles = ['twemoji', 'noto', 'openmoji', 'fluent', 'flags'] as const;

export const trainFields: Fields = {
  data: {
    kind: 'call',
    calls: {
      folder: { path: { kind: 'string' }, flip: { kind: 'boolean', default: false } },
      emoji: {
        styles: { kind: 'words', words: styles, default: ['twemoji'] },
        groups: { kind: 'strings', default: null },
        hold_out: { kind: 'strings', default: null },
        flip: { kind: 'boolean', default: false },
      },
      mnist: {},
      scenes: {
        count: { kind: 'number', min: 1, integer: true },
        seed: { kind: 'number', min: 0, max: 2 ** 31 - 1, integer: true, default: 0 },
        split: { kind: 'word', words: ['train', 'held_out', 'all'], default: 'train' },
      },
    },
  },
  text: {
    kind: 'call',
    calls: {
      text: {
        encoder: { kind: 'word', words: ['words', 'vocabulary', 'minilm', 'gemma2'] },
        prefix: { kind: 'string', default: '' },
        length: { kind: 'number', min: 1, max: 512, integer: true },
        weights: { kind: 'string', default: null },
        scale: { kind: 'number', default: 1 },
      },
    },
    default: null,
  },
  objective: {
    kind: 'call',
    calls: {
      rectified_flow: {
        time: {
          kind: 'call',
          calls: {
            logit_normal: { mean: { kind: 'number', default: 0 }, std: { kind: 'number', min: 0, default: 1 }, shift },
            uniform: { shift },
          },
        },
        predict: { kind: 'word', words: ['velocity', 'x0', 'noise'], default: null },
      },
    },
  },
  optimizer: {
    kind: 'call',
    calls: {
      adamw: {
        rate: { kind: 'number', min: 0 },
        betas: { kind: 'numbers', count: 2, min: 0, max: 1, default: [0.9, 0.999] },
        decay: { kind: 'number', min: 0, default: 0 },
        eps: { kind: 'number', min: 0, default: 1e-8 },
      },
      came: {
        rate: { kind: 'number', min: 0 },
        betas: { kind: 'numbers', count: 3, min: 0, max: 1, default: [0.9, 0.999, 0.9999] },
        decay: { kind: 'number', min: 0, default: 0 },
        eps: { kind: 'numbers', count: 2, min: 0, max: 1, default: [1e-30, 1e-16] },
        clip: { kind: 'number', min: 0, default: 1 },
      },
      muon: {
        rate: { kind: 'number', min: 0 },
        momentum: { kind: 'number', min: 0, max: 1, default: 0.95 },
        decay: { kind: 'number', min: 0, default: 0 },
        steps: { kind: 'number', min: 1, max: 20, integer: true, default: 5 },
        betas: { kind: 'numbers', count: 2, min: 0, max: 1, default: [0.9, 0.95] },
        eps: { kind: 'number', min: 0, default: 1e-8 },
      },
    },
  },
  align: alignField,
  warmup: { kind: 'number', min: 0, integer: true, default: 0 },
  clip: { kind: 'call', calls: { norm: { max: { kind: 'number', min: 0 } } }, default: null },
  ema: { kind: 'number', min: 0, max: 1, default: null },
  drop: { kind: 'calls', calls: { label: { probability }, text: { probability } }, default: [] },
  precision: { kind: 'word', words: ['f32', 'bf16'], default: 'f32' },
  recompute: { kind: 'word', words: ['none', 'blocks'], default: 'none' },
  batch: { kind: 'number', min: 1, integer: true },
  steps: { kind: 'number', min: 1, integer: true },
  seed: { kind: 'number', min: 0, max: 2 ** 31 - 1, integer: true, default: 0 },
  checkpoint: { kind: 'number', min: 1, integer: true, default: 500 },
  seeds: { kind: 'number', min: 1, integer: true, default: 1 },
  score: {
    kind: 'call',
    calls: {
      frechet: {
        features: { kind: 'word', words: ['efficientnet_lite0'] },
        samples: { kind: 'number', min: 2, max: 50_000, integer: true },
        size: { kind: 'number', min: 32, max: 1024, integer: true, default: 224 },
      },
    },
    default: null,
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

/** What a train section is called; one without a name is `train`. */
export function recipeName({ name }: SectionDeclaration): string {
  return name?.name ?? 'train';
}

export function readTrain(reader: SettingReader, s: SectionDeclaration): TrainRecipe | null {
  const settings = s.entries.filter((e): e is SettingEntry => e.kind === 'setting');
  const v = reader.section('train', s.name?.span ?? s.span, settings, trainFields, examples);
  const phases = readPhases(
    reader,
    s.entries.filter((e): e is PhaseEntry => e.kind === 'phase'),
  );
  if (!v || !s.model) return null;
  const clip = v.clip as CallSetting | null;
  const drops = v.drop as readonly CallSetting[];
  const textDrop = dropOf(drops, 'text');
  const align = v.align as CallSetting | null;
  const text = v.text && textSettings(v.text as CallSetting);
  if (text) checkText(reader, text, settings);
  return {
    name: recipeName(s),
    model: s.model.name,
    data: dataSource(v.data as CallSetting),
    ...(text && { text }),
    objective: objective(v.objective as CallSetting),
    optimizer: optimizer(v.optimizer as CallSetting),
    ...(align && { align: readAlignment(reader, align, settings) }),
    warmup: v.warmup as number,
    clip: clip && (clip.args.max as number),
    ema: v.ema as number | null,
    labelDrop: dropOf(drops, 'label'),
    ...(textDrop > 0 && { textDrop }),
    precision: v.precision as Precision,
    ...(v.recompute !== 'none' && { recompute: v.recompute as Recompute }),
    batch: v.batch as number,
    steps: v.steps as number,
    seed: v.seed as number,
    phases,
    checkpoint: v.checkpoint as number,
    ...(v.seeds !== 1 && { seeds: v.seeds as number }),
    ...(v.score && { score: scoring(v.score as CallSetting) }),
  };
}

function readPhases(reader: SettingReader, entries: readonly PhaseEntry[]): Phase[] {
  const phases: Phase[] = [];
  for (const [i, p] of entries.entries()) {
    const at = reader.read('phase at', { kind: 'number', min: 0, integer: true }, p.at) as number | undefined;
    const before = i > 0 ? numberOf(entries[i - 1].at) : null;
    if (at !== undefined && before !== null && at <= before) {
      reader.report(diagnose('phase-order', p.at.span, { at, after: before }, entries[i - 1].at.span));
    }
    let rate: number | null = null;
    let clip: number | null = null;
    for (const e of p.entries) {
      if (e.kind !== 'setting') continue;
      const name = e.path.map((x) => x.name).join('.');
      if (name === 'optimizer.rate')
        rate = (reader.read(name, { kind: 'number', min: 0 }, e.value) as number | undefined) ?? null;
      else if (name === 'clip')
        clip = ((reader.read(name, trainFields.clip, e.value) as CallSetting | undefined)?.args.max as number) ?? null;
      else reader.report(diagnose('phase-setting', e.span, { setting: name, known: phaseSettings.join(', ') }));
    }
    phases.push({ at: at ?? 0, rate, clip });
  }
  return phases;
}

function dataSource({ call, args }: CallSetting): DataSource {
  if (call === 'folder') return { kind: 'folder', path: args.path as string, flip: args.flip as boolean };
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
function checkText(reader: SettingReader, text: TextSettings, settings: readonly SettingEntry[]): void {
  const { encoder, weights, scale } = text;
  const given = weights !== undefined;
  const scaled = encoder === 'vocabulary' && scale !== undefined;
  if (given === (encoder === 'gemma2') && !scaled) return;
  const forGemma = given ? '`weights` with the encoder gemma2 alone' : '`weights: "FOLDER"` with the encoder gemma2';
  const expected = scaled ? '`scale` with an encoder that gives features' : forGemma;
  const found = given || scaled ? `the encoder ${encoder}` : 'without them';
  const span = settings.find((e) => e.path[0].name === 'text')!.value.span;
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
