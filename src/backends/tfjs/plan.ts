/** A program as a list of tfjs calls made once: which tensors each call reads, and which are read for the last time. */
// Tested by test/backends/tfjs/session.test.ts.
import type { Tensor } from '@tensorflow/tfjs-core';
import { type Program, type TensorType, type Value, type Variable, isVariable } from '../../compiler/ir/graph';
import { lowerProgram, siteOf } from '../../compiler/emit/lower';
import { expansionOf } from '../../compiler/ir/substitute';
import type { Word } from '../../compiler/ops/define';
import { inputName } from '../host';
import type { Tfjs } from './runtime';
import { tfjsWords } from './words';

/** A place that holds one tensor during a run. */
type Slot = number;

/** One op. `call` returns null to ask for the expansion of the op. */
export interface PlanStep {
  readonly value: Value;
  readonly call: (tf: Tfjs, operands: readonly Tensor[]) => Tensor | null;
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

/** Composites of one program that a lowering declined when called, and their expansions; kept when the program is planned again. */
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
  const planner = new Planner(program, expansions);
  const outputs = Object.entries(program.outputs).map(([name, v]) => ({ name, slot: planner.slotOf(v), type: v.type }));
  const updates = program.updates.map((u) => ({ name: u.variable.leaf.name, slot: planner.slotOf(u.value) }));
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
  readonly slotOf: (v: Value) => Slot;
  private readonly slots = new Map<Value, Slot>();
  count = 0;
  constructor(program: Program, expansions: Expansions) {
    const leaf = (): Slot => this.count++;
    const say = (value: Value, word: Word<Tfjs, Tensor>, inputs: readonly Slot[]): Slot | null => {
      if (expansions.declined.has(value)) return null;
      const site = siteOf(value);
      const output = this.count++;
      const call: PlanStep['call'] = (tf, operands) => tf.tidy(() => word(tf, operands, site)!);
      this.steps.push({ value, call, inputs, output });
      return output;
    };
    const expand = (v: Value): Value => expansions.of(v);
    this.slotOf = lowerProgram({ words: tfjsWords, leaf, say, expand }, program, this.slots);
  }

  leaves(): Pick<Plan, 'inputs' | 'variables' | 'constants'> {
    const found = [...this.slots].map(([value, slot]) => ({ value, slot }));
    return {
      inputs: found
        .filter(({ value }) => value.leaf?.kind === 'input')
        .map(({ value, slot }) => ({ name: inputName(value), slot, type: value.type })),
      variables: found.flatMap(({ value, slot }) => (isVariable(value) ? [{ variable: value, slot }] : [])),
      constants: found.filter(({ value }) => value.leaf?.kind === 'constant'),
    };
  }
}

/** Adds to each step the slots it reads last; a result nothing reads is freed by the step that makes it. */
function withFrees(steps: readonly Step[], kept: ReadonlySet<Slot>): PlanStep[] {
  const last = new Map<Slot, number>();
  steps.forEach((step, i) => [...step.inputs, step.output].forEach((slot) => last.set(slot, i)));
  const frees = steps.map((): Slot[] => []);
  for (const [slot, i] of last) if (!kept.has(slot)) frees[i].push(slot);
  return steps.map((step, i) => ({ ...step, frees: frees[i] }));
}
