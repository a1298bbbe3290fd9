/** Random models of products and attention over tensors that constants and weights scale, which ONNX Runtime fuses with them. */
import type { Random } from '../random';

/** A tensor of the model, of two axes or three, by its name in the spec. */
interface Tensor {
  readonly name: string;
  readonly shape: readonly number[];
}

/** A model without taps: an output on the way would keep a runtime from fusing what makes it. */
export function generateScaled(random: Random): string {
  const side = random.pick([1, 2, 4]);
  const lines = [
    'model M() {',
    `  input noisy: image(${side}x${side}, channels: 1)`,
    '  input time: scalar',
    '  let gain = param([], init: normal(1)) @gain',
    '  let row = param([1], init: normal(1)) @row',
  ];
  const tensors: Tensor[] = [
    { name: 'noisy', shape: [1, side, side] },
    { name: 'flat', shape: [side, side] },
  ];
  lines.push('  let flat = rearrange(noisy, "c h w -> (c h) w")');
  const wanted = 3 + random.below(8);
  for (let i = 1; i <= wanted; i++) {
    const x = random.chance(0.6) ? tensors[tensors.length - 1] : random.pick(tensors);
    const { text, shape } = random.pick(makers)(random, x, tensors);
    lines.push(`  let v${i} = ${text.replace('@bias', `@bias${i}`)}`);
    tensors.push({ name: `v${i}`, shape });
  }
  const used = tensors.slice(-3).map(({ name, shape }) => `tanh(${shape.reduce((text) => `mean(${text})`, name)})`);
  lines.push(`  output velocity: image(${side}x${side}, channels: 1) = noisy + ${used.join(' + ')}`, '}', '');
  return lines.join('\n');
}

/** An expression and the shape of what it gives. */
interface Made {
  readonly text: string;
  readonly shape: readonly number[];
}

type Maker = (random: Random, x: Tensor, all: readonly Tensor[]) => Made;

const makers: readonly Maker[] = [
  (random, x) => ({ text: scaled(random, x.name), shape: x.shape }),
  (random, x) => ({ text: scaled(random, x.name), shape: x.shape }),
  (_, x) => ({ text: turned(x), shape: swapped(x.shape) }),
  headed,
  multiplied,
  attended,
  attended,
  attended,
  (random, x) => ({ text: `${random.pick(['relu', 'gelu', 'softmax', 'tanh'])}(${x.name})`, shape: x.shape }),
];

/** Splits two heads, or puts heads together. */
function headed(random: Random, { name, shape }: Tensor): Made {
  const [n, e] = shape.slice(-2);
  if (shape.length === 3) return { text: `rearrange(${name}, "h n e -> n (h e)")`, shape: [n, shape[0] * e] };
  if (e % 2 === 0) return { text: `rearrange(${name}, "n (h e) -> h n e", h: 2)`, shape: [2, n, e / 2] };
  return { text: scaled(random, name), shape };
}

function multiplied(random: Random, x: Tensor, all: readonly Tensor[]): Made {
  const fitting = all.filter((t) => t.shape.join() === swapped(x.shape).join());
  const right = fitting.length > 0 && random.chance(0.5) ? random.pick(fitting).name : turned(x);
  const text = finished(random, `matmul(${factor(random, x.name)}, ${factor(random, right)})`);
  return { text, shape: [...x.shape.slice(0, -1), x.shape[x.shape.length - 2]] };
}

function attended(random: Random, x: Tensor, all: readonly Tensor[]): Made {
  const alike = all.filter((t) => t.shape.join() === x.shape.join());
  const operand = (): string => factor(random, random.chance(0.7) ? x.name : random.pick(alike).name);
  const n = x.shape[x.shape.length - 2];
  const scale = random.pick(['', '', ', scale: 0.5', ', scale: -0.7', ', scale: 1']);
  const more = random.pick(['', '', ', causal: true', `, bias: param([${n}, ${n}], init: normal(1)) @bias`]);
  return { text: finished(random, `attend(${operand()}, ${operand()}, ${operand()}${more}${scale})`), shape: x.shape };
}

function factor(random: Random, text: string): string {
  return random.chance(0.4) ? scaled(random, text) : text;
}

function finished(random: Random, text: string): string {
  return random.chance(0.3) ? scaled(random, text) : text;
}

function scaled(random: Random, text: string): string {
  const by = random.pick(['0.8', '-0.7', '2', 'gain', 'row', 'gain']);
  const divisor = random.pick(['2', '-3', '(1.5 + 0.2)']);
  return random.pick([`(${by} * ${text})`, `(${text} * ${by})`, `(${text} / ${divisor})`, `-${text}`]);
}

function swapped(shape: readonly number[]): number[] {
  return [...shape.slice(0, -2), shape[shape.length - 1], shape[shape.length - 2]];
}

function turned({ name, shape }: Tensor): string {
  return shape.length === 2 ? `rearrange(${name}, "a b -> b a")` : `rearrange(${name}, "h a b -> h b a")`;
}
