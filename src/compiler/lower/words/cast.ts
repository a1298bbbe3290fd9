/** The word `cast`: truth values as numbers, and numbers as truth values or whole numbers. */
import type { DType } from '../../ir/graph';
import { cast as castOp } from '../../ops/elementwise';
import { mapTensor } from '../tensors';
import { numberValue, type Evaluated } from '../values';
import { takes } from './parameter';
import { word } from './word';

/** What a value can become, and the elements of a tensor that has become it. */
const dtypes = { Float: 'f32', Int: 'i32', Bool: 'bool' } as const satisfies { readonly [kind: string]: DType };
type Kind = keyof typeof dtypes;

export const cast = word(
  'cast',
  'Every element as another kind: a "Float", an "Int", which is what is left without the digits after the point, or a "Bool", which is true for all but 0. True is 1 and false is 0. Words that want numbers need no cast of truth values. Only a Float of a Float has a derivative.',
  {
    x: { ...takes('number or tensor', 'numbers, or true and false'), range: {} },
    to: takes('String', 'what they become: "Float", "Int" or "Bool"'),
  },
  (_, args) => {
    const [x, name] = [args.value('x'), args.value('to')];
    const to = isKind(name) ? name.value : args.wrongKind('to', '"Float", "Int" or "Bool"');
    if (x?.kind === 'tensor' && x.classes === null)
      return x.value.dtype === dtypes[to] ? x : mapTensor((v) => castOp(v, { dtype: dtypes[to] }), x);
    if (x?.kind === 'number') return ofNumber(x.value, to);
    if (x?.kind === 'boolean') return ofNumber(Number(x.value), to);
    // A size that is known when the model runs is a whole number above 0.
    if (x?.kind === 'dim' && to !== 'Bool') return x;
    return args.wrongKind('x', 'numbers, or true and false');
  },
);

function isKind(v: Evaluated | null): v is { readonly kind: 'string'; readonly value: Kind } {
  return v?.kind === 'string' && Object.hasOwn(dtypes, v.value);
}

function ofNumber(x: number, to: Kind): Evaluated {
  if (to === 'Bool') return { kind: 'boolean', value: x !== 0 };
  return to === 'Int' ? numberValue(Math.trunc(x), true) : numberValue(x, false);
}
