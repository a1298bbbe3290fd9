/** Initial values of variables: drawn from a seed and the variable's name alone, so neither order nor backend matters. */
// Tested by test/backends/tfjs/session.test.ts.
import { staticShape, staticSize } from '../compiler/ir/dims';
import { drawName, type Variable } from '../compiler/ir/graph';
import { normalDraws, uniformDraws } from '../compiler/ops/philox';
import { hostDType, typedData } from './host';
import type { HostTensor } from './session';
import { fnv1a } from '../compiler/ir/fnv';

/** The initial value of one variable under a seed. */
export function initialValue(variable: Variable, seed: number): HostTensor {
  const dtype = hostDType(variable.dtype);
  return { shape: staticShape(variable.shape), dtype, data: typedData(draw(variable, seed), dtype) };
}

function draw(variable: Variable, seed: number): Float64Array {
  const { init } = variable.leaf;
  const count = staticSize(variable.shape);
  const name = drawName(variable);
  const key = [seed | 0, Math.floor(seed / 2 ** 32) | 0];
  switch (init.kind) {
    case 'zeros':
      return new Float64Array(count);
    case 'ones':
      return new Float64Array(count).fill(1);
    case 'constant':
      return new Float64Array(count).fill(init.value);
    case 'table':
      return init.data.data.slice();
    case 'normal':
      return normalDraws(key, streamOf(name), count).map((x) => x * init.std);
    case 'uniform':
      return uniformDraws(key, streamOf(name), count).map((x) => (2 * x - 1) * init.bound);
  }
}

/** A stream number from a name (FNV-1a over UTF-16 units). */
function streamOf(name: string): number {
  return fnv1a(Array.from({ length: name.length }, (_, i) => name.charCodeAt(i)));
}
