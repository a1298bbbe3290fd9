/** Each rule about recipes warns where it should, and is silent just beside that. */
import { expect, it } from '@jest/globals';
import { checkFile, type Spec } from '../../../../src/compiler/compile';

interface Written {
  readonly optimizer?: string;
  readonly settings?: string;
  readonly sample?: string;
  readonly set?: { readonly [key: string]: string };
}

/** A file with a recipe of 200 steps, checked. */
function checkRecipe({ optimizer = 'adamw(rate: 1e-3)', settings = '', sample = '', set = {} }: Written): Spec {
  const text = `
model Tiny(classes: Int = 3) {
  input noisy: image(8x8)
  input time: scalar
  input label: class(classes)
  output velocity = noisy * time * embed(label, 1) @e
}
train quick of Tiny {
  data = mnist()
  objective = rectified_flow(time: uniform())
  optimizer = ${optimizer}
  batch = 4
  steps = 200
  ${settings}
}
${sample && `sample quick of Tiny {\n${sample}\n}`}`;
  return checkFile('m.weft', (path) => (path === 'm.weft' ? text : null), { set });
}

function warnings(written: Written): string[] {
  return checkRecipe(written).diagnostics.map((d) => `${d.severity} ${d.code}`);
}

const walk = 'solver = heun(steps: 10)\n';

it.each<[string, Written]>([
  ['average-too-long', { settings: 'ema = 0.9999' }],
  ['average-too-long', { settings: 'ema = 0.99' }],
  ['average-too-long', { settings: 'ema = 0.98', set: { steps: '50' } }],
  ['beyond-the-run', { settings: 'warmup = 200' }],
  ['beyond-the-run', { settings: 'phase at 200 { optimizer.rate = 1e-4 }' }],
  ['beyond-the-run', { settings: 'checkpoint = 201' }],
  ['beyond-the-run', { settings: 'sample_every = 200' }],
  ['beyond-the-run', { settings: 'sample_every = 50', set: { steps: '40' } }],
  ['beyond-the-run', { settings: 'ema = power(0.05)\nsnapshot_every = 200' }],
  ['beyond-the-run', { settings: 'validate = held_out(every: 200, data: mnist(), images: 8)' }],
  ['beyond-the-run', { settings: 'on_spike = rewind(200)' }],
  ['no-clip', { optimizer: 'adamw(rate: 3e-3)' }],
  ['no-clip', { optimizer: 'came(rate: 0.01)' }],
  ['no-clip', { set: { 'optimizer.rate': '0.1' } }],
  ['guidance-without-drop', { sample: `${walk}guidance = cfg(3)` }],
  ['guidance-without-drop', { settings: 'drop = label(0)', sample: `${walk}guidance = cfg(3)` }],
  ['steps-below-order', { sample: 'solver = flow_dpm(steps: 1)' }],
  ['idle-guidance', { settings: 'drop = label(0.1)', sample: 'solver = euler(steps: 1)\nguidance = cfg(3)' }],
  ['idle-guidance', { settings: 'drop = label(0.1)', sample: `${walk}guidance = cfg(3, from: 0.501, to: 0.502)` }],
  ['steps-below-order', { sample: walk, set: { 'sample.solver.steps': '1' } }],
])('warns of %s: %j', (code, written) => {
  expect(warnings(written)).toEqual([`warning ${code}`]);
});

it.each<[Written]>([
  [{ settings: 'ema = 0.98' }],
  [{ settings: 'warmup = 199' }],
  [{ settings: 'phase at 199 { optimizer.rate = 1e-4 }' }],
  [{ settings: 'checkpoint = 200' }],
  [{ settings: 'sample_every = 199' }],
  [{ settings: 'ema = power(0.05)\nsnapshot_every = 199' }],
  [{ settings: 'validate = held_out(every: 199, data: mnist(), images: 8)' }],
  [{ settings: 'on_spike = rewind(199)' }],
  [{ optimizer: 'adamw(rate: 3e-3)', settings: 'clip = norm(1)' }],
  [{ optimizer: 'muon(rate: 3e-3)' }],
  [{ settings: 'drop = label(0.1)', sample: `${walk}guidance = cfg(3)` }],
  [{ settings: 'drop = label(0.1)', sample: 'solver = euler(steps: 2)\nguidance = cfg(3)' }],
  [{ sample: `${walk}guidance = cfg(1)` }],
  [{ sample: `${walk}guidance = auto(2, "weak.safetensors")` }],
  [{ sample: 'solver = euler(steps: 1)' }],
  [{ sample: 'solver = dpm_solver_pp(steps: 3)' }],
])('has nothing to say of %j', (written) => {
  expect(warnings(written)).toEqual([]);
});

it.each([
  [4, /^A run of this length is too short for an average: leave `ema` out/],
  [5, /^A run of this length is too short/],
  [6, /ema = 0\.167 is about right/],
])('names an average for a run of %i steps, or none', (steps, hint) => {
  const { diagnostics } = checkRecipe({ settings: 'ema = 0.99', set: { steps: `${steps}` } });
  expect(diagnostics.find((d) => d.code === 'average-too-long')?.hint).toMatch(hint);
});

it('warns of a guidance of the file too, once training has been told by hand to leave nothing out', () => {
  const branches = `guidance away(scale: Float) {
  let (uncond, cond) = (branch(none), branch())
  return uncond + scale * (cond - uncond)
}`;
  const spec = checkRecipe({
    settings: 'drop = label(0.1)',
    sample: `${walk}guidance = away(3)\n}\n${branches}\nsample two of Tiny {\n${walk}`,
  });
  expect(spec.diagnostics).toEqual([]);
  const { model } = spec.elaborate('Tiny');
  const [recipe] = spec.recipes;
  const codes = (labelDrop: number): string[] => spec.problems({ ...recipe, labelDrop }, model).map((d) => d.code);
  expect(codes(0.1)).toEqual([]);
  expect(codes(0)).toEqual(['guidance-without-drop']);
});

it('tells the first of many sample sections that a recipe does not train for', () => {
  const sample = `${walk}guidance = cfg(3)\n}\n`;
  const samples = Array.from({ length: 50 }, (_, i) => `sample s${i} of Tiny {\n${sample}`).join('');
  const told = (settings: string): string[] =>
    warnings({ settings, sample: `${sample}${samples}sample last of Tiny {\n${walk}` });
  expect(told('')).toEqual(Array.from({ length: 20 }, () => 'warning guidance-without-drop'));
  expect(told('drop = label(0.1)')).toEqual([]);
});
