/** Texts of any length that are one thing over and over: what costs more than linear time shows in them. */

/** The settings of a recipe that is complete. */
const trains = 'data = mnist() objective = rectified_flow(time: uniform) optimizer = adamw(1e-4) batch = 8 steps = 10';

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
    'carriage returns and line ends': '\r\n',
    'names in lines of carriage returns': 'a\r',
    'names in lines of both': 'a\r\n',
    'lets in lines of both': 'let a = 1\r\n',
    'byte order marks': '\uFEFF',
    'halves of surrogate pairs': '\uD83D',
    'combining marks': 'a\u0301',
    'letters read from right to left': 'א ',
    'line separators': '\u2028',
    'no-break spaces': '\u00A0',
    'form feeds': '\f',
    'null characters in names': 'a\0b ',
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
    'starts of blocks in lines': 'block B(\n',
    'starts of models in lines': 'model M\n',
    'starts of bodies': 'model M() {\n',
    'starts of sections in lines': 'train t of M {\n',
    'starts of sections': 'train ',
    'starts of studies in lines': 'ablation a {\n',
    'starts of sweeps in lines': 'sweep a of M {\n',
    'starts of phases': 'train t of M { phase at 1 {\n',
    'starts of imports in lines': 'import {\n',
    'starts of imports': 'import ',
    'starts of lets': 'let ',
    'starts of conditions': 'if ',
    'starts of conditions in lines': 'if true {\n',
    'starts of pathways in lines': 'pathway p: 8 of 8 {\n',
    'starts of repeats': 'repeat(',
    'starts of functions': 'x => ',
    'ends of sections': '}\ntrain t of M {\n',
    numbers: '1 ',
    'malformed numbers': '1a2b ',
    sizes: '8x8 ',
    strings: '"a" ',
    'strings without an end': '"a\n',
    escapes: '"\\q" ',
  }),
  'a model before null characters': (size) => `${model('')}${'\0'.repeat(size)}`,
  'line ends before an error': (size) => `${'\n'.repeat(size)}${model('let _a = unknown')}`,
  'one line of errors': (size) => model(upTo(size, (i) => `let _a${i} = unknown${i}`).join(' ')),
  'one line of lets': (size) => model(upTo(size, (i) => `let a${i} = ${i}`).join(' ')),
  'one name': (size) => model(`let a = ${'a'.repeat(size)}`),
  'one number': (size) => model(`let _a = ${'1'.repeat(size)}`),
  'one string': (size) => model(`let _a = "${'a'.repeat(size)}"`),
  'one string of escapes': (size) => model(`let _a = "${'\\q'.repeat(size / 2)}"`),
  'one message': (size) => model(`require 1 > 2, "${'a'.repeat(size)}"`),
  'one message of braces': (size) => model(`require 1 > 2, "${'{a}'.repeat(size / 3)}"`),
  'one message of open braces': (size) => model(`require 1 > 2, "${'{'.repeat(size)}"`),
  'one message of closing braces': (size) => model(`require 1 > 2, "${'}'.repeat(size)}"`),
  'one message of names': (size) => model(`require size.height > 9, "${'{size.height}'.repeat(size / 13)}"`),
  'one message of unknown names': (size) =>
    model(`require size.height > 9, "${upTo(size, (i) => `{a${i}}`).join('')}"`),
  'one message that nests braces': (size) => model(`require 1 > 2, "${'{'.repeat(size / 2)}a${'}'.repeat(size / 2)}"`),
  'one label': (size) => model(`let _a = silu(noisy) @${'a'.repeat(size)}`),
  'one unknown name of that length': (size) => model(`let _a = ${'b'.repeat(size)} + ${'c'.repeat(10)}`),
  'two names of half that length': (size) =>
    model(`let ${'a'.repeat(size / 2)} = 1 let _a = ${'a'.repeat(size / 2 - 1)}b`),
  'one member': (size) => model(`let _a = size.${'a'.repeat(size)}`),
  'one word of a setting': (size) => `${model('')}train t of M { ${'a'.repeat(size)} = 1 }`,
  'one value of a setting': (size) => `${model('')}train t of M { optimizer = ${'a'.repeat(size)} }`,
  'one string of a setting': (size) => `${model('')}train t of M { data = folder("${'a'.repeat(size)}") }`,
  'one name of a model': (size) => `model ${'M'.repeat(size)}() { input noisy: image(8x8) output velocity = noisy }`,
  'one path of an import': (size) => `import { a } from "${'a/'.repeat(size / 2)}"`,
  'one path of dots': (size) => `import { a } from "./${'../'.repeat(size / 3)}a"`,
  'one pattern': (size) => model(`let _a = rearrange(noisy, "${'a'.repeat(size)}")`),
  'one pattern of brackets': (size) => model(`let _a = rearrange(noisy, "${'('.repeat(size)}")`),
  'one fraction': (size) => model(`let _a = 0.${'1'.repeat(size)}`),
  'one size': (size) => model(`let _a = ${'1'.repeat(size / 2)}x${'1'.repeat(size / 2)}`),
  'one exponent': (size) => model(`let _a = 1e${'1'.repeat(size)}`),
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
    products: ['1', ' * 1'],
    'products of images': ['noisy', ' * noisy'],
    'products of a size': ['size.height', ' * size.height'],
    'sums of a size': ['size.height', ' + size.height'],
    quotients: ['1', ' / 1'],
    'sums of strings': ['"a"', ' + "a"'],
    'pipes of unknown names': ['noisy', ' |> unknown'],
    'pipes of layers': ['noisy', ' |> linear(8)'],
    'members of one line each': ['size', '\n.height'],
    'indices by themselves': ['a', '[a]'],
    'calls without arguments': ['f', '()'],
    'labels of strings': ['silu(noisy)', ' @"a"'],
    'tuples side by side': ['(1, 2)', ' (1, 2)'],
    'mixed operators': ['1', ' + 1 * 1 ^ 1 - 1 / 1 == 1 and true or 2 < 3'],
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
    'signs and negations': ['- not ', '1', ''],
    indices: ['a[', '1', ']'],
    'bodies of blocks': ['if true { let a = ', '1', ' a } else { 1 }'],
    'functions of a repeat': ['repeat(2) x => ', 'x', ''],
    'operands on the left': ['(', '1', ' + 1)'],
    'operands on the right': ['(1 + ', '1', ')'],
    'stages of pipes': ['(noisy |> ', 'silu', ')'],
    'calls on lines of their own': ['silu(\n', 'noisy', ')\n'],
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
    'requirements of words': () => 'require size.height > 0, "a"',
    'requirements that a size would meet': () => 'require size.height > 9, "a {size.height}"',
    'requirements of unknown names': (i) => `require a${i} > 0`,
    'taps of one name': () => 'tap a = noisy',
    'taps of unknown names': (i) => `tap a${i} = unknown`,
    'inputs of one name': () => 'input a: scalar',
    'inputs that are images': (i) => `input a${i}: image(8x8)`,
    'inputs of unknown types': (i) => `input a${i}: unknown`,
    'inputs that are read': (i) => `input a${i}: scalar let b${i} = a${i} + 1`,
    'outputs of one name': () => 'output a = noisy',
    returns: () => 'return noisy',
    'returns without a value': () => 'return',
    'conditions with an alternative': (i) => `if false { let a${i} = 1 } else { let a${i} = 2 }`,
    'conditions that are not static': (i) => `if noisy { let a${i} = 1 }`,
    'conditions of unknown names': (i) => `if a${i} { let b${i} = 1 }`,
    'conditions with a value': () => 'if true { 1 } else { 2 }',
    'pathways of one name': () => 'pathway a: 8 of 8 { noisy }',
    'lets of strings': (i) => `let a${i} = "a b c"`,
    'lets of functions': (i) => `let a${i} = x => x + ${i}`,
    'lets of pairs': (i) => `let (a${i}, b${i}) = (1, 2)`,
    'lets of lists': (i) => `let a${i} = [1, 2, 3]`,
    'lets of repeats': (i) => `let a${i} = noisy |> repeat(2) silu`,
    'lets of the names of words': () => 'let linear = 1',
    'lets of keywords': () => 'let let = 1',
    'names that are nearly known': (i) => `let _a${i} = noisi`,
    'words that are nearly known': (i) => `let _a${i} = liner(noisy)`,
    'calls of images': () => 'let _a = noisy(1)',
    'comments in a model': () => '// a',
    'comments after statements': (i) => `let a${i} = 1 // a`,
    'missing commas': () => 'let _a = f(1 2 3)',
    'missing brackets': () => 'let _a = f(1',
    'surplus brackets': () => 'let _a = f(1))',
    'quotes of the other kind': () => "let _a = 'a'",
    semicolons: (i) => `let a${i} = 1;`,
    'hash comments': () => '# a',
    'double negations': () => 'let _a = !!true',
    'labels of one name': () => 'let _a = linear(noisy, 8) @a',
    'labels of their own': (i) => `let _a = linear(noisy, 8) @a${i}`,
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
    'blocks with requirements': (i) => `block B${i}(x: [n]) { require n > 0, "{n}" x }`,
    'blocks with unknown names': (i) => `block B${i}(x) { y${i} }`,
    'blocks with types that are unknown': (i) => `block B${i}(x: Foo${i}) { x }`,
    'blocks with doc comments': (i) => `/// about\nblock B${i}(x) { x }`,
    'models of one name': () => 'model N() { input noisy: image(8x8) output velocity = noisy }',
    'models without an end': (i) => `model M${i}() {`,
    'models without an output': (i) => `model M${i}() { input noisy: image(8x8) }`,
    'models with layers': (i) =>
      `model M${i}() { input noisy: image(8x8) output velocity = noisy |> patches(4) |> linear(48) |> unpatch(4) }`,
    'variants of one name': () => 'model N = M()',
    'variants of the one after': (i) => `model M${i} = M${i + 1}()`,
    'variants of themselves': (i) => `model M${i} = M${i}()`,
    'variants of variants with settings': (i) => `model M${i} = ${i === 0 ? 'M' : `M${i - 1}`}(size: 16x16)`,
    models: (i) => `model M${i}() { input noisy: image(8x8) output velocity = noisy }`,
    variants: (i) => `model M${i} = ${i === 0 ? 'M' : `M${i - 1}`}()`,
    'variants of one model': (i) => `model M${i} = M(size: 16x16)`,
    'variants of unknown models': (i) => `model M${i} = N${i}()`,
    imports: (i) => `import { a${i} } from "std/nn"`,
    'imports of unknown files': (i) => `import { a${i} } from "./a${i}"`,
    'imports of one file': () => 'import { linear_block } from "std/nn"',
    'imports of one unknown file': () => 'import { a } from "./a"',
    'imports of one name': () => 'import { modulate } from "std/dit"',
    'imports without an end': () => 'import { a',
    'recipes of one name': () => 'train t of M { steps = 1 }',
    'recipes with everything': (i) =>
      `train t${i} of M { data = scenes() steps = 10 batch = 4 optimizer = adamw(rate: 1e-4) ema = 0.9 }`,
    'recipes that train': (i) => `train t${i} of M { ${trains} }`,
    'recipes and samples': (i) => `train t${i} of M { ${trains} }\nsample s${i} of M { solver = euler(steps: 4) }`,
    'recipes of models of their own': (i) =>
      `model M${i}(a: Int = 1) { input noisy: image(8x8) input time: scalar output velocity: image(8x8) = noisy * time * a }\ntrain t${i} of M${i} { ${trains} }`,
    'recipes with optimisers of their own': (i) =>
      `optimizer o${i}(rate: Float) { output weight = weight - rate * gradient }\ntrain t${i} of M { ${trains.replace('adamw', `o${i}`)} }`,
    'recipes of studies that train': (i) => `ablation a${i} { case "a" = M() }\ntrain t${i} of a${i} { ${trains} }`,
    'samples that draw': (i) => `sample s${i} of M { solver = euler(steps: 4) }`,
    'exports in full': (i) => `export e${i} of M { opset = 18 precision = fp16 }`,
    'models with all their sections': (i) =>
      `${trainable(`M${i}`)}\ntrain t${i} of M${i} { ${trains} }\nsample s${i} of M${i} { solver = euler(steps: 4) }\nexport e${i} of M${i} { format = onnx(opset: 17) }`,
    'layered models with recipes': (i) => `${layered(`M${i}`)}\ntrain t${i} of M${i} { ${trains} }`,
    'layered models with samples': (i) => `${layered(`M${i}`)}\nsample s${i} of M${i} { solver = euler(steps: 4) }`,
    'layered models with exports': (i) =>
      `${layered(`M${i}`)}\nexport e${i} of M${i} { format = onnx(opset: 17) dynamic = (batch, size) }`,
    'variants with recipes': (i) =>
      `${i === 0 ? layered('N') : ''}\nmodel N${i} = N(a: ${i})\ntrain t${i} of N${i} { ${trains} }`,
    'recipes of one layered model': (i) => `${i === 0 ? layered('N') : ''}\ntrain t${i} of N { ${trains} }`,
    'recipes with arithmetic': (i) =>
      `${i === 0 ? layered('N') : ''}\ntrain t${i} of N { ${trains} ema = 1 - 1 / (100 + a + ${i}) schedule = max(0.1, 1 - step / steps * a / ${i + 1}) }`,
    'recipes that freeze': (i) => `${i === 0 ? layered('N') : ''}\ntrain t${i} of N { ${trains} freeze = "a*" }`,
    'recipes that adapt': (i) =>
      `${i === 0 ? layered('N') : ''}\ntrain t${i} of N { ${trains} adapt = lora(rank: 2, at: "*") }`,
    'recipes with phases': (i) =>
      `${i === 0 ? layered('N') : ''}\ntrain t${i} of N { ${trains} phase at 2 { batch = 4 } phase at 4 { optimizer.rate = 1e-3 } }`,
    'recipes with buckets': (i) =>
      `${i === 0 ? layered('N') : ''}\ntrain t${i} of N { ${trains} buckets = [bucket(size: 8x8), bucket(size: 4x12)] }`,
    'recipes with givens': (i) =>
      `${i === 0 ? layered('N', 'input low: image(4x4)') : ''}\ntrain t${i} of N { ${trains} given low = downsample(image, 2) }`,
    'recipes that learn from a teacher': (i) =>
      `${i === 0 ? layered('N') : ''}\ntrain t${i} of N { ${trains} teacher = frozen(N(a: ${i}), weights: "w") }`,
    'recipes with declared objectives': (i) =>
      `${i === 0 ? layered('N') : ''}\nobjective o${i}() { let t = uniform(0, 1) return mean(square(model(image, time: t)), axis: all) }\ntrain t${i} of N { ${trains.replace('rectified_flow(time: uniform)', `o${i}()`)} }`,
    'recipes with one declared objective': (i) =>
      `${i === 0 ? `${layered('N')}\nobjective o() { let t = uniform(0, 1) return mean(square(model(image, time: t)), axis: all) }` : ''}\ntrain t${i} of N { ${trains.replace('rectified_flow(time: uniform)', 'o()')} }`,
    'recipes with one declared optimiser': (i) =>
      `${i === 0 ? `${layered('N')}\noptimizer o(rate: Float) { output weight = weight - rate * gradient }` : ''}\ntrain t${i} of N { ${trains.replace('adamw', 'o')} }`,
    'samples with declared solvers': (i) =>
      `${i === 0 ? layered('N') : ''}\nsolver o${i}(steps: Int) { output noisy = noisy + velocity(noisy, index / steps) / steps }\nsample s${i} of N { solver = o${i}(steps: 4) }`,
    'samples with one declared solver': (i) =>
      `${i === 0 ? `${layered('N')}\nsolver o(steps: Int) { output noisy = noisy + velocity(noisy, index / steps) / steps }` : ''}\nsample s${i} of N { solver = o(steps: 4) }`,
    'samples with declared guidance': (i) =>
      `${i === 0 ? layered('N', 'input label: class(4)') : ''}\nguidance o${i}(scale: Float) { return branch(none) + scale * (branch() - branch(none)) }\nsample s${i} of N { solver = euler(steps: 4) guidance = o${i}(2) }`,
    'samples of many steps': (i) =>
      `${i === 0 ? `${layered('N')}\nsolver o(steps: Int) { output noisy = noisy + velocity(noisy, index / steps) / steps }` : ''}\nsample s${i} of N { solver = o(steps: 2000) }`,
    'exports of one layered model': (i) =>
      `${i === 0 ? layered('N') : ''}\nexport e${i} of N { format = onnx(opset: 17) dynamic = (batch, size) }`,
    'studies with recipes': (i) =>
      `${i === 0 ? layered('N') : ''}\nablation a${i} { case "a" = N(a: ${i}) case "b" = N() }\ntrain t${i} of a${i} { ${trains} }`,
    'studies of models of their own': (i) =>
      `${layered(`N${i}`)}\nablation a${i} { case "a" = N${i}(a: 2) case "b" = N${i}() }\ntrain t${i} of a${i} { ${trains} }`,
    'sweeps with recipes': (i) =>
      `${i === 0 ? layered('N') : ''}\nsweep a${i} of N { a in [${i}, ${i + 1}, ${i + 2}] }\ntrain t${i} of a${i} { ${trains} }`,
    'recipes of one study': (i) =>
      `${i === 0 ? `${layered('N')}\nsweep a of N { a in [1, 2, 3] }` : ''}\ntrain t${i} of a { ${trains} }`,
    'samples of one study': (i) =>
      `${i === 0 ? `${layered('N')}\nsweep a of N { a in [1, 2, 3] }` : ''}\nsample s${i} of a { solver = euler(steps: 4) }`,
    'recipes without a model': (i) => `train t${i} { steps = 1 }`,
    'recipes without an end': (i) => `train t${i} of M {`,
    samples: (i) => `sample s${i} of M { steps = 10 }`,
    exports: (i) => `export e${i} of M { opset = 18 }`,
    ablations: (i) => `ablation a${i} { case "a" = M() }`,
    'ablations of one name': () => 'ablation a { case "a" = M() }',
    sweeps: (i) => `sweep a${i} of M { size in [8x8, 16x16] }`,
    'recipes of studies': (i) => `ablation a${i} { case "a" = M() }\ntrain t${i} of a${i} { steps = 1 }`,
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
  'cases with a warning': (size) =>
    `${model('input extra: scalar')}ablation a {\n${lines(size, (i) => `  case "case ${i} of many" = M()`)}\n}`,
  'phases at one step': (size) => `${model('')}train t of M {\n${lines(size, () => '  phase at 1 { rate = 1 }')}\n}`,
  'settings of a phase': (size) => `${model('')}train t of M { phase at 1 {\n${lines(size, (i) => `  a${i} = 1`)}\n} }`,
  givens: (size) => `${model('')}train t of M {\n${lines(size, (i) => `  given a${i} = uniform(0, 1)`)}\n}`,
  'givens of one name': (size) => `${model('')}train t of M {\n${lines(size, () => '  given a = uniform(0, 1)')}\n}`,
  'givens of inputs': (size) =>
    `${model(lines(size / 2, (i) => `  input a${i}: scalar`))}train t of M {\n${lines(size / 2, (i) => `  given a${i} = uniform(0, 1)`)}\n}`,
  'items of a setting': (size) => `${model('')}train t of M { freeze = [${list(size, (i) => `"a${i}"`)}] }`,
  'rules of freezing': (size) =>
    `${model(lines(size / 2, (i) => `  let _a = linear(noisy, 8) @a${i}`))}train t of M { freeze = [${list(size / 2, (i) => `"a${i}"`)}] }`,
  'cases of one name': (size) => `${model('')}ablation a {\n${lines(size, () => `  case "c" = M()`)}\n}`,
  'cases of unknown models': (size) => `${model('')}ablation a {\n${lines(size, (i) => `  case "c${i}" = N${i}()`)}\n}`,
  'axes of a sweep': (size) => `${model('')}sweep a of M {\n${lines(size, (i) => `  a${i} in [1, 2]`)}\n}`,
  'axes of one name': (size) => `${model('')}sweep a of M {\n${lines(size, () => '  size in [8x8, 16x16]')}\n}`,
  'long axes of a sweep': (size) =>
    `model M(a: Int = 1, b: Int = 1) { input noisy: image(8x8) output velocity = noisy }\nsweep s of M { a in [${list(size / 2, (i) => `${i}`)}] b in [${list(size / 2, (i) => `${i}`)}] }`,
  'uses of a block': (size) => `block B(x) { x }\n${model(lines(size, (i) => `  let a${i} = B(noisy)`))}`,
  'uses of a broken block': (size) =>
    `block B(x) { linear(x) }\n${model(lines(size, (i) => `  let _a${i} = B(noisy)`))}`,
  'uses of a demanding block': (size) =>
    `block B(x, n = 1) { require n > 2, "{n}" x }\n${model(lines(size, (i) => `  let _a${i} = B(noisy)`))}`,
  'parameters that are set': (size) =>
    `model M(${list(size / 2, (i) => `p${i}: Int = ${i}`)}) { input noisy: image(8x8) output velocity = noisy }\nmodel N = M(${list(size / 2, (i) => `p${i}: 1`)})`,
  'parameters of the one before': (size) =>
    `model M(${list(size, (i) => `p${i}: Int = ${i === 0 ? '1' : `p${i - 1}`}`)}) { input noisy: image(8x8) output velocity = noisy }`,
  'parameters without a type': (size) => `block B(${list(size, (i) => `p${i}`)}) { 1 }`,
  'parameters of unknown types': (size) => `block B(${list(size, (i) => `p${i}: T${i}`)}) { 1 }`,
  'parameters with requirements': (size) =>
    `model M(${list(size / 2, (i) => `p${i}: Int = ${i}`)}) {\n${lines(size / 2, (i) => `  require p${i % 50} < 0`)}\n  input noisy: image(8x8) output velocity = noisy }`,
  'arguments of one name': (size) => model(`let _a = silu(${list(size, () => 'a: 1')})`),
  'arguments that are images': (size) => model(`let _a = concat(${list(size, () => 'noisy')})`),
  'images in a list': (size) => model(`let _a = concat([${list(size, () => 'noisy')}])`),
  'items of a pattern': (size) => model(`let (${list(size, (i) => `a${i}`)}) = (1, 2)`),
  'names of a function': (size) => model(`let _a = (${list(size, (i) => `a${i}`)}) => 1`),
  'names of one function': (size) => model(`let _a = (${list(size, () => 'a')}) => 1`),
  'functions that are tried': (size) => model(`let _a = ${'(a, '.repeat(size / 4)}1`),
  'words of a model': (size) =>
    `model M(a: ${Array.from({ length: size / 8 }, (_, i) => `w${i}`).join(' | ')} = w0) { input noisy: image(8x8) output velocity = noisy }`,
  'names of one import': (size) => `import { ${list(size, () => 'a')} } from "std/nn"`,
  'aliases of an import': (size) => `import { ${list(size, (i) => `rms_norm as a${i}`)} } from "std/nn"`,
  'axes of one pattern': (size) =>
    model(`let _a = rearrange(noisy, "${'a '.repeat(size / 4)}-> ${'a '.repeat(size / 4)}")`),
  'groups of a pattern': (size) =>
    model(`let _a = rearrange(noisy, "${'(a b) '.repeat(size / 12)}-> ${'(a b) '.repeat(size / 12)}")`),
  'points of a sweep': (size) => `${model('')}sweep a of M { size in [${list(size, (i) => `${i + 1}x8`)}] }`,
};

