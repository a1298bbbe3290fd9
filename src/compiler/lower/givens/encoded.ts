/** A condition that a frozen model makes of a picture: the model's graph, with the picture for its input and its weights as variables. */
// Tested by test/train/encoded-givens.test.ts.
import { dimsEqual, formatShape, mulDims, shapesEqual } from '../../ir/dims';
import type { Value, Variable } from '../../ir/graph';
import { substitute } from '../../ir/substitute';
import type { Span } from '../../source';
import { boundModel } from '../bound-model';
import type { Context } from '../context';
import type { ModelGraph, ModelInput } from '../model';
import { resampledAlong } from '../resampled';
import { withBatch } from '../tensors';
import { describe, type Evaluated, type TensorValue } from '../values';
import type { EncodeCall } from './encode-call';

/** A model that training does not change, and the variables that its weights are in programs. */
export interface Encoder {
  readonly model: ModelGraph;
  readonly variableOf: (weight: Variable) => Variable;
}

/** The only input of an encoder; null for a model with others. */
export function encoderImage({ inputs }: Pick<ModelGraph, 'inputs'>): Value | null {
  const [first, ...more] = inputs;
  return first && more.length === 0 ? first.value : null;
}

/** The encoder's output of the condition's shape for a picture. */
export function encoded(
  ctx: Context,
  target: ModelInput,
  picture: Evaluated,
  { call, encoder: { model, variableOf } }: { readonly call: EncodeCall; readonly encoder: Encoder },
): Value {
  const { span } = call.picture;
  const image = encoderImage(model);
  if (picture.kind !== 'tensor' || picture.classes !== null)
    return ctx.fail('wrong-kind', span, {
      what: '`picture` of encode',
      expected: 'a tensor',
      found: describe(picture),
    });
  const misfit = image ? misfitOf(image, picture) : 'inputs';
  if (!image || misfit) {
    const takes = model.inputs.map(({ name, value }) => `${name} ${formatShape(value.shape.slice(1))}`).join(', ');
    const sizes = { wanted: image?.shape.slice(1).map(Number) ?? [], given: picture.shape.map(Number) };
    const facts = { model: model.name, takes, found: formatShape(picture.shape), misfit: misfit ?? 'inputs', ...sizes };
    return ctx.fail('encode-input', span, facts);
  }
  const seen = broughtTo(ctx, image, picture, span);
  const wanted = target.value.shape.slice(1);
  const fitting = Object.entries(model.outputs).filter(([, v]) => shapesEqual(v.shape.slice(1), wanted));
  if (fitting.length !== 1) {
    const outputs = Object.entries(model.outputs).map(([name, v]) => `${name} ${formatShape(v.shape.slice(1))}`);
    const facts = { name: target.name, model: model.name, expected: formatShape(wanted), outputs: outputs.join(', ') };
    return ctx.fail('encode-output', call.model.span, { ...facts, count: fitting.length });
  }
  const [batch] = target.value.shape;
  const bound = typeof batch === 'number' ? boundModel(model, { batch }) : model;
  const replaced = new Map<Value, Value>([
    [bound.inputs[0].value, withBatch(ctx, seen)],
    ...model.weights.map((w) => [w, variableOf(w)] as const),
  ]);
  return substitute([bound.outputs[fitting[0][0]]], replaced)[0];
}

/** Why a picture cannot be brought to what an encoder takes: other channels, another form, or no picture at all. Null if it can. */
function misfitOf(image: Value, { shape }: TensorValue): 'channels' | 'form' | 'inputs' | null {
  const wanted = image.shape.slice(1);
  if (shapesEqual(wanted, shape)) return null;
  if (wanted.length !== 3 || shape.length !== 3) return 'inputs';
  if (!dimsEqual(wanted[0], shape[0])) return 'channels';
  return dimsEqual(mulDims(shape[1], wanted[2]), mulDims(shape[2], wanted[1])) ? null : 'form';
}

/** The picture in the size that an encoder takes, by the rule of alignment: bilinear between the centres of pixels. */
function broughtTo(ctx: Context, image: Value, picture: TensorValue, span: Span): TensorValue {
  const wanted = image.shape.slice(1);
  return wanted.reduce<TensorValue>(
    (x, to, axis) =>
      dimsEqual(x.shape[axis], to) ? x : (resampledAlong(ctx, x, { axis, to, by: 'linear', span }) ?? x),
    picture,
  );
}
