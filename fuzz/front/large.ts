/** Texts of any length that are one thing over and over: what costs more than linear time shows in them. */

/** By what they repeat: a text of about `size` characters. */
export const largeInputs: { readonly [what: string]: (size: number) => string } = {
  ...repeated({
    'round openers': '(',
    'square openers': '[',
    'curly openers': '{',
    'openers in lines': '{\n',
    'round closers': ')',
    'square closers': ']',
    'curly closers': '}',
    'closers in lines': '}\n',
    'brackets that do not match': '(]{)[}',
    'pairs of brackets': '(){}[]',
    'question marks': '?',
    'question marks apart': '? ',
    'letters outside ASCII': 'é',
    emoji: '🙂',
    'null characters': '\0',
    'carriage returns': '\r',
    'line ends': '\n',
    spaces: ' ',
    'tabs and letters': '\ta',
    quotes: '"',
    'quotes in lines': '"\n',
    backslashes: '\\',
    slashes: '/',
    stars: '*',
    'openers of comments': '/* ',
    comments: '/* a */',
    'comments of stars': '/***/',
    'line comments': '// a\n',
    'doc comments': '/// a\n',
    commas: ',',
    dots: '.',
    colons: ':',
    'equals signs': '=',
    arrows: '->',
    'fat arrows': '=>',
    pipes: '|>',
    bars: '|',
    'at signs': '@',
    'minus signs': '-',
    names: 'a ',
    'names in lines': 'a\n',
    'settings outside': 'a = 1\n',
    'lets outside': 'let a = 1\n',
    keywords: 'let if else repeat return ',
    'starts of blocks': 'block ',
    'starts of models in lines': 'model M\n',
    'starts of sections in lines': 'train t of M {\n',
    'starts of imports in lines': 'import {\n',
    numbers: '1 ',
    'malformed numbers': '1a2b ',
    sizes: '8x8 ',
    strings: '"a" ',
    'strings without an end': '"a\n',
    escapes: '"\\q" ',
  }),
  'one name': (size) => model(`let a = ${'a'.repeat(size)}`),
  'one number': (size) => model(`let _a = ${'1'.repeat(size)}`),
  'one string': (size) => model(`let _a = "${'a'.repeat(size)}"`),
  'one string of escapes': (size) => model(`let _a = "${'\\q'.repeat(size / 2)}"`),
  'one message': (size) => model(`require 1 > 2, "${'a'.repeat(size)}"`),
  'one message of braces': (size) => model(`require 1 > 2, "${'{a}'.repeat(size / 3)}"`),
  'one comment without an end': (size) => `${model('')}/*${' *'.repeat(size / 2)}`,
  'one doc comment': (size) => `/// ${'a'.repeat(size)}\n${model('')}`,
  ...chains({
    sums: ['1', ' + 1'],
    'sums of images': ['noisy', ' + noisy'],
    'sums over lines': ['1', ' +\n 1'],
    powers: ['1', ' ^ 1'],
    comparisons: ['1', ' == 1'],
    conjunctions: ['true', ' and true'],
    'pipes of calls': ['noisy', ' |> silu'],
    'pipes of functions': ['noisy', ' |> x => x'],
    members: ['size', '.height'],
    labels: ['silu(noisy)', ' @a'],
    indices: ['noisy', '[0]'],
    'calls of calls': ['silu', '(noisy)'],
    choices: ['1', ' | a'],
    'colons of ratios': ['1', ' : 1'],
  }),
  ...nested({
    calls: ['silu(', 'noisy', ')'],
    parentheses: ['(', '1', ')'],
    lists: ['[', '1', ']'],
    functions: ['x => ', 'x', ''],
    'functions of pairs': ['(x, y) => ', 'x', ''],
    signs: ['-', '1', ''],
    negations: ['not ', 'true', ''],
    conditions: ['if true { ', '1', ' } else { 2 }'],
    alternatives: ['if true { 1 } else ', '{ 2 }', ''],
    repeats: ['repeat(2) ', 'silu', ''],
    'calls with names': ['f(a: ', '1', ')'],
    'patterns of names': ['(a, ', '1', ') => 1'],
  }),
  ...statements({
    lets: (i) => `let a${i} = ${i}`,
    'lets of one name': () => 'let a = 1',
    'lets of the one before': (i) => (i === 0 ? 'let a0 = 1' : `let a${i} = a${i - 1} + 1`),
    'lets of tensors': (i) => `let a${i} = noisy + ${i}`,
    'lets of unknown names': (i) => `let _a${i} = unknown${i}`,
    'one unknown name': () => 'let _a = unknown',
    'bare values': () => '1',
    assignments: (i) => `a${i} = 1`,
    'missing values': () => 'let _a =',
    taps: (i) => `tap a${i} = noisy`,
    inputs: (i) => `input a${i}: scalar`,
    outputs: (i) => `output a${i} = noisy`,
    requirements: () => 'require true',
    'requirements that fail': () => 'require false',
    'conditions of statements': (i) => `if true { let a${i} = 1 }`,
    pathways: (i) => `pathway a${i}: 8 of 8 { noisy }`,
    layers: (i) => `let a${i} = linear(noisy, 8)`,
    'wrong operands': () => 'let _a = noisy + "a"',
    'wrong words': () => 'let _a = linear(1)',
    'unknown members': () => 'let _a = noisy.foo',
    'unknown arguments': () => 'let _a = linear(noisy, 8, foo: 1)',
  }),
  ...declarations({
    blocks: (i) => `block B${i}(x: [n]) { x }`,
    'blocks of one name': () => 'block B(x: [n]) { x }',
    'blocks of the one before': (i) => `block B${i}(x) { ${i === 0 ? 'x' : `B${i - 1}(x)`} }`,
    'blocks of the one after': (i) => `block B${i}(x) { B${i + 1}(x) }`,
    'blocks of themselves': (i) => `block B${i}(x) { B${i}(x) }`,
    'blocks without an end': (i) => `block B${i}(x) {`,
    'blocks without a value': (i) => `block B${i}(x) { }`,
    models: (i) => `model M${i}() { input noisy: image(8x8) output velocity = noisy }`,
    variants: (i) => `model M${i} = ${i === 0 ? 'M' : `M${i - 1}`}()`,
    'variants of one model': (i) => `model M${i} = M(size: 16x16)`,
    'variants of unknown models': (i) => `model M${i} = N${i}()`,
    imports: (i) => `import { a${i} } from "std/nn"`,
    'imports of unknown files': (i) => `import { a${i} } from "./a${i}"`,
    recipes: (i) => `train t${i} of M { steps = 1 }`,
    'recipes of unknown models': (i) => `train t${i} of N${i} { steps = 1 }`,
  }),
  parameters: (size) => `block B(${list(size, (i) => `p${i}: Int = ${i}`)}) { 1 }`,
  'parameters of one name': (size) => `block B(${list(size, () => 'p: Int = 1')}) { 1 }`,
  'parameters of a model': (size) =>
    `model M(${list(size, (i) => `p${i}: Int = ${i}`)}) { input noisy: image(8x8) output velocity = noisy }`,
  arguments: (size) => model(`let _a = silu(${list(size, () => '1')})`),
  'named arguments': (size) => model(`let _a = silu(${list(size, (i) => `a${i}: 1`)})`),
  'arguments with equals signs': (size) => model(`let _a = silu(${list(size, (i) => `a${i} = 1`)})`),
  'items of a list': (size) => model(`let _a = [${list(size, () => '1')}]`),
  'items of a tuple': (size) => model(`let _a = (${list(size, () => '1')})`),
  'axes of a type': (size) => `block B(x: [${list(size, (i) => `n${i}`)}]) { x }`,
  'words of a choice': (size) => `block B(x: ${Array.from({ length: size / 8 }, (_, i) => `w${i}`).join(' | ')}) { 1 }`,
  'names of an import': (size) => `import { ${list(size, (i) => `a${i}`)} } from "std/nn"`,
  'axes of a pattern': (size) => model(`let _a = rearrange(noisy, "${names(size / 2)} -> ${names(size / 2)}")`),
  'parts of a shape': (size) => model(`let _a = broadcast(noisy, [${list(size, () => '1')}])`),
  settings: (size) => `${model('')}train t of M {\n${lines(size, (i) => `  a${i} = 1`)}\n}`,
  'settings of one name': (size) => `${model('')}train t of M {\n${lines(size, () => '  steps = 1')}\n}`,
  'settings with colons': (size) => `${model('')}train t of M {\n${lines(size, (i) => `  a${i}: 1`)}\n}`,
  'paths of settings': (size) => `${model('')}train t of M { a${'.a'.repeat(size / 2)} = 1 }`,
  'paths with colons': (size) => `${model('')}train t of M { a${'.a'.repeat(size / 2)}: 1 }`,
  phases: (size) => `${model('')}train t of M {\n${lines(size, (i) => `  phase at ${i} { rate = 1 }`)}\n}`,
  cases: (size) => `${model('')}ablation a {\n${lines(size, (i) => `  case "c${i}" = M(size: ${i}x8)`)}\n}`,
  'points of a sweep': (size) => `${model('')}sweep a of M { size in [${list(size, (i) => `${i + 1}x8`)}] }`,
};