/** Texts of one long model and many declarations about it: their number times its length grows with the square of a text. */
export const longModelInputs: { readonly [what: string]: (size: number) => string } = ofLongModel({
  'recipes of a long model': (i) => `train t${i} of N { ${trains} }`,
  'recipes of a long model with a declared optimiser': (i) =>
    `${i === 0 ? 'optimizer o(rate: Float) { output weight = weight - rate * gradient }' : ''}\ntrain t${i} of N { ${trains.replace('adamw', 'o')} }`,
  'recipes that freeze a long model': (i) => `train t${i} of N { ${trains} freeze = "a1" }`,
  'recipes that freeze by pattern': (i) => `train t${i} of N { ${trains} freeze = "a*1" }`,
  'recipes of a long model with declared objectives': (i) =>
    `objective o${i}() { let t = uniform(0, 1) return mean(square(model(image, time: t)), axis: all) }\ntrain t${i} of N { ${trains.replace('rectified_flow(time: uniform)', `o${i}()`)} }`,
  'recipes of a long model with phases': (i) => `train t${i} of N { ${trains} phase at 2 { batch = 4 } }`,
  'recipes of a long model with buckets': (i) =>
    `train t${i} of N { ${trains} buckets = [bucket(size: 8x8), bucket(size: ${4 + i}x12)] }`,
  'samples of a long model': (i) => `sample s${i} of N { solver = euler(steps: 4) guidance = cfg(2) }`,
  'samples of a long model with a declared solver': (i) =>
    `${i === 0 ? 'solver o(steps: Int) { output noisy = noisy + velocity(noisy, index / steps) / steps }' : ''}\nsample s${i} of N { solver = o(steps: 4) }`,
  'exports of a long model': (i) => `export e${i} of N { format = onnx(opset: 17) dynamic = (batch, size) }`,
  'cases of a long model': (i) => `ablation a${i} { case "a" = N(a: ${i}) }`,
  'variants of a long model': (i) => `model N${i} = N(a: ${i})`,
  'recipes of variants of a long model': (i) => `model N${i} = N(a: ${i})\ntrain t${i} of N${i} { ${trains} }`,
  'recipes of studies of a long model': (i) =>
    `ablation a${i} { case "a" = N(a: ${i}) }\ntrain t${i} of a${i} { ${trains} }`,
});

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

