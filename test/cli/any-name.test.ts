/** Names that every object of JavaScript has are names like others: of inputs, taps, outputs and weights. */
import { expect, it } from '@jest/globals';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { png } from '../support/pictures';
import { suiteFolder } from '../support/folder';
import { weft } from '../support/weft';

const folder = suiteFolder();
const env = { WEFT_PORTABLE: '1', XDG_CACHE_HOME: join(folder, 'cache') };

const spec = `
model M(valueOf: Int = 2) {
  input noisy: image(8)
  input time:  time(noise: 0, data: 1)
  input constructor: scalar
  tap hasOwnProperty = noisy * valueOf
  output velocity: image(8) = hasOwnProperty * param([1], init: one) @toString * time + constructor
}
train t of M {
  data = folder("pics")
  given constructor = uniform(0, 1)
  objective = rectified_flow(time: uniform)
  optimizer = adamw(rate: 1e-3)
  batch = 2
  steps = 2
}
sample t of M { solver = euler(steps: 1) }
`;

it('trains, inspects and samples a model whose input is called constructor', async () => {
  mkdirSync(join(folder, 'pics'));
  await png(join(folder, 'pics', 'a.png'), 8);
  const path = join(folder, 'a.weft');
  writeFileSync(path, spec);
  const run = join(folder, 'run');
  const commands = [
    ['inspect', path],
    ['train', path, '--out', run, '--backend', 'tfjs'],
    ['sample', '--run', run, '--given', 'constructor=0.5', '--count', '1', '--out', join(folder, 'x.png')],
  ];
  for (const args of commands) {
    const { status, stderr } = await weft(args, { env });
    expect([args[0], status, status === 0 ? '' : stderr]).toEqual([args[0], 0, '']);
  }
  const refused = await weft(['sample', '--run', run, '--given', 'toString=1', '--out', join(folder, 'y.png')], {
    env,
  });
  expect([refused.status, refused.stderr]).toEqual([
    expect.any(Number),
    expect.stringContaining('no condition `toString`'),
  ]);
});

it('prints no control characters of the names of classes', async () => {
  for (const name of ['red\u001b[31m', 'plain']) {
    mkdirSync(join(folder, 'classes', name), { recursive: true });
    await png(join(folder, 'classes', name, 'a.png'), 8);
  }
  const path = join(folder, 'classes.weft');
  const text = spec.replace('input constructor: scalar', 'input kind: class(2)').replace('"pics"', '"classes"');
  const model = text.replace('* time + constructor', '* time + mean(embed(kind, 4))');
  writeFileSync(path, model.replace(/ {2}given .*\n/, ''));
  const run = join(folder, 'classes-run');
  const out = join(folder, 'z.png');
  for (const args of [
    ['train', path, '--out', run, '--backend', 'tfjs'],
    ['sample', '--run', run, '--out', out],
  ]) {
    const { status, stderr } = await weft(args, { env });
    expect([status, stderr]).toEqual([0, expect.stringContaining('red\\x1b[31m')]);
    expect(stderr).not.toContain('\u001b');
  }
});
