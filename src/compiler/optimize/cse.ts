/** Common subexpression elimination: the same op on the same operands is computed once. */
import { SymbolicDim, formatDim, formatShape } from '../ir/dims';
import type { NdArray, Value } from '../ir/graph';
import { mapValues, type Pass } from './map-values';

/** Ops are functions of their operands and attributes (random ones of their seed), so equal keys mean equal values. */
export const cse: Pass = {
  name: 'cse',
  doc: 'The same op on the same operands is computed once.',
  run: (program) => {
    const seen = new Map<string, Value>();
    const arrays = new Map<NdArray, number>();
    return mapValues(program, (v) => {
      const key = keyOf(v, arrays);
      if (key === null) return v;
      const first = seen.get(key);
      if (!first) seen.set(key, v);
      return first ?? v;
    });
  },
};

/** A text that is equal for values that are certainly equal; null for leaves, which are compared by identity. */
function keyOf(v: Value, arrays: Map<NdArray, number>): string | null {
  if (v.op) {
    const operands = v.inputs.map((x) => x.id);
    if (v.op.traits.commutative) operands.sort((a, b) => a - b);
    return `${v.op.opName}(${operands.join(',')})${attributesKey(v.attrs)}`;
  }
  if (v.leaf?.kind !== 'constant') return null;
  const { data } = v.leaf;
  if (data.data.length <= 64) return `${v.dtype}${formatShape(v.shape)}${[...data.data].map(exactly).join(',')}`;
  const number = arrays.get(data) ?? arrays.size;
  arrays.set(data, number);
  return `${v.dtype} array ${number}`;
}

function exactly(x: number): string {
  return Object.is(x, -0) ? '-0' : String(x);
}

/** Attributes as text; passes share attribute objects, so each text is made once. */
function attributesKey(attrs: object): string {
  const known = attributeKeys.get(attrs);
  if (known !== undefined) return known;
  const key = JSON.stringify(attrs, (_, x: unknown) => (x instanceof SymbolicDim ? `dim ${formatDim(x)}` : x));
  attributeKeys.set(attrs, key);
  return key;
}

const attributeKeys = new WeakMap<object, string>();
