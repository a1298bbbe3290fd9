/** Plans a walk with a solver or a guidance of the language: one program for each kind of step. */
import type { Facts } from '../diagnostics/catalog';
import { diagnose, type Diagnostic } from '../diagnostics/diagnostic';
import { bindProgram } from '../ir/bind';
import { mulDims } from '../ir/dims';
import { input, scalar, topological, variable, type Program, type Value } from '../ir/graph';
import { substitute, transform } from '../ir/substitute';
import { absent, emptyPromptName } from '../lower/left-out';
import type { MethodCall } from '../lower/method';
import { tellsOfText, type ModelGraph, type ModelInput } from '../lower/model';
import { elaborateStep, type ElaboratedStep, type Guide, type StepSources } from '../lower/solver/elaborate';
import { WalkNumbers } from '../lower/solver/walk-numbers';
import type { Branch, Point } from '../lower/solver/words';
import { apply } from '../ops/define';
import { add, cast, floor, mul, neg } from '../ops/elementwise';
import { broadcastTo, concat, slice } from '../ops/movement';
import type { GuidanceDeclaration, SolverDeclaration } from '../syntax/ast';
import { denoise } from './denoise';
import { endAtOne } from './objectives/prediction';
import { velocityModel } from './objectives/velocity-model';
import { onlyInput } from './only-input';

/** A step of a walk: the index of its program, and its numbers by input. */
export interface WalkStep {
  readonly kind: number;
  readonly numbers: { readonly [input: string]: number };
}

/** A state that is kept from step to step besides the noisy images; all its elements begin as `start`. */
export interface WalkState {
  readonly name: string;
  readonly start: number;
}

export interface WalkPlan {
  /**
   * Inputs `loop/latents`, `loop/STATE`, draws `loop/draw1` …, numbers `loop/number1` …, and conditions; outputs `latents`, and
   * states that change, by their names.
   */
  readonly kinds: readonly Program[];
  readonly steps: readonly WalkStep[];
  readonly states: readonly WalkState[];
  /** Files with other weights of the model. The names of their variables begin with `weakPrefix` and the file's number, from 1. */
  readonly weak: readonly string[];
}

/** The solver and guidance of a walk as declarations of the language. */
export interface DeclaredWalk {
  readonly solver: MethodCall<SolverDeclaration>;
  readonly guidance: MethodCall<GuidanceDeclaration> | Guide | null;
  readonly steps: number;
  /** How many steps to look at, the first half and the last half of them; all by default. A walk not looked at whole has no plan. */
  readonly judged?: number;
}

/** The prefix of the names of weights from a file that a branch names; the file's number follows. */
export const weakPrefix = 'weak';

/** The name of a draw among the inputs of a step. */
export function drawName(use: number): string {
  return `loop/draw${use + 1}`;
}

/** The number of draws that a kind of step takes. */
export function drawsOf({ inputs }: Program): number {
  return inputs.filter((v) => v.leaf?.kind === 'input' && /^loop\/draw\d+$/.test(v.leaf.name)).length;
}

/** What the steps of a walk use, for rules about it. */
export interface WalkUse {
  /** How often a step asks for the velocity, at most. */
  readonly asked: number;
  /** The states of the solver that a step reads. */
  readonly read: readonly string[];
  /** The inputs that a branch leaves out. */
  readonly without: readonly string[];
  /** Whether a branch is another than the model with all its conditions. */
  readonly leads: boolean;
  /** How often the model is evaluated in the steps looked at, from noise to image: each branch of each step once. */
  readonly evaluations: number;
}

export interface PlannedWalk {
  /** Null if there are errors, or if not all steps were looked at. */
  readonly plan: WalkPlan | null;
  /** Null if there are errors. */
  readonly use: WalkUse | null;
  readonly diagnostics: readonly Diagnostic[];
}

export function planWalk(given: ModelGraph, walk: DeclaredWalk): PlannedWalk {
  const model = velocityModel(given);
  const numbers = new WalkNumbers();
  const kinds: Kind[] = [];
  const weak: string[] = [];
  const taken: { readonly kind: number; readonly step: number }[] = [];
  for (const step of lookedAt(walk)) {
    let kind = kinds.findIndex((k) => k.decisions.every((d) => numbers.holds(d.condition, step) === d.holds));
    if (kind < 0) {
      const decisions: Decision[] = [];
      const sources = new Sources(model, weak);
      const decide = (condition: Value): boolean | null => {
        if (!numbers.isKnown(condition)) return null;
        const holds = numbers.holds(condition, step);
        decisions.push({ condition, holds });
        return holds;
      };
      const image = onlyInput(model, 'image');
      const own: StepSources = { ...sources.words, model, image, steps: walk.steps, index: numbers.index, decide };
      const made = elaborateStep(walk.solver, walk.guidance, own);
      if (!made.latents) return { plan: null, use: null, diagnostics: made.diagnostics };
      kind = kinds.push({ decisions, ...made, latents: made.latents, branches: sources.branches }) - 1;
    }
    taken.push({ kind, step });
  }
  return finished(model, walk, { numbers, kinds, taken, weak });
}

