/** A walk of very many steps is checked by its first and last steps, with their true numbers and times. */
import { expect, it } from '@jest/globals';
import { check } from '../../diagnostics/check';

const many = 400_000;

function spec(solver: string, sample: string): string {
  return `${solver}
model M() {
  input noisy: image(8)
  input t: time(noise: 0, data: 1)
  input label: class(3)
  output velocity = noisy * t + embed(label, 1) @e
}
train quick of M {
  data      = mnist()
  objective = rectified_flow(time: uniform)
  optimizer = adamw(rate: 1e-4)
  drop      = label(0.1)
  batch     = 4
  steps     = 100
}
sample a of M {
${sample}}
`;
}

function found(solver: string, sample: string): readonly string[] {
  return check('case.weft', { 'case.weft': spec(solver, sample) }).map((d) => `${d.code}: ${d.message}`);
}

const euler = 'import { euler as euler_of_std } from "std/solvers"\n';
const bothOfStd = `${euler}import { cfg as cfg_of_std } from "std/guidance"\n`;

/** A solver that divides by `divisor`. */
function dividing(divisor: string): string {
  return `solver own(steps: Int) {
  let lean = 1 / (${divisor})
  output noisy = noisy + lean * velocity(noisy, index / steps)
}`;
}

function seconds(steps: number): number {
  const started = performance.now();
  expect(found(bothOfStd, `  solver = euler_of_std(steps: ${steps})\n  guidance = cfg_of_std(3)\n`)).toEqual([]);
  return (performance.now() - started) / 1000;
}

it('checks a walk of 400,000 steps in about the time of one of 2,000', () => {
  seconds(2000);
  const short = Math.min(seconds(2000), seconds(2000));
  const long = Math.min(seconds(many), seconds(many));
  // The same 2,000 steps are looked at; a walk that is looked at whole takes 200 times as long.
  expect(long / short).toBeLessThan(5);
});

it.each([
  ['index', 'In step 1 of 400000 (`index` 0)'],
  ['index + 1 - steps', 'In step 400000 of 400000 (`index` 399999)'],
])('names the true number of the step in which a division by `%s` is not finite', (divisor, step) => {
  const message = `solver-number: ${step} a number that own computes from \`index\` is Infinity.`;
  expect(found(dividing(divisor), `  solver = own(steps: ${many})\n`)).toEqual([message]);
});

it.each([
  ['written in the language', bothOfStd, 'cfg_of_std(3, from: 0.5, to: 0.5001)'],
  ['built in', euler, 'cfg(3, from: 0.5, to: 0.5001)'],
])('does not call a guidance %s idle that acts in the middle of so many steps', (_, imports, guidance) => {
  expect(found(imports, `  solver = euler_of_std(steps: ${many})\n  guidance = ${guidance}\n`)).toEqual([]);
});

it('calls a guidance idle that acts in none of 2,000 steps', () => {
  const codes = found(bothOfStd, '  solver = euler_of_std(steps: 2000)\n  guidance = cfg_of_std(3, from: 0.9996)\n');
  expect(codes.map((c) => c.split(':')[0])).toEqual(['idle-guidance']);
});
