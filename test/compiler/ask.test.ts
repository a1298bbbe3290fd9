import { expect, it } from '@jest/globals';
import { checkFile } from '../../src/compiler/compile';
import { readSpec } from '../support/compile';

const text = `import { patchify, unpatchify } from "std/patches"

block Gate(x: [n, d], width: Int) -> [n, d] {
  let wide = linear(x, width) @up
  return linear(relu(wide), d) @down
}

model M(width: Int = 12) {
  input noisy: image(8x8)
  input time: scalar
  let tokens = patchify(noisy, 4)
  output velocity: image(8x8) = Gate(Gate(tokens, width: width) @a, 2 * width) @b |> rearrange("n (p c) -> n p c", p: 16) |> unpatchify(4, 8x8) |> shown => shown * time
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
  expect(inModel?.references).toHaveLength(2);
});

it('finds blocks and words', () => {
  const block = spec.nameAt(at('= Gate(Gate(', 'Gate'));
  expect(block?.definition?.start).toBe(at('block Gate', 'Gate'));
  expect(block?.references).toHaveLength(2);
  expect(spec.nameAt(at('relu(wide)', 'relu'))?.meaning).toEqual({ kind: 'word', name: 'relu' });
});

it('knows which parameter an argument is for', () => {
  const found = spec.nameAt(at('tokens, width: width', 'width'));
  expect(found?.meaning).toMatchObject({ kind: 'parameter', callee: 'Gate', name: 'width' });
  expect(found?.definition?.start).toBe(at('width: Int) ->', 'width'));
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
