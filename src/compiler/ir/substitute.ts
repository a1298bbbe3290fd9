/** Rebuilds a graph with some values replaced, or with composites expanded. */
import { invariant, held } from '../invariant';
import { isComposite, rebuild, type AnyOp } from '../ops/define';
import { inScope, operandsFirst, type Value } from './graph';

/** The values with those in `map` replaced; values that do not depend on a replaced one stay the same objects. */
export function substitute(values: readonly Value[], map: ReadonlyMap<Value, Value>): Value[] {
  return transform(values, new Map(map), rebuild);
}

/** The values rebuilt by `make` from rebuilt operands; `done` holds the results known beforehand and receives the others. */
export function transform(
  values: readonly Value[],
  done: Map<Value, Value>,
  make: (v: Value, inputs: readonly Value[]) => Value,
): Value[] {
  for (const v of operandsFirst(values, done))
    done.set(
      v,
      make(
        v,
        v.inputs.map((x) => held(done, x)),
      ),
    );
  return values.map((v) => held(done, v));
}

/** The values with the composites that `which` selects expanded, until none is left. */
export function expandComposites(
  values: readonly Value[],
  which: (op: AnyOp) => boolean = () => true,
  done: Map<Value, Value> = new Map(),
): Value[] {
  return transform(values, done, (v, inputs) => {
    if (!v.op || !isComposite(v.op) || !which(v.op)) return rebuild(v, inputs);
    for (const x of inputs) done.set(x, x);
    return expandComposites([expansionOf(v, inputs)], which, done)[0];
  });
}

/** The expansion of a composite on `inputs`, in the composite's scope. */
export function expansionOf(v: Value, inputs: readonly Value[] = v.inputs): Value {
  const expand = v.op?.expand;
  invariant(expand, `${v.op?.opName ?? 'a leaf'} is no composite`);
  return inScope(v.scope, () => expand(inputs, v.attrs));
}
