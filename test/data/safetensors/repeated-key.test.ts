import { expect, it } from '@jest/globals';
import { repeatedKey } from '../../../src/data/safetensors/repeated-key';

it.each([
  ['{"a": 1, "a": 2}', 'a'],
  ['{"a": 1, "\\u0061": 2}', 'a'],
  ['{"t": {"dtype": "F32", "shape": [1], "dtype": "I32"}}', 'dtype'],
  ['[{"b": [{}, {"x": "x"}], "b": 1}]', 'b'],
  ['{"a\\"": 1, "a\\"": {}}', 'a"'],
])('finds the name that %s has twice', (text, name) => {
  JSON.parse(text);
  expect(repeatedKey(text)).toBe(name);
});

it.each([
  '{}',
  '{"a": "a", "b": "a"}',
  '{"a": {"a": ["a", "a"]}, "b": {"a": 1}}',
  '["a", "a"]',
  '{"{": "\\\\", "[": ","}',
])('finds none in %s', (text) => {
  JSON.parse(text);
  expect(repeatedKey(text)).toBeNull();
});
