/** Random well-typed models: every statement fits the shapes before it, up to seven axes beside the batch. */
import type { Random } from '../random';

/** A tensor of the model, by its name in the spec. */
interface Tensor {
  readonly name: string;
  readonly shape: readonly number[];
  /** Whether it holds truth values, which are 0 and 1 wherever numbers are wanted. */
  readonly isTruth?: boolean;
}

/** An expression and what it gives. */
interface Made {
  readonly text: string;
  readonly shape: readonly number[];
  readonly isTruth?: boolean;
}

/** Picks a tensor, of those that are wanted if there are some. */
type Pick = (isWanted?: (t: Tensor) => boolean) => Tensor;

type Maker = (random: Random, pick: Pick) => Made | null;

const mostAxes = 7;
const mostElements = 2000;
/** Keys that a mask may leave out. */
const maskedKeys = 2;

/** A model of some statements; every one that is kept is a tap, so that all numbers on the way can be compared. */
export function generateModel(random: Random): string {
  const [side, channels] = [random.pick([2, 4]), random.pick([1, 2, 3])];
  const extra = shapeOf(random, 1 + random.below(6));
  const tensors: Tensor[] = [
    { name: 'noisy', shape: [channels, side, side] },
    { name: 'time', shape: [] },
    { name: 'extra', shape: extra },
    { name: 'kept', shape: [maskedKeys], isTruth: true },
  ];
  const lines = [
    'model M() {',
    `  input noisy: image(${side}x${side}, channels: ${channels})`,
    '  input time: scalar',
    '  input label: class(5)',
    `  input extra: [${extra.join(', ')}]`,
    `  input seen: mask(${maskedKeys})`,
    '  let kept = seen != 0',
    '  let v0 = embed(label, 6) @w0',
  ];
  tensors.push({ name: 'v0', shape: [6] });
  const wanted = 5 + random.below(12);
  for (let i = 1, tries = 0; i < wanted && tries < 200; tries++) {
    const made = random.pick(makers)(random, (isWanted = () => true) => {
      const wanted = tensors.filter(isWanted);
      const all = wanted.length > 0 ? wanted : tensors;
      return random.chance(0.6) ? all[all.length - 1 - random.below(Math.min(4, all.length))] : random.pick(all);
    });
    if (!made || made.shape.length > mostAxes || size(made.shape) > mostElements || size(made.shape) === 0) continue;
    const name = `v${i++}`;
    lines.push(`  tap ${name} = ${made.text}`.replace(/@W/g, `@w${i}`));
    tensors.push({ name, shape: made.shape, isTruth: made.isTruth });
  }
  const last = tensors.slice(-3).map(({ name, shape }) => `tanh(${shape.reduce((text) => `mean(${text})`, name)})`);
  lines.push(`  output velocity: image(${side}x${side}, channels: ${channels}) = noisy + ${last.join(' + ')}`, '}', '');
  return lines.join('\n');
}

const unary = ['abs', 'cos', 'sin', 'tanh', 'gelu', 'gelu_tanh', 'relu', 'sigmoid', 'silu', 'square', 'softmax'];

