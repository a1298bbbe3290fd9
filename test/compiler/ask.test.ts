import { expect, it } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkFile } from '../../src/compiler/compile';
import { openSpec } from '../../src/spec/open';
import { readSpec } from '../support/compile';

const text = `import { patchify, unpatchify as placed } from "std/patches"

block Gate(x: [n, d], width: Int) -> [n, d] {
  let wide = linear(x, width) @up
  return linear(relu(wide), d) @down
}

model M(width: Int = 12) {
  input noisy: image(8x8)
  input time: scalar
  let tokens = patchify(noisy, 4)
  output velocity: image(8x8) = Gate(Gate(tokens, width: width) @a, 2 * width) @b |> rearrange("n (p c) -> n p c", p: 16) |> placed(4, 8x8) |> shown => shown * time
}

model Wide = M(width: 24)

optimizer own(rate, beta = 0.9) {
  output weight = weight - rate * beta * gradient
}

train quick of Wide {
  data      = mnist()
  optimizer = own(rate: 1e-3, beta: 0.8)
  objective = rectified_flow(time: uniform)
  batch     = 96 / width
  steps     = 10
  schedule  = min(1, cosine(end: 0.1))
  ema       = [0.5, power(0.1)]
  clip      = norm(1)

  phase at 5 {
    optimizer.rate = 1e-4
    precision      = bf16
    width          = 24
  }
}

train again of M {
  data      = scenes(count: 64, split: held_out)
  optimizer = adamw(1e-3, decay: decay(0.1, except: "*.bias"))
  objective = rectified_flow(time: uniform)
  batch     = 8
  steps     = 10
}

/// Draws the digits.
sample shown of M {
  solver   = heun(steps: 4)
  guidance = auto(2, weights: "weak.safetensors")
}

export kept of M {
  format = onnx(opset: 23, precision: fp16)
}
`;

const spec = checkFile('m.weft', (path) => (path === 'm.weft' ? text : readSpec(path)));
const at = (line: string, word: string): number => text.indexOf(line) + line.indexOf(word);
const written = (span: { start: number; end: number } | null | undefined): string | null =>
  span ? text.slice(span.start, span.end) : null;

it('has nothing against the file', () => expect(spec.diagnostics.map((d) => d.message)).toEqual([]));

it('finds where a local name was bound, and its uses', () => {
  const found = spec.nameAt(at('return linear(relu(wide)', 'wide'));
  expect(found?.meaning.kind).toBe('local');
  expect(found?.definition?.start).toBe(at('let wide', 'wide'));
  expect(found?.references).toHaveLength(1);
});

it('tells two names of the same text apart', () => {
  const inBlock = spec.nameAt(at('linear(x, width)', 'width'));
  const inModel = spec.nameAt(at('tokens, width: width)', ': width') + 2);
  expect(written(inBlock?.definition)).toBe('width');
  expect(inBlock?.definition?.start).toBeLessThan(inModel!.definition!.start);
  // The use in the first call, in the second, the value of `Wide`, and in the recipe of it a size of batches and a phase.
  expect(inModel?.references).toHaveLength(5);
});

it('finds blocks and words', () => {
  const block = spec.nameAt(at('= Gate(Gate(', 'Gate'));
  expect(block?.definition?.start).toBe(at('block Gate', 'Gate'));
  expect(block?.references).toHaveLength(2);
  expect(spec.nameAt(at('block Gate', 'Gate'))).toEqual({ ...block, span: block?.definition });
  expect(spec.nameAt(at('relu(wide)', 'relu'))?.meaning).toEqual({ kind: 'word', name: 'relu' });
});

it('knows which parameter an argument is for', () => {
  const found = spec.nameAt(at('tokens, width: width', 'width'));
  expect(found?.meaning).toMatchObject({ kind: 'parameter', callee: 'Gate', name: 'width' });
  expect(found?.definition?.start).toBe(at('width: Int) ->', 'width'));
});

it('finds models and their hyper-parameters in variants and sections', () => {
  const wide = spec.nameAt(at('quick of Wide', 'Wide'));
  expect(wide?.definition?.start).toBe(at('model Wide', 'Wide'));
  expect(spec.nameAt(at('Wide = M(', 'M('))?.definition?.start).toBe(at('model M(', 'M('));
  const width = spec.nameAt(at('M(width: 24', 'width'));
  expect(width?.meaning).toMatchObject({ kind: 'parameter', callee: 'M', name: 'width' });
  expect(width?.references).toEqual(spec.nameAt(at('M(width: Int', 'width'))?.references);
});

it('finds a parameter in its body, in its declaration, and in front of an argument', () => {
  const places = [at('beta: 0.8', 'beta'), at('own(rate, beta', 'beta'), at('rate * beta', 'beta')];
  const references = places.map((place) => spec.nameAt(place)?.references);
  expect(references[0]).toHaveLength(2);
  expect(references).toEqual([references[0], references[0], references[0]]);
  expect(spec.nameAt(at('* gradient', 'gradient'))?.definition).toBeNull();
  expect(spec.nameAt(at('own(rate: 1e-3', 'own'))?.references).toHaveLength(1);
});

it('follows a name that an import renames', () => {
  const found = spec.nameAt(at('|> placed(', 'placed'));
  expect(written(found?.references[0])).toBe('unpatchify');
  expect(found?.references).toHaveLength(3);
  expect(spec.nameAt(at('as placed', 'placed'))?.definition).toEqual(found?.definition);
});

