/** Turns a record, whose rules name their operands, into the form for passes and backends, with operands by position. */
// Tested by test/compiler/ops/define.test.ts.
import type { AnyOp, Composite, GradientRule, Named, Names, Primitive, Types, Word } from './define';
import type { EagerOp, EagerTarget, EagerTensor, GraphDefOp, GraphDefTarget, OnnxOp, OnnxTarget } from './targets';

/** The record with operands by position. Only here does TypeScript not check the names and the type of attributes. */
export function byPosition<N extends Names, A extends object>(
  opName: string,
  facets: Primitive<N, A> | Composite<N, A>,
): AnyOp {
  const { doc, inputs, traits, infer, flops, grad, lower } = facets;
  const names: readonly N[number][] = inputs;
  // Every rule of every op begins here, so it is a loop.
  const named = <T>(values: readonly T[]): Named<N, T> => {
    const record: { [name: string]: T } = {};
    for (let i = 0; i < names.length; i++) record[names[i]] = values[i];
    return record as Named<N, T>;
  };
  const own = (attrs: object): A => attrs as A;
  const word = <S extends string, T, V>(
    lowering: 'expand' | S | ((target: T, v: Named<N, V>, attrs: A, types: Types<N>) => V | null),
    say: (target: T, name: S, operands: readonly V[]) => V,
  ): Word<T, V> | null => {
    if (lowering === 'expand') return null;
    if (typeof lowering === 'string') return (target, operands) => say(target, lowering, operands);
    return (target, operands, { attrs, types, type }) =>
      lowering(target, named(operands), own(attrs), { ...named(types), y: type });
  };
  const rule = (gradient: GradientRule<N, A>): AnyOp['grad'] => {
    return (values, y, dy, attrs) => {
      const given = gradient({ ...named(values), y, dy }, own(attrs));
      return names.map((name) => given[name]);
    };
  };
  return {
    opName,
    doc,
    inputs,
    traits,
    infer: (types, attrs) => infer(named(types), own(attrs)),
    flops: (sizes, y, attrs) => flops({ ...named(sizes), y }, own(attrs)),
    grad: typeof grad === 'string' ? grad : rule(grad),
    evaluate: 'evaluate' in facets ? (arrays, attrs, type) => facets.evaluate(named(arrays), own(attrs), type) : null,
    expand: 'expand' in facets ? (values, attrs) => facets.expand(named(values), own(attrs)) : null,
    lower: {
      graphDef: word(lower.graphDef, (g: GraphDefTarget, name: GraphDefOp, operands) => g.node(name, operands)),
      onnx: word(lower.onnx, (g: OnnxTarget, name: OnnxOp, operands) => g.node(name, operands)),
      eager: word(lower.eager, (tf: EagerTarget, name: EagerOp, operands) => functionOf(tf, name)(...operands)),
    },
    operator: { graphDef: nameOf(lower.graphDef), onnx: nameOf(lower.onnx), eager: nameOf(lower.eager) },
  };
}

function nameOf(lowering: unknown): string {
  return typeof lowering === 'string' ? lowering : 'own';
}

/** The function of an eager operator. Each takes its own number of operands, all tensors. */
function functionOf(tf: EagerTarget, name: EagerOp): (...operands: readonly EagerTensor[]) => EagerTensor {
  return tf[name] as (...operands: readonly EagerTensor[]) => EagerTensor;
}
