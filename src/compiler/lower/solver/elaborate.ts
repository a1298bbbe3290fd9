/** Elaborates a `solver` and a `guidance` into one step of a walk, from noisy images, kept states, and answers of the model. */
// Tested by test/compiler/programs/walk.test.ts.
import type { Diagnostic } from '../../diagnostics/diagnostic';
import { input, inScope, type Value } from '../../ir/graph';
import type { Span } from '../../source';
import type { GuidanceDeclaration, MethodDeclaration, SolverDeclaration } from '../../syntax/ast';
import { givesOutput } from '../../syntax/statements';
import { betasOf } from '../betas';
import type { Context } from '../context';
import { withinLimits } from '../elaborate';
import { newContext } from '../interpreter';
import { bindParameters, type MethodCall } from '../method';
import type { ModelGraph, ModelInput } from '../model';
import { Scope } from '../scope';
import { describe, numberValue, poison, tensorValue, type Evaluated } from '../values';
import { checkBody, Kept, type KeptState } from './kept';
import { guidanceNames, solverNames } from './names';
import { guidanceWords, solverWords, type Branch, type Point } from './words';

/** Gives the velocity to follow at a point; `ask` gives the model's velocity for a branch. */
export type Guide = (at: Point, ask: (branch: Branch) => Value, decide: StepSources['decide']) => Value;

/** The values that a step uses. */
export interface StepSources {
  /** The model, converted so that its output is a velocity. */
  readonly model: ModelGraph;
  readonly image: ModelInput;
  readonly steps: number;
  /** The number of the step, from 0. */
  readonly index: Value;
  /** Whether a condition holds in this step; null if it does not depend on the step's number alone. */
  readonly decide: (condition: Value) => boolean | null;
  /** Noise of the shape of the image. */
  readonly draw: () => Value;
  /** A placeholder for the model's velocity at a point for a branch; `settle` replaces it. */
  readonly ask: (at: Point, branch: Branch) => Value;
  /** Replaces the placeholders of `ask` in a value by the model's results. */
  readonly settle: (value: Value) => Value;
}

export interface ElaboratedStep {
  /** The noisy images after the step; null if there are errors. */
  readonly latents: Value | null;
  /** How often the solver asks for the velocity. */
  readonly asked: number;
  /** The kept states, by `solver.NAME` and `guidance.NAME`. */
  readonly states: ReadonlyMap<string, KeptState>;
  readonly diagnostics: readonly Diagnostic[];
}

/** The scope of all values outside the model: they stay in float32 at every precision. */
export const solverScope = 'solver';

const latentsName = 'loop/latents';

/** Elaborates one step. Without a guidance, the solver follows the model's velocity with all its conditions. */
export function elaborateStep(
  solver: MethodCall<SolverDeclaration>,
  guidance: MethodCall<GuidanceDeclaration> | Guide | null,
  sources: StepSources,
): ElaboratedStep {
  const guide = typeof guidance === 'object' && guidance ? new DeclaredGuidance(guidance, sources) : null;
  const follow: Guide = guide?.follow ?? (typeof guidance === 'function' ? guidance : (_, ask) => ask(plainBranch));
  const { declaration, names } = solver;
  const { image, model } = sources;
  const ctx = newContext(names, { batch: image.value.shape[0] });
  ctx.decide = decider(sources);
  const kept = new Kept('solver', image);
  let latents: Value | null = null;
  let asked = 0;
  ctx.declarations = kept.declarations(ctx, solverNames, (name, give) => {
    if (name === 'noisy') latents = give();
    return name === 'noisy';
  });
  inScope(solverScope, () =>
    withinLimits(ctx, () => {
      const scope = new Scope(null, declaration.parameters);
      const ask = (at: Point, span: Span): Value => {
        asked++;
        const velocity = ctx.within({ span, message: 'the velocity is asked here' }, () =>
          sources.settle(follow(at, (branch) => sources.ask(at, branch), sources.decide)),
        );
        return guide?.hasFailed ? ctx.giveUp() : velocity;
      };
      const words = solverWords(model, image, { ask, draw: sources.draw });
      bindFacts(scope, declaration, sources, { noisy: tensorValue(input(latentsName, image.value.shape), true) });
      for (const [name, word] of words) scope.bind(name, { kind: 'builtin', name, word }, declaration.name.span);
      bindParameters(ctx, solver, scope, { steps: numberValue(sources.steps) });
      ctx.within(trailOf(solver), () => ctx.under(solverScope, () => ctx.evaluateBody(declaration.body, scope)));
      checkBody(ctx, declaration);
      return poison;
    }),
  );
  const { name, span } = declaration.name;
  if (!ctx.hasFailed && !latents && givesOutput(declaration.body, 'noisy')) ctx.report('solver-output', span, { name });
  if (!ctx.hasFailed && asked === 0) ctx.report('solver-without-model', span, { name });
  const states = new Map([
    ...[...kept.states].map(([state, value]) => [`solver.${state}`, value] as const),
    ...[...(guide?.kept.states ?? [])].map(([state, value]) => [`guidance.${state}`, value] as const),
  ]);
  const diagnostics = [...(guide?.ctx.diagnostics ?? []), ...ctx.diagnostics];
  const isSound = !ctx.hasFailed && !guide?.hasFailed;
  return { latents: isSound ? latents : null, asked, states, diagnostics };
}

