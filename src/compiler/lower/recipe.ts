/** Train, sample and export sections after checking: plain data that the programs and runners read. */

export type Precision = 'f32' | 'bf16';

/** What the backward pass computes again instead of keeping it: nothing, or the insides of blocks. */
export type Recompute = 'none' | 'blocks';

export type DataSource =
  /** PNG, JPEG and WebP files by class subfolder. */
  | { readonly kind: 'folder'; readonly path: string; readonly flip: boolean }
  /** Latents in files, by class subfolder; what is trained on is (latent - shift) · scale. */
  | { readonly kind: 'latents'; readonly path: string; readonly scale: number; readonly shift: number }
  /** Emoji and flags of the installed icon packages; class = group, caption = name. */
  | {
      readonly kind: 'emoji';
      readonly styles: readonly EmojiStyle[];
      readonly flip: boolean;
      readonly groups: readonly string[] | null;
      /** Captions left out, to be drawn unseen; absent for none. */
      readonly holdOut?: readonly string[];
    }
  | { readonly kind: 'mnist' }
  /** Synthetic scenes with exact captions: shapes by colour, count and position; class = shape. */
  | {
      readonly kind: 'scenes';
      readonly count: number;
      readonly seed: number;
      /** `held_out`: combinations that `train` never shows. */
      readonly split: 'train' | 'held_out' | 'all';
    };
export type EmojiStyle = 'twemoji' | 'noto' | 'openmoji' | 'fluent' | 'flags';

/** How training times are drawn; `shift` is the map of samplers/time-grid.ts, 1 for none. */
export type TimeSampling =
  | { readonly kind: 'uniform'; readonly shift: number }
  | { readonly kind: 'logit_normal'; readonly mean: number; readonly std: number; readonly shift: number };

/** What the network's output stands for; the loss is that of the velocity which follows from it. */
export type Prediction = 'velocity' | 'x0' | 'noise';

export interface Objective {
  readonly kind: 'rectified_flow';
  readonly time: TimeSampling;
  /** By the name of the model's output where it is not given. */
  readonly predict?: Prediction;
}

/** Alignment of tokens inside the model with those of a frozen image encoder. */
export interface Alignment {
  readonly kind: 'repa';
  /** The path of the module whose output is aligned (`patch_blocks.7`), or a tap. */
  readonly at: string;
  /** The encoder: an ONNX file, or a model of the language. */
  readonly teacher: string | TeacherModel;
  /** Width of the projector's hidden layers. */
  readonly hidden: number;
  /** Share in the loss. */
  readonly weight: number;
  /** Width of the encoder's tokens. */
  readonly width: number;
  /** Number of the encoder's tokens; null for as many as the model has. */
  readonly tokens: number | null;
}

/** A model that encodes images, as the recipe's file names it. */
export interface TeacherModel {
  readonly model: string;
  /** Hyper-parameters as written. */
  readonly set: { readonly [name: string]: string };
  /** A file, or the word for weights that are fetched. */
  readonly weights: string;
}

export interface AdamW {
  readonly kind: 'adamw';
  readonly rate: number;
  readonly betas: readonly [number, number];
  readonly eps: number;
  readonly decay: number;
}

/** Factored second moments; see optimizers/came.ts. */
export interface Came {
  readonly kind: 'came';
  readonly rate: number;
  readonly betas: readonly [number, number, number];
  readonly eps: readonly [number, number];
  /** Largest root mean square of a tensor's update. */
  readonly clip: number;
  readonly decay: number;
}

/** Orthogonal momentum for matrices, AdamW with `betas` and `eps` for the rest; see optimizers/muon.ts. */
export interface Muon {
  readonly kind: 'muon';
  readonly rate: number;
  readonly momentum: number;
  /** Newton–Schulz steps. */
  readonly steps: number;
  readonly decay: number;
  readonly betas: readonly [number, number];
  readonly eps: number;
}

export type Optimizer = AdamW | Came | Muon;

/** Values that a `phase at N` changes from step N on. */
export interface Phase {
  readonly at: number;
  readonly rate: number | null;
  readonly clip: number | null;
}

