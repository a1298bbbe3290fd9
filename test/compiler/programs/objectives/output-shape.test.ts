import { expect, it } from '@jest/globals';
import { checkFile } from '../../../../src/compiler/check/check-file';
import { velocityModel } from '../../../../src/compiler/programs/objectives/prediction';

it.each(['mean(mean(noisy))', 'concat(noisy, noisy, axis: 0)', 'mean(noisy)'])(
  'refuses to train or sample an output that is no image of the right size: %s',
  (value) => {
    const text = `model M() {\n  input noisy: image(8x8)\n  input time: scalar\n  output velocity = ${value} * time\n}`;
    const { model } = checkFile('case.weft', (path) => (path === 'case.weft' ? text : null)).elaborate('M');
    expect(() => velocityModel(model!)).toThrow(/Output velocity of M is .*, but its image is \[3, 8, 8\]/);
  },
);
