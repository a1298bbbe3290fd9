/** Random small models: calls of the language's words and operators on values of every kind, most of them wrong. */
import { words } from '../../src/compiler/lower/words/index';
import type { Random } from '../random';

const names = [...words.keys()];
const operators = ['+', '-', '*', '/', '^', '%', '<', '<=', '>', '>=', '==', '!=', 'and', 'or', ':'];
const values = [
  ...['image', 'b', 'i', 't', 'label', 'toks', 'mask', 'feats', 'rows', 'n', 'k', 'size', 'grid', 'f', 'w', 'r'],
  ...['0', '1', '2', '3', '-1', '0.5', '8', '1e9', 'true', 'false', '"n c -> c n"', '"c h w -> (h w) c"', '4:1', '2x2'],
  ...['none', 'zero', 'normal(0.02)', 'xavier', '[4, 8, 8]', '[8, 4]', '[]', '(image, image)', 'x => x', 'Twice'],
];

/** One model with some statements that a generator which knows no types has put together. */
export function generate(random: Random): string {
  const statements = Array.from({ length: 1 + random.below(4) }, (_, i) => `  ${statement(random, i)}`);
  return [...head, ...statements, `  output velocity: image(size) = ${expression(random, 3)}`, '}', ''].join('\n');
}

const head = [
  'block Twice(x: [...]) { x * 2 }',
  'model M(size: Size = 8x8, n: Int = 4, k: Int = 3, w: Float = 0.5, f: Bool = true, r: Ratio = 4:1, c: red | blue = red) {',
  '  input image: image(size, 4)',
  '  input t: scalar',
  '  input label: class(3)',
  '  input toks: tokens(9, 8)',
  '  input feats: text(width: 4)',
  '  input mask: mask(8)',
  '  let b = image > 0',
  '  let i = range(4)',
  '  let grid = size / 2',
  '  let rows = rearrange(image, "c h w -> (h w) c")',
];

function statement(random: Random, index: number): string {
  const value = expression(random, 3);
  switch (random.below(8)) {
    case 0:
      return `require ${value}, "it is {n} and {grid.height}"`;
    case 1:
      return `if ${expression(random, 2)} { let rows = ${value} }`;
    case 2:
      return `tap t${index} = ${value}`;
    case 3:
      return `pathway p${index}: ${expression(random, 1)} of ${expression(random, 1)} { ${value} }`;
    case 4:
      return `let (a${index}, b${index}) = ${value}`;
    default:
      return `let ${random.pick(['rows', 'b', 'i', 'n', 'image', `v${index}`])} = ${value}`;
  }
}

function expression(random: Random, depth: number): string {
  if (depth === 0 || random.chance(0.2)) return random.pick(values);
  const inner = (): string => expression(random, depth - 1);
  switch (random.below(12)) {
    case 0:
    case 1:
    case 2:
      return `(${inner()} ${random.pick(operators)} ${inner()})`;
    case 3:
      return `${random.pick(['-', 'not '])}${inner()}`;
    case 4:
      return `${inner()}.${random.pick(['height', 'width', 'area', 'tokens', 'rank', 'left'])}`;
    case 5:
      return `${inner()}[${random.pick(['0', '1', '-1', 'n'])}]`;
    case 6:
      return `if ${inner()} { ${inner()} } else { ${inner()} }`;
    case 7:
      return `${inner()} |> ${random.pick([random.pick(names), 'repeat(2) Twice', 'repeat(j in n) x => x * j'])}`;
    default:
      return callOf(random, inner);
  }
}

/** A call with about as many arguments as the word takes. */
function callOf(random: Random, inner: () => string): string {
  const name = random.pick(names);
  const { parameters, rest, openNames } = words.get(name)!.signature;
  const args = parameters.flatMap((p) => {
    if (!p.required && random.chance(0.6)) return [];
    return [p.required ? inner() : `${p.name}: ${inner()}`];
  });
  if (rest || openNames) args.unshift(...Array.from({ length: random.below(3) }, inner));
  return `${name}(${args.join(', ')})${random.chance(0.2) ? ` @l${random.below(3)}` : ''}`;
}
