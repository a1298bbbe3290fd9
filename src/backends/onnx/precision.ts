/** Rewrites a program to the element types an ONNX file stores and computes in. */
// Tested by test/backends/onnx/model.test.ts.
import { held, invariant } from '../../compiler/invariant';
import { cast } from '../../compiler/ops/elementwise';
import { apply, is } from '../../compiler/ops/define';
import {
  constant,
  isVariable,
  topological,
  variable,
  type DType,
  type Program,
  type Value,
  type Variable,
} from '../../compiler/ir/graph';

/**
 * `fp16`: weights are float16, and so is what is computed from them, except for statistics (norms, softmax, reductions, powers
 * and exponentials), which are float32. `bf16`: matrices are stored as bfloat16 and cast to float32 for all computation,
 * since few runtimes have bfloat16 kernels. Inputs and outputs stay float32.
 */
export type OnnxPrecision = 'fp32' | 'fp16' | 'bf16';

/**
 * Differences, relative to an output's largest value, up to which a file at a precision counts as equal to the float32
 * program: rounding of float32 sums; of every half-precision product; of weights to 8 bits, which grows with depth.
 */
export const verifyTolerances: { readonly [P in OnnxPrecision]: number } = { fp32: 1e-4, fp16: 1e-2, bf16: 5e-2 };

const largestHalf = 65504;

/** The same computation at a precision, except for values that `isExact` names; inputs and outputs keep their names and types. */
export function inOnnxPrecision(
  program: Program,
  precision: OnnxPrecision,
  isExact: (v: Value) => boolean = () => false,
): Program {
  switch (precision) {
    case 'fp32':
      return program;
    case 'fp16':
      return mapProgram(program, new HalfPrecision(program, isExact));
    case 'bf16':
      return mapProgram(program, { leaf: bfloat16Stored, operands: (_, inputs) => inputs });
  }
}

/** How a precision changes the leaves of a graph and the operands of ops. */
interface PrecisionRule {
  leaf(v: Value): Value;
  operands(v: Value, inputs: readonly Value[]): readonly Value[];
}

function mapProgram(program: Program, rule: PrecisionRule): Program {
  const mapped = new Map<Value, Value>();
  for (const v of topological(Object.values(program.outputs))) {
    const inputs = rule.operands(
      v,
      v.inputs.map((x) => held(mapped, x)),
    );
    const same = inputs.every((x, i) => x === v.inputs[i]);
    mapped.set(v, v.op ? (same ? v : apply(v.op, inputs, v.attrs, v.scope)) : rule.leaf(v));
  }
  const outputs = Object.entries(program.outputs).map(
    ([name, v]) => [name, inDType(held(mapped, v), v.dtype)] as const,
  );
  return { ...program, outputs: Object.fromEntries(outputs) };
}

class HalfPrecision implements PrecisionRule {
  /** Weights that some op reads in half precision; the others, such as scales of norms, stay float32. */
  private readonly halved = new Set<Value>();
  private readonly casts = new Map<Value, Value>();

  constructor(
    program: Program,
    private readonly isExact: (v: Value) => boolean,
  ) {
    for (const v of topological(Object.values(program.outputs))) {
      if (v.op && v.op.traits.half !== 'statistic' && !isExact(v)) for (const x of v.inputs) this.halved.add(x);
    }
  }

  leaf(v: Value): Value {
    return isVariable(v) && v.dtype === 'f32' && this.halved.has(v) ? storedAs(v, 'f16') : v;
  }

  /** One half-precision operand makes all of them half. A statistic takes float32 and so gives float32. */
  operands(v: Value, inputs: readonly Value[]): readonly Value[] {
    if (!v.op || is(v, cast)) return inputs;
    if (v.op.traits.half === 'statistic' || this.isExact(v))
      return inputs.map((x) => (x.dtype === 'f16' ? this.as(x, 'f32') : x));
    if (!inputs.some((x) => x.dtype === 'f16')) return inputs;
    return inputs.map((x) => (x.dtype === 'f32' ? this.as(x, 'f16') : x));
  }

  private as(x: Value, dtype: 'f16' | 'f32'): Value {
    const known = this.casts.get(x);
    if (known) return known;
    const made = dtype === 'f16' && x.leaf?.kind === 'constant' ? halfConstant(x) : inDType(x, dtype);
    this.casts.set(x, made);
    return made;
  }
}

/** A constant in half precision. A number that is too large, such as a mask's -1e9, becomes the largest half instead of infinity. */
function halfConstant(v: Value): Value {
  invariant(v.leaf?.kind === 'constant', 'a value is no constant');
  const { shape, data } = v.leaf.data;
  const clamped = data.map((x) => (Number.isFinite(x) ? Math.max(-largestHalf, Math.min(largestHalf, x)) : x));
  return constant({ shape, data: clamped }, 'f16');
}

function bfloat16Stored(v: Value): Value {
  return isVariable(v) && v.dtype === 'f32' && v.shape.length >= 2 ? inDType(storedAs(v, 'bf16'), 'f32') : v;
}

function storedAs({ leaf, shape }: Variable, dtype: DType): Variable {
  return variable(leaf.name, shape, leaf.init, leaf.role, dtype);
}

function inDType(v: Value, dtype: DType): Value {
  return v.dtype === dtype ? v : apply(cast, [v], { dtype }, v.scope);
}
