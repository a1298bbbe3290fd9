/** Computes a batch in parts, one after the other. Each part draws what the whole batch would draw for its images. */
// Tested by test/train/accumulate.test.ts.
import { dimsEqual, type Dim } from '../ir/dims';
import { inScope, input, topological, variable, type Value, type Variable } from '../ir/graph';
import { transform } from '../ir/substitute';
import { add, equal, mul, select } from '../ops/elementwise';
import { randomNormal, randomNormalPart, randomUniform, randomUniformPart } from '../ops/creation';
import { is, rebuild } from '../ops/define';
import { concat, reshape } from '../ops/movement';

/** The parts of a step's batch. */
export class MicroBatches {
  /** The number of the current part, from 0: an i32 scalar. */
  readonly index = input('micro', [], 'i32');

  /**
   * How the model draws inside: `own` numbers of each part, or those that the `whole` batch would draw for its images. Only a backend
   * that begins a draw in its middle gets the latter cheaply.
   */
  constructor(
    readonly count: number,
    private readonly inModel: 'own' | 'whole' = 'own',
  ) {}

  /** The seed (i32 [2]) of draws inside the model. If parts have draws of their own, no other part and no other step has it. */
  seed(run: Value, step: Value): Value {
    const own = this.inModel === 'own' ? add(mul(step, this.count), this.index) : step;
    return concat([reshape(run, { shape: [1] }), reshape(own, { shape: [1] })], { axis: 0 });
  }

  /** The values with each draw for a part (of `batch` images) replaced by a slice of the draw for the whole batch. */
  drawn(values: readonly Value[], batch: Dim): Value[] {
    const ownSeed = new Set<Value>([this.index]);
    for (const v of topological(values)) if (v.inputs.some((x) => ownSeed.has(x))) ownSeed.add(v);
    return transform(values, new Map(), (v, inputs) => {
      const isDraw = is<object>(v, randomNormal, randomUniform) && v.shape.length > 0 && dimsEqual(v.shape[0], batch);
      if (!v.op || !isDraw || ownSeed.has(v.inputs[0])) return rebuild(v, inputs);
      const draw = is(v, randomNormal) ? randomNormalPart : randomUniformPart;
      return inScope(v.scope, () => draw(inputs[0], this.index, { ...v.attrs, shape: v.shape, count: this.count }));
    });
  }

  /** The update that adds a part to the sum, for all parts but the last. */
  collect(name: string, part: Value): { readonly variable: Variable; readonly value: Value } {
    const sum = sumOf(name, part);
    return { variable: sum, value: select(equal(this.index, 0), part, add(sum, part)) };
  }

  /** The mean over all parts, computed with the last part. */
  mean(name: string, part: Value): Value {
    return mul(add(sumOf(name, part), part), 1 / this.count);
  }
}

/** The sum of a value over the parts of a batch. */
export function sumOf(name: string, { shape }: Value): Variable {
  return variable(`sum/${name}`, shape, { kind: 'zeros' }, 'sum');
}
