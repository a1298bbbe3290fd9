/** The numbers of a walk that are known before it begins: all that depend on the step's number alone. */
// Tested by test/compiler/programs/walk.test.ts.
import { held } from '../../invariant';
import { evaluateValues } from '../../ir/evaluate';
import { input, operandsFirst, type NdArray, type Value } from '../../ir/graph';
import { is } from '../../ops/define';
import {
  equal,
  greater,
  greaterEqual,
  less,
  lessEqual,
  logicalAnd,
  logicalNot,
  logicalOr,
} from '../../ops/elementwise';

const comparisons = [
  { op: less, holds: (a: number, b: number) => a < b },
  { op: lessEqual, holds: (a: number, b: number) => a <= b },
  { op: greater, holds: (a: number, b: number) => a > b },
  { op: greaterEqual, holds: (a: number, b: number) => a >= b },
  { op: equal, holds: (a: number, b: number) => a === b },
];

export class WalkNumbers {
  /** The number of the step, from 0; `tables` give more known numbers for each step, by their leaves. */
  readonly index = input('loop/index', []);
  private readonly follows = new Map<Value, boolean>();

  constructor(private readonly tables: ReadonlyMap<Value, readonly number[]> = new Map()) {}

  /** Whether a value depends only on the number of the step, or is the same in all steps. */
  isKnown(value: Value): boolean {
    for (const v of operandsFirst([value], this.follows)) {
      const isLeaf = v.leaf !== null && (v.leaf.kind === 'constant' || v === this.index || this.tables.has(v));
      this.follows.set(v, isLeaf || (v.op !== null && v.inputs.every((x) => held(this.follows, x))));
    }
    return held(this.follows, value);
  }

  /** The float64 values of known scalars in a step. */
  at(values: readonly Value[], step: number): readonly number[] {
    const env = new Map<Value, NdArray>([[this.index, scalarArray(step)]]);
    for (const [leaf, numbers] of this.tables) env.set(leaf, scalarArray(numbers[step]));
    return evaluateValues(values, env).map(({ data }) => data[0]);
  }

  /** Whether a known condition holds in a step. Compared numbers are rounded to float32 first, so that 1 - 0.7 equals 0.3. */
  holds(condition: Value, step: number): boolean {
    if (is(condition, logicalNot)) return !this.holds(condition.inputs[0], step);
    if (is(condition, logicalAnd)) return condition.inputs.every((x) => this.holds(x, step));
    if (is(condition, logicalOr)) return condition.inputs.some((x) => this.holds(x, step));
    const compared = comparisons.find(({ op }) => is(condition, op));
    const [a, b] = this.at(compared ? condition.inputs : [condition], step).map(Math.fround);
    return compared ? compared.holds(a, b) : a !== 0;
  }
}

function scalarArray(x: number): NdArray {
  return { shape: [], data: Float64Array.of(x) };
}