/** The numbers of the steps to look at, from 0: where there are too many, the first and the last ones. */
function lookedAt({ steps, judged = steps }: DeclaredWalk): readonly number[] {
  const count = Math.min(steps, judged);
  const first = Math.ceil(count / 2);
  return Array.from({ length: count }, (_, i) => (i < first ? i : steps - count + i));
}

interface Decision {
  readonly condition: Value;
  readonly holds: boolean;
}

/** A kind of step: all its steps make the same decisions. */
interface Kind extends Pick<ElaboratedStep, 'states' | 'asked'> {
  readonly decisions: readonly Decision[];
  readonly latents: Value;
  readonly branches: readonly Branch[];
}

interface Found {
  readonly numbers: WalkNumbers;
  readonly kinds: readonly Kind[];
  readonly taken: readonly { readonly kind: number; readonly step: number }[];
  readonly weak: readonly string[];
}

/** Makes the programs. Numbers that depend on the step become their inputs, and are computed in advance in float64. */
function finished(model: ModelGraph, walk: DeclaredWalk, { numbers, kinds, taken, weak }: Found): PlannedWalk {
  const steps: WalkStep[] = [];
  const programs: Program[] = [];
  const states = statesOf(kinds);
  const diagnostics: Diagnostic[] = [];
  for (const [k, kind] of kinds.entries()) {
    const changed = [...kind.states].filter(([, s]) => s.value !== s.input);
    const roots = [kind.latents, ...changed.map(([, s]) => s.value)];
    const known = knownIn(roots, numbers);
    const own = taken.filter((t) => t.kind === k);
    const columns = own.map(({ step }) => numbers.at(known, step));
    const replaced = new Map<Value, Value>();
    const varying = new Map<string, number>();
    for (const [i, value] of known.entries()) {
      const first = columns[0][i];
      const wrong = columns.findIndex((row) => !Number.isFinite(row[i]));
      if (wrong >= 0) {
        const facts = { name: walk.solver.declaration.name.name, step: own[wrong].step, steps: walk.steps };
        diagnostics.push(notFinite(walk, { ...facts, found: String(columns[wrong][i]) }));
        return { plan: null, use: null, diagnostics };
      }
      const isSame = columns.every((row) => row[i] === first);
      const name = `loop/number${varying.size + 1}`;
      if (!isSame) varying.set(name, i);
      const made = isSame ? scalar(first) : input(name, []);
      replaced.set(value, value.dtype === 'f32' ? made : cast(made, { dtype: value.dtype }));
    }
    for (const [i, { step }] of own.entries()) {
      const row = columns[i];
      steps[step] = { kind: k, numbers: Object.fromEntries([...varying].map(([name, at]) => [name, row[at]])) };
    }
    const values = substitute(roots, replaced);
    const outputs = Object.fromEntries(values.map((v, i) => [i === 0 ? 'latents' : changed[i - 1][0], v]));
    programs.push({ name: `step${k + 1}`, inputs: inputsOf(values, model), outputs, updates: [] });
  }
  const plan = taken.length === walk.steps ? { kinds: programs, steps, states, weak } : null;
  return { plan, use: useOf(model, programs, { kinds, taken }), diagnostics };
}

function useOf(
  model: ModelGraph,
  programs: readonly Program[],
  { kinds, taken }: Pick<Found, 'kinds' | 'taken'>,
): WalkUse {
  const branches = kinds.flatMap((k) => k.branches);
  const inputs = new Set(programs.flatMap((p) => p.inputs.map((v) => v.leaf?.kind === 'input' && v.leaf.name)));
  const states = statesOf(kinds).map((s) => s.name);
  return {
    asked: Math.max(...kinds.map((k) => k.asked)),
    read: states.filter((name) => name.startsWith('solver.') && inputs.has(`loop/${name}`)),
    without: model.inputs.filter((i) => branches.some((b) => leavesOut(b, i))).map((i) => i.name),
    leads: branches.some((b) => b.weights !== null || b.without.length > 0 || b.conditions.size > 0),
    evaluations: taken.reduce((sum, { kind }) => sum + kinds[kind].branches.length, 0),
  };
}

/** The only value that a class can be given in a branch is none. */
function leavesOut({ without, conditions }: Branch, i: ModelInput): boolean {
  return without.some((w) => w.name === i.name) || (i.kind === 'class' && conditions.has(i.value));
}

function notFinite({ solver }: DeclaredWalk, facts: Facts<'solver-number'>): Diagnostic {
  return diagnose('solver-number', solver.call.span, facts);
}

function statesOf(kinds: readonly Kind[]): WalkState[] {
  const found = new Map<string, WalkState>();
  for (const { states } of kinds) for (const [name, { start }] of states) found.set(name, { name, start });
  return [...found.values()];
}

/** The outermost scalars that depend only on the number of the step. */
function knownIn(roots: readonly Value[], numbers: WalkNumbers): Value[] {
  const known: Value[] = [];
  const seen = new Set<Value>();
  const visit = [...roots];
  for (let v = visit.pop(); v; v = visit.pop()) {
    if (seen.has(v)) continue;
    seen.add(v);
    if (v.shape.length === 0 && numbers.isKnown(v)) known.push(v);
    else visit.push(...v.inputs);
  }
  return known;
}

