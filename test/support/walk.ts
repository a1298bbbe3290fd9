/** A walk of the language in float64, by the reference evaluator. */
import { checkFile } from '../../src/compiler/compile';
import { renderText } from '../../src/compiler/diagnostics/render';
import { evaluate, type Arrays } from '../../src/compiler/ir/evaluate';
import type { NdArray } from '../../src/compiler/ir/graph';
import type { ModelGraph } from '../../src/compiler/lower/model';
import { declaredWalk } from '../../src/compiler/programs/declared-walk';
import { drawName, drawsOf, type WalkPlan } from '../../src/compiler/programs/walk';
import type { SampleSettings } from '../../src/compiler/recipe/index';
import { readSpec } from './compile';

/** The settings of a sample section that is written with some declarations; what is wrong is thrown. */
export function sampleOf(text: string, model: string): SampleSettings {
  const spec = checkFile('case.weft', (path) => (path === 'case.weft' ? text : readSpec(path)));
  const errors = spec.diagnostics.filter((d) => d.severity === 'error');
  if (errors.length > 0) throw new Error(renderText(errors, { colors: false }));
  const found = spec.samples.find((s) => s.model === model);
  if (!found) throw new Error(`no sample section of ${model}`);
  return found;
}

/** A solver and a guidance, of std or declared in `own`. */
export interface WalkLines {
  readonly solver: string;
  readonly guidance?: string;
  readonly own?: string;
}

/** Their plan for any class-conditional model. */
export function planOf(model: ModelGraph, lines: WalkLines): WalkPlan {
  const plan = declaredWalk(model, settingsOf(lines));
  if (!plan) throw new Error('no plan');
  return plan;
}

/** They as settings, which do not depend on the model. */
export function settingsOf({ solver, guidance, own = '' }: WalkLines): SampleSettings {
  const named = (call: string): string => call.replace(/\(.*/, '');
  const isIn = (call: string): boolean => own.includes(` ${named(call)}(`);
  const imports = [
    isIn(solver) ? '' : `import { ${named(solver)} } from "std/solvers"`,
    guidance && !isIn(guidance) ? `import { ${named(guidance)} } from "std/guidance"` : '',
  ];
  const text = `${imports.join('\n')}
${own}
model M() {
  input noisy: image(4x4)
  input time:  time(noise: 0, data: 1)
  input label: class(5)
  input until: scalar
  let shown = embed(label, 3)
  output velocity: image(4x4) = noisy * time + until + rearrange(shown, "(c h w) -> c h w", h: 1, w: 1)
}
sample s of M {
  solver = ${solver}
  ${guidance ? `guidance = ${guidance}` : ''}
}`;
  return sampleOf(text, 'M');
}

export interface WalkStart {
  readonly noise: NdArray;
  readonly conditions?: Arrays;
  readonly variables?: Arrays;
  /** The numbers of a draw. */
  readonly draw?: (draw: number) => NdArray;
}

/** Where the images are after each step. */
export function walked(plan: WalkPlan, { noise, conditions = {}, variables = {}, draw }: WalkStart): NdArray[] {
  let latents = noise;
  const states: { [name: string]: NdArray } = {};
  for (const { name, start } of plan.states)
    states[`loop/${name}`] = { shape: noise.shape, data: new Float64Array(noise.data.length).fill(start) };
  let draws = 0;
  return plan.steps.map(({ kind, numbers }) => {
    const program = plan.kinds[kind];
    const inputs: { [name: string]: NdArray } = { ...conditions, ...states, 'loop/latents': latents };
    for (const [name, x] of Object.entries(numbers)) inputs[name] = { shape: [], data: Float64Array.of(x) };
    for (let use = 0; use < drawsOf(program); use++) inputs[drawName(use)] = draw!(draws++);
    const { outputs } = evaluate(program, { inputs, variables });
    for (const [name, value] of Object.entries(outputs)) {
      if (name === 'latents') latents = value;
      else states[`loop/${name}`] = value;
    }
    return latents;
  });
}
