/** What the benchmark and its peers say to each other: a task on the command line, then one JSON line per turn. */

/** The hyper-parameters of PixelDiT that the peers build; square images of three channels. */
export interface ModelSize {
  /** Height and width of an image, in pixels. */
  readonly size: number;
  readonly patch: number;
  readonly classes: number;
  /** Width and heads of the patch pathway, and of the pixel pathway's attention. */
  readonly width: number;
  readonly heads: number;
  readonly depth: number;
  readonly pixelWidth: number;
  readonly pixelDepth: number;
}

/** AdamW after clipping by the global norm, then averaged weights: `ema = decay · ema + (1 - decay) · weights`. */
export interface TrainSettings {
  readonly rate: number;
  readonly betas: readonly [number, number];
  readonly eps: number;
  readonly decay: number;
  readonly clip: number;
  readonly ema: number;
}

export type Precision = 'f32' | 'bf16';
export type PeerName =
  'weft' | 'weft-declared' | 'weft-pytorch' | 'weft-pytorch-compiled' | 'pytorch' | 'pytorch-compiled' | 'tfjs';

/** A peer's only argument, as JSON. */
export interface PeerTask {
  readonly peer: PeerName;
  /** A safetensors file with `w/NAME` for each weight and `in/I/x0|noise|t|y` for each batch `I`; the batches come in turn. */
  readonly problem: string;
  readonly model: ModelSize;
  readonly settings: TrainSettings;
  readonly batches: number;
  readonly batchSize: number;
  readonly precision: Precision;
  readonly threads: number;
}

/** A line on a peer's standard input: train this many steps more, then answer. The input's end ends the peer. */
export interface Turn {
  readonly steps: number;
  /** Whether to measure `moved` as well, which takes memory and time outside the steps. */
  readonly last: boolean;
}

/** A peer's answer to a turn, one line. */
export interface TurnResult {
  /** Time of each step of this turn, from the batch in host memory to the loss in host memory. */
  readonly stepSeconds: readonly number[];
  /** Loss of each step, before its update. */
  readonly losses: readonly number[];
  /** The most memory the process has had resident so far, before `moved` is measured. */
  readonly peakRssBytes: number;
  readonly parameters: number;
  /** ‖weights - initial weights‖ and ‖averaged weights - initial weights‖, over all weights together. */
  readonly moved: { readonly weights: number; readonly ema: number } | null;
}