/** The inputs that are used: those of the model in its order, then those of the walk. */
function inputsOf(roots: readonly Value[], model: ModelGraph): Value[] {
  const used = topological(roots).filter((v) => v.leaf?.kind === 'input');
  const order = new Map(model.inputs.map((i, at) => [i.value, at]));
  const rank = (v: Value): number => order.get(v) ?? model.inputs.length;
  return used.sort((a, b) => rank(a) - rank(b));
}

/** The model calls and the draws of one kind of step. */
class Sources {
  readonly branches: Branch[] = [];
  private readonly image: ModelInput;
  private readonly emptyPrompts = new Map<ModelInput, Value>();
  private pending: { readonly at: Point; readonly branch: Branch; readonly place: Value }[] = [];
  private readonly answers = new Map<Value, Value>();
  private draws = 0;
  private calls = 0;
  private places = 0;

  constructor(
    private readonly model: ModelGraph,
    private readonly weak: string[],
  ) {
    this.image = onlyInput(model, 'image');
  }

  readonly words: Pick<StepSources, 'draw' | 'ask' | 'settle'> = {
    draw: () => input(drawName(this.draws++), this.image.value.shape),
    ask: (at, branch) => {
      const place = input(`asked${++this.places}`, this.image.value.shape);
      this.pending.push({ at, branch, place });
      this.branches.push(branch);
      return place;
    },
    settle: (value) => {
      for (const weights of new Set(this.pending.map((p) => p.branch.weights))) {
        const same = this.pending.filter((p) => p.branch.weights === weights);
        const answers = this.answer(
          same[0].at,
          same.map((p) => p.branch),
        );
        same.forEach(({ place }, i) => this.answers.set(place, answers[i]));
      }
      this.pending = [];
      return substitute([value], this.answers)[0];
    },
  };

  /** Evaluates branches with the same weights at the same point in one call of the model. */
  private answer(at: Point, branches: readonly Branch[]): Value[] {
    const { model } = this;
    const [image, time] = [onlyInput(model, 'image'), onlyInput(model, 'time')];
    const batch = image.value.shape[0];
    const many = bindProgram(denoise(model), { batch: mulDims(branches.length, batch) });
    const replaced = new Map<Value, Value>();
    model.inputs.forEach((i, k) => {
      const rows = branches.map((branch) => {
        if (i === image) return at.noisy;
        if (i === time) return broadcastTo(this.seen(at), { shape: time.value.shape });
        return this.conditionOf(i, at, branch);
      });
      replaced.set(many.inputs[k], rows.length === 1 ? rows[0] : concat(rows, { axis: 0 }));
    });
    const both = this.copied(many.outputs.velocity, replaced, branches[0].weights);
    const turned = endAtOne(model.conventions.time) === 'noise';
    const zeros = both.shape.slice(1).map(() => 0);
    return branches.map((_, k) => {
      const start = [k === 0 ? 0 : mulDims(k, batch), ...zeros];
      const one = branches.length === 1 ? both : slice(both, { start, size: [batch, ...both.shape.slice(1)] });
      return turned ? neg(one) : one;
    });
  }

  /** The time that the model sees for a time of the walk. */
  private seen({ time, isWhole }: Point): Value {
    const { noise, data } = this.model.conventions.time;
    const told = noise === 0 && data === 1 ? time : add(mul(time, data - noise), noise);
    return isWhole ? floor(add(told, 0.5)) : told;
  }

  private conditionOf(i: ModelInput, at: Point, { without, conditions }: Branch): Value {
    const named = conditions.get(i.value);
    if (named) return named;
    if (!without.some((w) => w.name === i.name)) return at.conditions.get(i.value) ?? i.value;
    if (!tellsOfText(i)) return broadcastTo(scalar(absent(i), i.value.dtype), { shape: i.value.shape });
    const none = this.emptyPrompts.get(i) ?? input(emptyPromptName(i), i.value.shape, i.value.dtype);
    this.emptyPrompts.set(i, none);
    return none;
  }

  /** A copy of the model, with the weights of a file if one is named. Copies after the first have their own scopes. */
  private copied(velocity: Value, replaced: ReadonlyMap<Value, Value>, weights: string | null): Value {
    const prefix = this.calls++ === 0 ? '' : `call${this.calls}.`;
    const done = new Map(replaced);
    if (weights !== null) {
      const known = this.weak.indexOf(weights);
      const number = known < 0 ? this.weak.push(weights) : known + 1;
      for (const w of this.model.weights) {
        const { name, init, role } = w.leaf;
        done.set(w, variable(`${weakPrefix}${number}/${name}`, w.shape, init, role));
      }
    }
    const [made] = transform([velocity], done, (v, inputs) => {
      if (!v.op || inputs.every((x, i) => x === v.inputs[i])) return v;
      return apply(v.op, inputs, v.attrs, prefix + v.scope);
    });
    return made;
  }
}