const plainBranch: Branch = { without: [], conditions: new Map(), weights: null };

/** A guidance of the language. Its states carry over from each evaluation to the next, also within a step. */
class DeclaredGuidance {
  readonly ctx: Context;
  readonly kept: Kept;

  constructor(
    private readonly method: MethodCall<GuidanceDeclaration>,
    private readonly sources: StepSources,
  ) {
    this.ctx = newContext(method.names, { batch: sources.image.value.shape[0] });
    this.ctx.decide = decider(sources);
    this.kept = new Kept('guidance', sources.image);
  }

  get hasFailed(): boolean {
    return this.ctx.hasFailed;
  }

  readonly follow: Guide = (at, askBranch) => {
    const { ctx, kept, method, sources } = this;
    const { declaration } = method;
    ctx.declarations = kept.declarations(ctx, guidanceNames, () => false);
    let asked = 0;
    const ask = (branch: Branch): Value => {
      asked++;
      return askBranch(branch);
    };
    let found: Value | null = null;
    withinLimits(ctx, () => {
      const scope = new Scope(null, declaration.parameters);
      bindFacts(scope, declaration, sources, {
        noisy: tensorValue(at.noisy, true),
        time: tensorValue(at.time, false),
        steps: numberValue(sources.steps),
      });
      for (const [name, word] of guidanceWords(sources.model, ask))
        scope.bind(name, { kind: 'builtin', name, word }, declaration.name.span);
      bindParameters(ctx, method, scope);
      const value =
        ctx.within(trailOf(method), () => ctx.under(solverScope, () => ctx.evaluateBody(declaration.body, scope))) ??
        poison;
      checkBody(ctx, declaration);
      if (value.kind === 'poison') return poison;
      const { span } = declaration.body.result ?? declaration.name;
      if (value.kind !== 'tensor')
        return ctx.fail('guidance-value', span, { name: declaration.name.name, found: describe(value) });
      found = kept.fitted(ctx, `The velocity of ${declaration.name.name}`, value, span);
      if (asked === 0) ctx.report('guidance-without-branch', declaration.name.span, { name: declaration.name.name });
      return value;
    });
    for (const [name, state] of kept.states) {
      if (state.value !== state.input) kept.states.set(name, { ...state, value: sources.settle(state.value) });
    }
    // If the guidance has failed, this value is not used.
    return found ?? at.noisy;
  };
}

function decider({ decide }: StepSources): Context['decide'] {
  return (v) =>
    v.kind === 'tensor' && v.value.dtype === 'bool' && v.value.shape.length === 0 ? decide(v.value) : null;
}

function bindFacts(
  scope: Scope,
  { name: { span } }: MethodDeclaration,
  { model, index }: StepSources,
  more: { readonly [name: string]: Evaluated },
): void {
  const { noise, data } = model.conventions.time;
  const facts: { readonly [name: string]: Evaluated } = {
    index: tensorValue(index, false),
    noise_time: numberValue(noise, false),
    data_time: numberValue(data, false),
    betas: betasOf(model),
    ...more,
  };
  for (const [name, value] of Object.entries(facts)) scope.bind(name, value, span);
}

function trailOf({ declaration, call }: MethodCall): { span: Span; message: string } {
  return { span: call.span, message: `in ${declaration.kind} ${declaration.name.name}, named here` };
}