const makers: readonly Maker[] = [
  (random, pick) => {
    const x = pick();
    const name = random.pick(unary);
    return name === 'softmax' && x.shape.length === 0 ? null : { text: `${name}(${x.name})`, shape: x.shape };
  },
  (random, pick) => {
    const x = pick();
    const text = random.pick([`exp(tanh(${x.name}))`, `log(1.5 + square(${x.name}))`, `sqrt(0.5 + square(${x.name}))`]);
    return { text, shape: x.shape };
  },
  arithmetic,
  arithmetic,
  (random, pick) => {
    const x = pick();
    const [a, b] = [random.pick(['0.8', '-0.7', '2', '0.5']), random.pick(['+ 0.25', '- 1', '* 0.7', '/ 2', '/ 3'])];
    return { text: `${x.name} * ${a} ${b}`, shape: x.shape };
  },
  rearranged,
  rearranged,
  rearranged,
  (random, pick) => {
    const x = pick();
    const out = 1 + random.below(5);
    const bias = random.chance(0.5) ? '' : ', bias: false';
    return x.shape.length > 0 ? { text: `linear(${x.name}, ${out}${bias}) @W`, shape: x.shape.with(-1, out) } : null;
  },
  (random, pick) => {
    const x = pick();
    const [word, eps] = [random.pick(['rms_norm', 'layer_norm']), '0.1'];
    return x.shape.length > 0 ? { text: `${word}(${x.name}, eps: ${eps}) @W`, shape: x.shape } : null;
  },
  (random, pick) => {
    const x = pick();
    const [channels] = x.shape;
    const groups = channels % 2 === 0 && random.chance(0.5) ? 2 : 1;
    return x.shape.length >= 2
      ? { text: `group_norm(${x.name}, groups: ${groups}, eps: 0.1) @W`, shape: x.shape }
      : null;
  },
  convolution,
  (_, pick) => {
    const x = pick();
    const [h, w] = x.shape.slice(-2);
    return x.shape.length >= 2
      ? { text: `upsample(${x.name}, 2)`, shape: [...x.shape.slice(0, -2), 2 * h, 2 * w] }
      : null;
  },
  attended,
  attended,
  compared,
  compared,
  reasoned,
  reasoned,
  converted,
  (random, pick) => {
    const x = pick();
    const [n, e] = x.shape.slice(-2);
    if (x.shape.length < 2 || e % 2 !== 0) return null;
    const angles = `rearrange(range(${(n * e) / 2}), "(n e) -> n e", n: ${n}) * ${random.pick(['0.3', '0.7'])}`;
    return { text: `rope(${x.name}, ${angles})`, shape: x.shape };
  },
  multiplied,
  multiplied,
  (random, pick) => {
    const x = pick();
    if (x.shape.length === 0) return null;
    const axis = random.below(x.shape.length);
    const keep = random.chance(0.4);
    const word = random.pick(['mean', 'sum']);
    const shape = keep ? x.shape.with(axis, 1) : x.shape.toSpliced(axis, 1);
    return { text: `${word}(${x.name}, axis: ${axis}${keep ? ', keep: true' : ''})`, shape };
  },
  (random, pick) => {
    const x = pick();
    if (x.shape.length === 0) return null;
    const axis = random.below(x.shape.length);
    const other = random.chance(0.5) ? x.name : `tanh(${x.name})`;
    return { text: `concat(${x.name}, ${other}, axis: ${axis})`, shape: x.shape.with(axis, 2 * x.shape[axis]) };
  },
  (_, pick) => {
    const x = pick();
    return { text: `stack(${x.name}, sin(${x.name}))`, shape: [...x.shape, 2] };
  },
  (_, pick) => {
    const x = pick();
    return { text: `stack(${x.name}, sin(${x.name}))`, shape: [...x.shape, 2] };
  },
  (random, pick) => {
    const x = pick();
    if (x.shape.length === 0) return null;
    const axis = random.below(x.shape.length);
    const from = random.below(x.shape[axis]);
    const count = 1 + random.below(x.shape[axis] - from);
    return { text: `slice(${x.name}, ${from}, ${count}, axis: ${axis})`, shape: x.shape.with(axis, count) };
  },
  (random, pick) => {
    const x = pick();
    const lead = shapeOf(random, random.below(3));
    const shape = [...lead, ...x.shape.map((d) => (d === 1 ? 1 + random.below(3) : d))];
    return { text: `broadcast(${x.name}, [${shape.join(', ')}])`, shape };
  },
  (random) => {
    const shape = shapeOf(random, 1 + random.below(4));
    return { text: `param([${shape.join(', ')}], init: normal(1)) @W`, shape };
  },
];

/** Two tensors that broadcast: a and what is left of it after means, or after leading axes are cut. */
function arithmetic(random: Random, pick: Pick): Made | null {
  const [a, b] = [pick(), pick()];
  const shape = broadcast(a.shape, b.shape);
  if (!shape) return null;
  const [op, text] = [random.pick(['+', '-', '*', '/']), b.name];
  return { text: `${a.name} ${op} ${op === '/' ? `(1.5 + square(${text}))` : text}`, shape };
}

/** Splits an axis, reorders, and merges neighbours. */
function rearranged(random: Random, pick: Pick): Made | null {
  const x = pick();
  if (x.shape.length === 0) return null;
  const given: string[] = [];
  const axes: { name: string; size: number }[] = [];
  const left = x.shape.map((d, i) => {
    const divisor = [2, 3].find((k) => d % k === 0);
    if (!divisor || random.chance(0.6)) {
      axes.push({ name: `a${i}`, size: d });
      return `a${i}`;
    }
    given.push(`b${i}: ${divisor}`);
    axes.push({ name: `a${i}`, size: d / divisor }, { name: `b${i}`, size: divisor });
    return `(a${i} b${i})`;
  });
  const order = random.chance(0.3) ? axes : shuffled(axes, random);
  const shape: number[] = [];
  const right: string[] = [];
  for (let i = 0; i < order.length; i++) {
    if (i + 1 < order.length && random.chance(0.25)) {
      right.push(`(${order[i].name} ${order[i + 1].name})`);
      shape.push(order[i].size * order[++i].size);
    } else {
      right.push(order[i].name);
      shape.push(order[i].size);
    }
  }
  const sizes = given.length > 0 ? `, ${given.join(', ')}` : '';
  return { text: `rearrange(${x.name}, "${left.join(' ')} -> ${right.join(' ')}"${sizes})`, shape };
}

