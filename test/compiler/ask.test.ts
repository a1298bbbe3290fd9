import { expect, it } from '@jest/globals';
import { checkFile } from '../../src/compiler/compile';
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
  batch     = 8
  steps     = 10
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
  // The use in the first call, in the second, and the value of `Wide`.
  expect(inModel?.references).toHaveLength(3);
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