it('knows a name that a word takes besides its parameters', () => {
  expect(spec.nameAt(at('p: 16', 'p:'))?.meaning).toMatchObject({ kind: 'parameter', callee: 'rearrange', name: 'p' });
});

it('knows no name in the midst of other text', () => {
  expect(spec.nameAt(at('return linear', 'return'))).toBeNull();
  expect(spec.nameAt(text.length + 10)).toBeNull();
});

it('says what an expression is, in each call of its block', () => {
  expect(spec.valuesAt('M', at('output velocity', 'tokens'))).toEqual([]);
  expect(spec.valuesAt('M', at('Gate(tokens', 'tokens'))).toEqual(['a tensor [4, 48]']);
  expect(spec.valuesAt('M', at('relu(wide)', 'wide'))).toEqual(['a tensor [4, 12]', 'a tensor [4, 24]']);
});

it.each([
  ['optimizer = own', 'optimizer', 'setting', /^optimizer: one of `adamw`/, /how the weights are updated/],
  ['solver   =', 'solver', 'setting', /^solver: one of `euler`/, /integrates from noise to data/],
  ['optimizer = adamw', 'adamw', 'value', /^adamw\(rate, betas: \(0.9, 0.999\)/, /decoupled weight decay/],
  ['decay: decay(', 'decay:', 'setting', /^decay: a number/, /weight decay/],
  ['decay: decay(', 'decay(', 'value', /^decay\(decay, except\)/, /do not decay/],
  ['except: "*', 'except', 'setting', /^except: a list of strings; must be given/, /labels/],
  ['split: held_out', 'split', 'setting', /^split: one of/, /./],
  ['split: held_out', 'held_out', 'value', /^held_out$/, /./],
  ['time: uniform', 'time', 'setting', /^time: one of `logit_normal`, `uniform`/, /training times/],
  ['time: uniform', 'uniform', 'value', /^uniform\(/, /Uniformly/],
  ['cosine(end', 'cosine', 'value', /^cosine\(end: 0\)/, /Half a cosine/],
  ['cosine(end', 'end', 'parameter', /^end: Float; /, /last step/],
  ['schedule  = min', 'min', 'word', /^min\(/, /./],
  ['power(0.1)', 'power', 'value', /^power\(width\)/, /Karras/],
  ['norm(1)', 'norm', 'value', /^norm\(max\)/, /global norm/],
  ['optimizer.rate', 'optimizer', 'setting', /^optimizer: one of/, /./],
  ['optimizer.rate', 'rate', 'setting', /^rate: a number/, /learning rate/],
  ['precision      = bf16', 'bf16', 'value', /^bf16$/, /matrix products/],
  ['heun(steps', 'heun', 'value', /^heun\(steps/, /./],
  ['heun(steps', 'steps', 'setting', /^steps: a whole number/, /./],
  ['auto(2', 'auto', 'value', /^auto\(scale/, /weaker model/],
  ['onnx(opset', 'opset', 'setting', /^opset: /, /./],
  ['relu(wide)', 'relu', 'word', /^relu\(x\)/, /./],
  ['p: 16', 'p:', 'parameter', null, null],
  ['= own(', 'own', 'declaration', /^own\(rate, beta = 0.9\)/, null],
  ['= Gate(Gate(', 'Gate', 'declaration', /^Gate\(x: \[n, d\], width: Int\)/, null],
  ['quick of Wide', 'Wide', 'declaration', /^model Wide = M\(width: 24\)$/, null],
  ['beta: 0.8', 'beta', 'parameter', /^beta = 0.9$/, null],
] as const)('says of %s what %s is', (line, word, kind, written, doc) => {
  const found = spec.nameAt(at(line, word));
  expect(found?.meaning.kind).toBe(kind);
  if (written === null) expect(found?.about).toBeNull();
  else expect(found?.about?.written).toMatch(written);
  if (doc) expect(found?.about?.doc).toMatch(doc);
});

it('says what a setting of a call takes, and finds it wherever it stands', () => {
  const adamw = spec.nameAt(at('optimizer = adamw', 'adamw'));
  expect(adamw?.about?.parameters[0]).toMatchObject({ name: 'rate', doc: 'learning rate' });
  // Of both recipes, and of the phase.
  expect(spec.nameAt(at('optimizer = adamw', 'optimizer'))?.references).toHaveLength(3);
});

it('finds a hyper-parameter that a setting uses, and one that a phase changes', () => {
  const declared = at('M(width: Int', 'width');
  expect(spec.nameAt(at('96 / width', 'width'))?.definition?.start).toBe(declared);
  expect(spec.nameAt(at('width          = 24', 'width'))?.definition?.start).toBe(declared);
});

it('knows every name in the sections of the shipped specs', () => {
  const specs = readdirSync('specs', { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.weft'));
  const unknown = specs.flatMap((path) => {
    const file = join('specs', path);
    const { spec: checked } = openSpec(file);
    // `image`, the images of a step, is a value. What stands in comments and strings is no name; places stay the same.
    const code = readFileSync(file, 'utf8').replace(/\/\/.*|"(?:\\.|[^"\\])*"/g, (m) => ' '.repeat(m.length));
    const sections = [...code.matchAll(/(?<=^(?:train|sample|export) [^{]*\{)[^]*?(?=^\})/gm)];
    return sections.flatMap((section) =>
      [...section[0].matchAll(/(?<![\w.@])(?!given|phase|at\b|true|false|image\b)[a-z_]\w*/gi)]
        .filter((word) => checked.nameAt(section.index + word.index) === null)
        .map((word) => `${path}: ${word[0]}`),
    );
  });
  expect(unknown).toEqual([]);
});
