/** Weights that PyTorch has a layer for: which values a layer computes, and how it is made. */
// Tested by test/backends/pytorch/emit/model.test.ts.
import type { Initializer, Value, Variable } from '../../../compiler/ir/graph';
import { is } from '../../../compiler/ops/define';
import { conv2d, groupNorm } from '../../../compiler/ops/convolution';
import { add } from '../../../compiler/ops/elementwise';
import { gather } from '../../../compiler/ops/indexing';
import { linear } from '../../../compiler/ops/linalg';
import { reshape } from '../../../compiler/ops/movement';
import { layerNorm, rmsNorm } from '../../../compiler/ops/nn';
import { number } from '../expression';
import { sized } from './sizes';

/** `self.NAME(x)`, which computes `value` of `x` by its weights. */
export interface Layer {
  /** Relative to the unit whose weights these are. */
  readonly path: string;
  /** `nn.Linear(768, 1152)`. */
  readonly made: string;
  readonly value: Value;
  readonly x: Value;
  /** Values that it computes on the way. */
  readonly within: readonly Value[];
  readonly weights: readonly Variable[];
  /** The initial values that PyTorch gives its weights, in the order of `weights`. */
  readonly starts: readonly (Initializer | null)[];
}

type Users = ReadonlyMap<Value, readonly Value[]>;

/** The layer that reads `weight`, if one layer does everything that is done with it. */
export function layerOf(
  weight: Variable,
  path: string,
  own: ReadonlyMap<string, Variable>,
  users: Users,
): Layer | null {
  const name = relative(weight, path);
  const dot = name.lastIndexOf('.');
  const [y, ...others] = users.get(weight) ?? [];
  if (dot < 0 || name.slice(dot + 1) !== 'weight' || !y || others.length > 0) return null;
  const prefix = name.slice(0, dot);
  const bias = own.get(`${prefix}.bias`);
  const siblings = [...own.keys()].filter((key) => key.startsWith(`${prefix}.`)).length;
  if (siblings !== (bias ? 2 : 1)) return null;
  const [x] = y.inputs;
  const start = (bound: number): Initializer => ({ kind: 'uniform', bound });
  const sizes = weight.shape.map((d) => sized(d));

  if (is<object>(y, linear) && y.inputs[1] === weight) {
    const fanIn = start(1 / Math.sqrt(Number(weight.shape[1])));
    const made = `nn.Linear(${sizes[1]}, ${sizes[0]}${bias ? '' : ', bias=False'})`;
    return withBias({ path: prefix, made, value: y, x, within: [], weights: [weight], starts: [fanIn] }, bias, users);
  }
  if (is(y, conv2d) && y.inputs[1] === weight) {
    const { stride, padding, dilation = 1, groups } = y.attrs;
    const rest = Object.entries({ stride, padding, dilation, groups }).flatMap(([key, n]) => {
      return n === (key === 'padding' ? 0 : 1) ? [] : [`${key}=${n}`];
    });
    const [out, inner, ...kernel] = sizes;
    const window = kernel[0] === kernel[1] ? kernel[0] : `(${kernel.join(', ')})`;
    const reads = groups === 1 ? inner : sized(Number(weight.shape[1]) * groups);
    const made = `nn.Conv2d(${[reads, out, window, ...rest, ...(bias ? [] : ['bias=False'])].join(', ')})`;
    const fanIn = start(1 / Math.sqrt(weight.shape.slice(1).reduce<number>((a, d) => a * Number(d), 1)));
    return withBias({ path: prefix, made, value: y, x, within: [], weights: [weight], starts: [fanIn] }, bias, users);
  }
  if (is<object>(y, gather) && y.inputs[0] === weight && sizes.length === 2 && !bias) {
    const made = `nn.Embedding(${sizes.join(', ')})`;
    const starts = [{ kind: 'normal', std: 1 } as const];
    return { path: prefix, made, value: y, x: y.inputs[1], within: [], weights: [weight], starts };
  }
  const ones = { kind: 'ones' } as const;
  if (is(y, rmsNorm) && !bias) {
    const made = `nn.RMSNorm(${sizes[0]}, eps=${number(y.attrs.eps).text})`;
    return { path: prefix, made, value: y, x, within: [], weights: [weight], starts: [ones] };
  }
  const isBeside = bias && y.inputs[2] === bias && (users.get(bias) ?? []).length === 1;
  if (!isBeside) return null;
  const norm = {
    path: prefix,
    value: y,
    x,
    within: [],
    weights: [weight, bias],
    starts: [ones, { kind: 'zeros' } as const],
  };
  if (is(y, layerNorm)) return { ...norm, made: `nn.LayerNorm(${sizes[0]}, eps=${number(y.attrs.eps).text})` };
  if (is(y, groupNorm))
    return { ...norm, made: `nn.GroupNorm(${y.attrs.groups}, ${sizes[0]}, eps=${number(y.attrs.eps).text})` };
  return null;
}

/** A product to which a bias is added, if nothing else reads the product. */
function withBias(layer: Layer, bias: Variable | undefined, users: Users): Layer | null {
  if (!bias) return layer;
  const only = (v: Value): Value | null => {
    const [user, ...others] = users.get(v) ?? [];
    return user && others.length === 0 ? user : null;
  };
  const sum = only(layer.value);
  const read = only(bias);
  const moved = read && is(read, reshape) ? read : null;
  const added = moved ? only(moved) : read;
  if (!sum || sum !== added || !is<object>(sum, add)) return null;
  const within = [...layer.within, layer.value, ...(moved ? [moved] : [])];
  const weights = [...layer.weights, bias];
  return { ...layer, value: sum, within, weights, starts: [...layer.starts, layer.starts[0]] };
}

/** The path of a weight below that of a unit. */
export function relative({ leaf }: Variable, path: string): string {
  return path === '' ? leaf.name : leaf.name.slice(path.length + 1);
}
