/** A program as a list of tfjs calls made once: which tensors each call reads, and which are read for the last time. */
import type { Tensor } from '@tensorflow/tfjs-core';
import type { Program, TensorType, Value, Variable } from '../../compiler/ir/graph';
import type { TfjsTarget } from '../../compiler/ops/targets';
import { expansionOf, operandsFirst } from '../../compiler/ir/substitute';
import { inputName } from '../host';

/** A place that holds one tensor during a run. */
type Slot = number;

/** One op. `call` returns null to ask for the expansion of the op. */
export interface PlanStep {
  readonly value: Value;
  readonly call: (tf: TfjsTarget, operands: readonly Tensor[]) => Tensor | null;
  readonly inputs: readonly Slot[];
  readonly output: Slot;
  /** Slots that no later step reads and the run does not return. */
  readonly frees: readonly Slot[];
}

/** Slots are filled from inputs, variables and constants, then by the steps in order. */
export interface Plan {
  readonly slots: number;
  readonly inputs: readonly { readonly name: string; readonly slot: Slot; readonly type: TensorType }[];
  readonly variables: readonly { readonly variable: Variable; readonly slot: Slot }[];
  readonly constants: readonly { readonly value: Value; readonly slot: Slot }[];
  readonly steps: readonly PlanStep[];
  readonly outputs: readonly { readonly name: string; readonly slot: Slot; readonly type: TensorType }[];
  readonly updates: readonly { readonly name: string; readonly slot: Slot }[];
}

/** Composites of one program that a lowering declined when called, and what composites stand for; kept while it is replanned. */
export class Expansions {
  readonly declined = new Set<Value>();
  private readonly known = new Map<Value, Value>();

  of(v: Value): Value {
    const known = this.known.get(v);
    if (known) return known;
    const made = expansionOf(v);
    this.known.set(v, made);
    return made;
  }
}

/** Plans a program whose dimensions are all numbers. */
export function planProgram(program: Program, expansions: Expansions): Plan {
  const planner = new Planner(expansions);
  const outputs = Object.entries(program.outputs).map(([name, v]) => ({ name, slot: planner.plan(v), type: v.type }));
  const updates = program.updates.map((u) => ({ name: u.variable.leaf.name, slot: planner.plan(u.value) }));
  const { inputs, variables, constants } = planner.leaves();
  const owned = new Set([...variables, ...constants].map((x) => x.slot));
  const kept = new Set([...owned, ...outputs.map((o) => o.slot), ...updates.map((u) => u.slot)]);
  return {
    slots: planner.count,
    inputs,
    variables,
    constants,
    steps: withFrees(planner.steps, kept),
    outputs,
    updates,
  };
}

type Step = Omit<PlanStep, 'frees'>;

class Planner {
  readonly steps: Step[] = [];
  private readonly slots = new Map<Value, Slot>();
  count = 0;
  constructor(private readonly expansions: Expansions) {}

  /** The slot of a value, planned with all it needs. Recursion goes as deep as composites nest, not as the graph. */
  plan(root: Value): Slot {
    for (const v of operandsFirst([root], this.slots)) this.slots.set(v, this.slotOf(v));
    return this.slots.get(root)!;
  }

  leaves(): Pick<Plan, 'inputs' | 'variables' | 'constants'> {
    const found = [...this.slots].map(([value, slot]) => ({ value, slot }));
    return {
      inputs: found
        .filter(({ value }) => value.leaf?.kind === 'input')
        .map(({ value, slot }) => ({ name: inputName(value), slot, type: value.type })),
      variables: found
        .filter(({ value }) => value.leaf?.kind === 'variable')
        .map(({ value, slot }) => ({ variable: value as Variable, slot })),
      constants: found.filter(({ value }) => value.leaf?.kind === 'constant'),
    };
  }

  private slotOf(v: Value): Slot {
    if (v.leaf) return this.count++;
    const call = this.expansions.declined.has(v) ? null : callOf(v);
    if (!call) return this.plan(this.expansions.of(v));
    const inputs = v.inputs.map((x) => this.slots.get(x)!);
    const output = this.count++;
    this.steps.push({ value: v, call, inputs, output });
    return output;
  }
}

/** The op's word in tfjs, or null for a composite that has none. */
function callOf(v: Value): PlanStep['call'] | null {
  const lowering = v.op!.lower.tfjs;
  if (lowering === 'expand') return null;
  if (typeof lowering === 'string') return (tf, operands) => functionOf(tf, lowering)(...operands);
  const site = { attrs: v.attrs, types: v.inputs.map((x) => x.type), type: v.type };
  return (tf, operands) => tf.tidy(() => lowering(tf, operands, site)!);
}

function functionOf(tf: TfjsTarget, name: string): (...operands: readonly Tensor[]) => Tensor {
  const found = (tf as unknown as { readonly [name: string]: unknown })[name];
  if (typeof found !== 'function') throw new Error(`tfjs has no function ${name}`);
  return found as (...operands: readonly Tensor[]) => Tensor;
}

/** Adds to each step the slots it reads last; a result nothing reads is freed by the step that makes it. */
function withFrees(steps: readonly Step[], kept: ReadonlySet<Slot>): PlanStep[] {
  const last = new Map<Slot, number>();
  steps.forEach((step, i) => [...step.inputs, step.output].forEach((slot) => last.set(slot, i)));
  const frees = steps.map((): Slot[] => []);
  for (const [slot, i] of last) if (!kept.has(slot)) frees[i].push(slot);
  return steps.map((step, i) => ({ ...step, frees: frees[i] }));
}
