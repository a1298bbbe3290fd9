/** A model after elaboration: concrete hyper-parameters, one forward graph, and its weights. */
// Tested by test/compiler/lower/conventions.test.ts.
import type { Value, Variable } from '../ir/graph';
import { sizeOf, type Shape } from '../ir/dims';
import type { ModelConventions } from './conventions';
import type { OpenSize } from './open-size';
import type { Trace } from './trace';

/** A hyper-parameter's value as people write and JSON holds it. */
export type StaticValue =
  | number
  | string
  | boolean
  | { readonly ratio: readonly [number, number] }
  | { readonly size: readonly [number, number] };

/**
 * What an input is for. Its leaf in the graph has the canonical name: `x_t` for the noisy image `[batch, channels, height,
 * width]`, `t` for the time `[batch]` as the model sees it, `y` for class labels `[batch]` i32 (`classes` itself stands for
 * "no class"), `text` for text features `[batch, tokens, width]`, `text_mask` `[batch, tokens]`, `tokens` for the tokens of a text
 * themselves, `[batch, tokens]` i32.
 */
export type ModelInput =
  | {
      readonly kind: 'image';
      readonly name: string;
      readonly value: Value;
      readonly channels: number;
      /** Height in pixels; if the size is open, the one the spec gives. */
      readonly height: number;
      readonly width: number;
    }
  | { readonly kind: 'time'; readonly name: string; readonly value: Value }
  | { readonly kind: 'class'; readonly name: string; readonly value: Value; readonly classes: number }
  | {
      readonly kind: 'text';
      readonly name: string;
      readonly value: Value;
      readonly shape: Shape;
      /** The most tokens the model reads; later ones are cut off first. Null or absent if there is no limit. */
      readonly longest?: number | null;
    }
  | {
      readonly kind: 'tokens';
      readonly name: string;
      readonly value: Value;
      readonly vocabulary: number;
      /** The most tokens a text may have; null if there is no limit. */
      readonly longest: number | null;
    }
  | { readonly kind: 'tensor'; readonly name: string; readonly value: Value };

/** An input that is an image: the noisy one, or a condition. */
export type ImageInput = Extract<ModelInput, { readonly kind: 'image' }>;

/** The form in which a model reads a text: features, or tokens that it looks up in its own table. */
export type TextCondition = Extract<ModelInput, { kind: 'text' | 'tokens' }>;

/** The text input of a model; undefined if it has none. */
export function textOf({ inputs }: Pick<ModelGraph, 'inputs'>): TextCondition | undefined {
  return inputs.find((i): i is TextCondition => i.kind === 'text' || i.kind === 'tokens');
}

/** The number of a model's parameters: the numbers in all its weights. */
export function countParameters({ weights }: Pick<ModelGraph, 'weights'>): number {
  return weights.reduce((sum, w) => sum + Number(sizeOf(w.shape)), 0);
}

/** Whether an input carries a text: its features or tokens, or the mask of its padding. */
export function tellsOfText({ kind, name, value }: ModelInput): boolean {
  return kind === 'text' || kind === 'tokens' || (name === 'text_mask' && value.dtype === 'i32');
}

/** One labelled call: a module with a path, its output, and the weights made under it. */
export interface ModuleRecord {
  readonly path: string;
  /** The block or word that was called (`DiT`, `linear`). */
  readonly callee: string;
  readonly output: Value;
}

export interface ModelGraph {
  readonly name: string;
  readonly hyperparameters: { readonly [name: string]: StaticValue };
  readonly inputs: readonly ModelInput[];
  /** The meaning of the output that is trained, and how time is counted. */
  readonly conventions: ModelConventions;
  /** `velocity` (or what the spec calls it), `[batch, channels, height, width]`. */
  readonly outputs: { readonly [name: string]: Value };
  /** Points named by `tap`, and every labelled module's output at its path. */
  readonly taps: { readonly [name: string]: Value };
  readonly weights: readonly Variable[];
  readonly modules: readonly ModuleRecord[];
  /** Paths of turns of repetitions (`patch_blocks.0`) and of `recomputed` parts, whose values the backward pass may compute again. */
  readonly turns: readonly string[];
  /** Which calls of the spec's blocks made which values. */
  readonly trace: Pick<Trace, 'calls' | 'names' | 'doc' | 'tables'>;
  /** Present only if the model was built for images of any size. */
  readonly openSize?: OpenSize;
}