/** One model of many layers for half of the size, and many declarations about it for the other half. */
function ofLongModel(pieces: { readonly [what: string]: (i: number) => string }): Inputs {
  return mapped(pieces, (piece) => (size) => {
    const layers = lines(size / 2, (i) => `  let x${i + 1} = conv2d(x${i}, 3) @a${i}`);
    const count = layers.split('\n').length;
    return `model N(size: Size = 8x8, a: Int = 1) {\n  input noisy: image(size)\n  input time: time(noise: 0, data: 1)\n  let x0 = noisy * time * a\n${layers}\n  output velocity: image(size) = x${count}\n}\n${lines(size / 2, piece)}\n`;
  });
}

function mapped<T>(pieces: { readonly [what: string]: T }, make: (piece: T) => (size: number) => string): Inputs {
  return Object.fromEntries(Object.entries(pieces).map(([what, piece]) => [what, make(piece)]));
}

/** A model without weights that can be trained. */
function trainable(name: string): string {
  return `model ${name}(a: Int = 1) { input noisy: image(8x8) input time: scalar output velocity: image(8x8) = noisy * time * a }`;
}

/** A model with two weights that can be trained. */
function layered(name: string, inputs = ''): string {
  return `model ${name}(size: Size = 8x8, a: Int = 1) { input noisy: image(size) input time: time(noise: 0, data: 1) ${inputs} output velocity: image(size) = conv2d(noisy * time, 3) @a * a }`;
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
