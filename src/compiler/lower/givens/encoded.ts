/** A condition that a frozen model makes of a picture: the model's graph, with the picture for its input and its weights as variables. */
// Tested by test/train/encoded-givens.test.ts.
import { formatShape, shapesEqual } from '../../ir/dims';
import type { Value, Variable } from '../../ir/graph';
import { substitute } from '../../ir/substitute';
import { boundModel } from '../bound-model';
import type { Context } from '../context';
import type { ModelGraph, ModelInput } from '../model';
import { withBatch } from '../tensors';
import { describe, type Evaluated } from '../values';
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
  if (!image || !shapesEqual(image.shape.slice(1), picture.shape)) {
    const takes = model.inputs.map(({ name, value }) => `${name} ${formatShape(value.shape.slice(1))}`).join(', ');
    return ctx.fail('encode-input', span, { model: model.name, takes, found: formatShape(picture.shape) });
  }
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
    [bound.inputs[0].value, withBatch(ctx, picture)],
    ...model.weights.map((w) => [w, variableOf(w)] as const),
  ]);
  return substitute([bound.outputs[fitting[0][0]]], replaced)[0];
}
