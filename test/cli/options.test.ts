import { expect, it } from '@jest/globals';
import type { SampleSettings } from '../../src/compiler/recipe/index';
import { readGuidance } from '../../src/cli/option-values';
import { chosenSampling, readSet } from '../../src/cli/options';

it('collects hyper-parameters and settings, each once', () => {
  expect(readSet('size=8x8', readSet('ratio=a=b'))).toEqual({ ratio: 'a=b', size: '8x8' });
  for (const wrong of ['=3', 'size', 'size=', ' =3']) expect(() => readSet(wrong)).toThrow('key=value');
  expect(() => readSet('size=8x8', readSet('size=4x4'))).toThrow('size is set twice');
});

it('changes of the guidance of a spec only what the option says', () => {
  const settings: SampleSettings = {
    ...{ name: 's', model: 'M', solver: 'euler', steps: 4, shift: 1 },
    guidance: { scale: 2, from: 0.1, to: 0.9, rescale: 0.5 },
  };
  const chosen = (guidance: string | null, of: SampleSettings['guidance'] = settings.guidance) =>
    chosenSampling({ ...settings, guidance: of }, guidance ? { guidance: readGuidance(guidance) } : {}).guidance;
  expect(chosen('3')).toEqual({ scale: 3, from: 0.1, to: 0.9, rescale: 0.5 });
  expect(chosen('3,0.2')).toEqual({ scale: 3, from: 0.2, to: 1, rescale: 0.5 });
  expect(chosen('3', null)).toEqual({ scale: 3, from: 0, to: 1 });
  expect(chosen(null)).toEqual(settings.guidance);
  expect(chosen('3', { scale: 2, from: 0, to: 1, weak: 'w' })).toEqual({ scale: 3, from: 0, to: 1, weak: 'w' });
});
