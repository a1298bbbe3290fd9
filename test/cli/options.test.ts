import { expect, it } from '@jest/globals';
import { readSet } from '../../src/cli/options';

it('collects hyper-parameters and settings, each once', () => {
  expect(readSet('size=8x8', readSet('ratio=a=b'))).toEqual({ ratio: 'a=b', size: '8x8' });
  for (const wrong of ['=3', 'size', 'size=', ' =3']) expect(() => readSet(wrong)).toThrow('key=value');
  expect(() => readSet('size=8x8', readSet('size=4x4'))).toThrow('size is set twice');
});