type Inputs = { [what: string]: (size: number) => string };

function repeated(pieces: { readonly [what: string]: string }): Inputs {
  return mapped(pieces, (piece) => (size) => piece.repeat(size / piece.length));
}

/** `first` followed by many of `next`. */
function chains(pieces: { readonly [what: string]: readonly [first: string, next: string] }): Inputs {
  return mapped(
    pieces,
    ([first, next]) =>
      (size) =>
        model(`let _a = ${first}${next.repeat(size / next.length)}`),
  );
}

function nested(pieces: { readonly [what: string]: readonly [before: string, middle: string, after: string] }): Inputs {
  const named = Object.fromEntries(Object.entries(pieces).map(([what, piece]) => [`nested ${what}`, piece]));
  return mapped(named, ([before, middle, after]) => (size) => {
    const depth = size / (before.length + after.length);
    return model(`let _a = ${before.repeat(depth)}${middle}${after.repeat(depth)}`);
  });
}

function statements(pieces: { readonly [what: string]: (i: number) => string }): Inputs {
  return mapped(pieces, (piece) => (size) => model(lines(size, (i) => `  ${piece(i)}`)));
}

function declarations(pieces: { readonly [what: string]: (i: number) => string }): Inputs {
  return mapped(pieces, (piece) => (size) => `${lines(size, piece)}\n${model('')}`);
}

function mapped<T>(pieces: { readonly [what: string]: T }, make: (piece: T) => (size: number) => string): Inputs {
  return Object.fromEntries(Object.entries(pieces).map(([what, piece]) => [what, make(piece)]));
}

function model(body: string): string {
  return `model M(size: Size = 8x8) {\n  input noisy: image(size)\n${body}\n  output velocity: image(size) = noisy\n}\n`;
}

function lines(size: number, line: (i: number) => string): string {
  return upTo(size, line).join('\n');
}

function list(size: number, item: (i: number) => string): string {
  return upTo(size, item).join(', ');
}

function names(size: number): string {
  return upTo(size, (i) => `a${i}`).join(' ');
}

function upTo(size: number, piece: (i: number) => string): string[] {
  const pieces: string[] = [];
  for (let length = 0; length < size; length += pieces[pieces.length - 1].length + 1) pieces.push(piece(pieces.length));
  return pieces;
}