/** What reads the captions of a text-to-image model; see src/text/. */
export interface TextSettings {
  /**
   * `words`: a fixed random vector a word; `vocabulary`: its number, for a model that looks words up; `minilm`, `gemma2`: the
   * language models all-MiniLM-L6-v2 and Gemma 2.
   */
  readonly encoder: 'words' | 'vocabulary' | 'minilm' | 'gemma2';
  /** Files of an encoder that is not fetched by itself (`gemma2`). */
  readonly weights?: string;
  /** Put before every caption and prompt, save for the empty one. */
  readonly prefix: string;
  /** Tokens a text is padded or cut to. */
  readonly length: number;
  /** What features are multiplied by; absent for 1. */
  readonly scale?: number;
}

/** How the trained cases of a study are judged. */
export interface ScoreSettings {
  readonly kind: 'frechet';
  /** What gives the features: see src/score/. */
  readonly features: 'efficientnet_lite0';
  /** Side of the square that images are brought to for it. */
  readonly size: number;
  /** Images drawn from each trained model. */
  readonly samples: number;
}

export interface TrainRecipe {
  readonly name: string;
  /** A model, or a study each of whose cases is trained. */
  readonly model: string;
  readonly data: DataSource;
  /** Absent for models that read no text. */
  readonly text?: TextSettings;
  readonly objective: Objective;
  readonly optimizer: Optimizer;
  /** Steps over which the rate rises linearly from 0. */
  readonly warmup: number;
  /** Largest global norm of the gradients; null for no clipping. */
  readonly clip: number | null;
  /** Decay of the averaged weights; null for none. */
  readonly ema: number | null;
  /** Probability of replacing a label by "no class". */
  readonly labelDrop: number;
  /** Probability of replacing a text by the empty prompt; absent for never. */
  readonly textDrop?: number;
  /** Where conditions of the model come from, by the input's name, as the recipe writes it; absent for none. */
  readonly given?: { readonly [input: string]: string };
  /** Probability of zeros in place of a condition that is given, by the input's name, each by draws of its own; absent for none. */
  readonly givenDrop?: { readonly [input: string]: number };
  /** Absent for none. */
  readonly align?: Alignment;
  /** Weights to start from where they fit: a file, or the folder of a run. Absent for weights drawn from the seed. */
  readonly from?: string;
  /** Patterns of labels whose weights stay as they are; absent for none. */
  readonly freeze?: readonly string[];
  readonly precision: Precision;
  /** Absent for `none`. */
  readonly recompute?: Recompute;
  readonly batch: number;
  readonly steps: number;
  readonly seed: number;
  readonly phases: readonly Phase[];
  /** Steps between checkpoints; also one at the end. */
  readonly checkpoint: number;
  /** Steps between grids of samples; absent for one at the end alone. */
  readonly sampleEvery?: number;
  /** For a study: how often each case is trained, with `seed`, `seed` + 1, …; absent for once. */
  readonly seeds?: number;
  /** For a study; absent for losses alone. */
  readonly score?: ScoreSettings;
}

export interface Guidance {
  readonly scale: number;
  readonly from: number;
  readonly to: number;
  /** How far guided velocities are brought back to the spread of the conditional ones, 0 (absent) to 1. */
  readonly rescale?: number;
  /** Autoguidance: weights of a weaker version of the model, which takes the place of the branch without a condition. */
  readonly weak?: string;
}

/** A condition as it is given for drawing, a row in each text: numbers separated by commas, or the path of a picture or of rows. */
export interface GivenValues {
  readonly values: readonly string[];
  /** Whether the black of a picture stands for 0, and not for -1. */
  readonly isMask?: boolean;
}

export interface SampleSettings {
  readonly name: string;
  readonly model: string;
  readonly solver: 'euler' | 'heun' | 'heun_exact' | 'flow_dpm' | 'dpm_solver_pp';
  readonly steps: number;
  readonly shift: number;
  /** Width of the last step before times are shifted, of solvers whose times rise; `1 / steps` where absent. */
  readonly lastStep?: number;
  /** Whether the model is told whole numbers, each the nearest to the time. */
  readonly wholeTimes?: boolean;
  readonly guidance: Guidance | null;
  /** Conditions by the input's name, rows taken in turn; absent where they come from elsewhere. */
  readonly given?: { readonly [input: string]: GivenValues };
}

export interface ExportSettings {
  readonly name: string;
  readonly model: string;
  readonly opset: number;
  readonly precision: 'fp32' | 'fp16' | 'bf16';
  readonly dynamic: readonly ('batch' | 'size')[];
}