function convolution(random: Random, pick: Pick): Made | null {
  const x = pick();
  const [channels, h, w] = x.shape;
  if (x.shape.length !== 3 || h < 2 || w < 2) return null;
  const [kernel, stride] = [random.pick([1, 2, 3]), random.pick([1, 1, 2])];
  const padding = Math.floor(kernel / 2);
  const groups = channels % 2 === 0 && random.chance(0.4) ? 2 : 1;
  const out = groups * (1 + random.below(3));
  const side = (d: number): number => Math.floor((d + 2 * padding - kernel) / stride) + 1;
  const text = `conv2d(${x.name}, ${out}, kernel: ${kernel}, stride: ${stride}, padding: ${padding}, groups: ${groups}) @W`;
  return side(h) > 0 && side(w) > 0 ? { text, shape: [out, side(h), side(w)] } : null;
}

/** Attention of a tensor over itself, or over what is made of it, now and then without some keys. */
function attended(random: Random, pick: Pick): Made | null {
  const isMasked = random.chance(0.4);
  const x = pick(({ shape }) => shape.length >= 2 && (!isMasked || shape.at(-2) === maskedKeys));
  if (x.shape.length < 2) return null;
  const operand = (): string => random.pick([x.name, x.name, `tanh(${x.name})`, `${x.name} * 0.8`]);
  const scale = random.chance(0.5) ? '' : `, scale: ${random.pick(['0.5', '-0.7', '1'])}`;
  const mask = isMasked && x.shape.at(-2) === maskedKeys ? ', mask: seen' : '';
  return { text: `attend(${operand()}, ${operand()}, ${operand()}${mask}${scale})`, shape: x.shape };
}

/** Truth values of numbers, at limits that no sum of round numbers meets. */
function compared(random: Random, pick: Pick): Made | null {
  const isNumber = (t: Tensor): boolean => t.isTruth !== true;
  const [a, b] = [pick(isNumber), pick(isNumber)];
  const isLimited = random.chance(0.6) || a.name === b.name;
  const shape = isLimited ? a.shape : broadcast(a.shape, b.shape);
  const limit = isLimited ? random.pick(['0.1371', '-0.2913', '0.5127']) : b.name;
  return shape && { text: `${a.name} ${random.pick(['<', '<=', '>', '>='])} ${limit}`, shape, isTruth: true };
}

/** Truth values of truth values. */
function reasoned(random: Random, pick: Pick): Made | null {
  const [a, b] = [pick((t) => t.isTruth === true), pick((t) => t.isTruth === true)];
  if (random.chance(0.2)) return { text: `not ${a.name}`, shape: a.shape, isTruth: true };
  const shape = broadcast(a.shape, b.shape);
  return shape && { text: `${a.name} ${random.pick(['and', 'or', '==', '!='])} ${b.name}`, shape, isTruth: true };
}

/** Truth values as numbers, and numbers as truth values, of which none is close to where its value changes. */
function converted(random: Random, pick: Pick): Made | null {
  const x = pick();
  const to = random.pick(['Float', 'Int', 'Bool']);
  const limit = random.pick(['0.1371', '-0.2913', '0.5127']);
  const truth = x.isTruth === true ? x.name : `${x.name} > ${limit}`;
  if (to === 'Bool') return { text: `cast(3 * (${truth}), "Bool")`, shape: x.shape, isTruth: true };
  return { text: `cast(${truth}, "${to}") * 0.7`, shape: x.shape };
}

/** x with its own transpose, on either side, or with a weight. */
function multiplied(random: Random, pick: Pick): Made | null {
  const x = pick();
  const [n, m] = x.shape.slice(-2);
  if (x.shape.length < 2) return null;
  const names = x.shape.map((_, i) => `a${i}`);
  const swapped = [...names.slice(0, -2), names[names.length - 1], names[names.length - 2]];
  const turned = `rearrange(${x.name}, "${names.join(' ')} -> ${swapped.join(' ')}")`;
  const lead = x.shape.slice(0, -2);
  if (random.chance(0.5)) return { text: `matmul(${x.name}, ${turned}) * 0.5`, shape: [...lead, n, n] };
  return { text: `matmul(${turned}, ${x.name}) * 0.5`, shape: [...lead, m, m] };
}

function broadcast(a: readonly number[], b: readonly number[]): number[] | null {
  const rank = Math.max(a.length, b.length);
  const at = (s: readonly number[], i: number): number => s[i - rank + s.length] ?? 1;
  const shape = Array.from({ length: rank }, (_, i) => Math.max(at(a, i), at(b, i)));
  const fits = shape.every((d, i) => [a, b].every((s) => at(s, i) === d || at(s, i) === 1));
  return fits ? shape : null;
}

function shapeOf(random: Random, rank: number): number[] {
  return Array.from({ length: rank }, () => random.pick([1, 2, 2, 3, 4]));
}

function size(shape: readonly number[]): number {
  return shape.reduce((a, b) => a * b, 1);
}

function shuffled<T>(items: readonly T[], random: Random): T[] {
  const left = [...items];
  return items.map(() => left.splice(random.below(left.length), 1)[0]);
}
