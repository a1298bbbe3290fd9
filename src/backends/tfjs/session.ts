/** A session on tfjs: programs run op by op from a plan, on wasm in Node and on whatever backend is active in a browser. */
import { held, invariant } from '../../compiler/invariant';
import type { Tensor } from '@tensorflow/tfjs-core';
import { bindProgram, bindingsOf } from '../../compiler/ir/bind';
import { staticShape } from '../../compiler/ir/dims';
import type { DType, Program, Variable } from '../../compiler/ir/graph';
import { lowRank, type RankLimits } from '../../compiler/optimize/low-rank';
import { HostSession } from '../host-session';
import { initialValue } from '../initial-values';
import { checkInputs, hostDType, programNamed, requireStatic, typedData } from '../host';
import type { HostTensor, HostTensors, SessionOptions } from '../session';
import { explainedFailure, freeQuietly } from './failure';
import { Expansions, planProgram, type Plan, type PlanStep } from './plan';
import { loadRuntime, use, type TfjsRuntime } from './runtime';

export interface TfjsOptions extends SessionOptions {
  /** The tfjs backend: `wasm`, `webgpu`, `webgl` …; wasm by default in Node, the active one elsewhere. */
  readonly tfjsBackend?: string;
}

/** Opens programs on tfjs. Symbols without a value in `bindings` take theirs from the inputs of each run. */
export async function openTfjs(programs: readonly Program[], options: TfjsOptions = {}): Promise<TfjsSession> {
  return new TfjsSession(await loadRuntime(options.tfjsBackend), programs, options);
}

/** XNNPACK, which computes on wasm, supports six axes. With more it only warns, and leaves its result unset. */
const rankLimits: RankLimits = {
  elementwise: 6,
  broadcast: 6,
  transpose: Infinity,
  box: 6,
  join: Infinity,
  reduction: Infinity,
  row: 6,
  pair: 6,
  product: 6,
  table: Infinity,
  composite: 6,
};

/** A program with numbers for its symbols, and everything needed to run it again. */
interface Planned {
  readonly program: Program;
  readonly expansions: Expansions;
  plan: Plan;
  constants: readonly Tensor[];
}

export class TfjsSession extends HostSession {
  readonly backend = 'tfjs';
  private readonly state = new Map<string, Tensor>();
  private readonly planned = new Map<string, Planned>();
  private seed: number;

  constructor(
    private readonly runtime: TfjsRuntime,
    programs: readonly Program[],
    private readonly options: TfjsOptions,
  ) {
    super(programs);
    this.seed = options.seed ?? 0;
  }

  /** Name of the tfjs backend that computes. */
  get device(): string {
    return this.runtime.backend;
  }

  async run(name: string, inputs: HostTensors): Promise<HostTensors> {
    this.requireOpen(`running ${name}`);
    const program = programNamed(this.programs, name, inputs);
    const { plan, results } = this.told(`running ${name}`, () => {
      const planned = this.plannedFor(program, inputs);
      use(this.runtime);
      const made = this.execute(planned, inputs);
      return { plan: planned.plan, results: made };
    });
    const read = plan.outputs.map(async ({ name: output, type }, i) => {
      const data = typedData(await results[i].data<'float32' | 'int32' | 'bool'>(), hostDType(type.dtype));
      results[i].dispose();
      return [output, { shape: staticShape(type.shape), dtype: hostDType(type.dtype), data }] as const;
    });
    return Object.fromEntries(await Promise.all(read));
  }

  async init(seed: number): Promise<void> {
    this.requireOpen('drawing the initial values');
    this.seed = seed;
    this.dropState();
  }

  protected async read(variables: readonly Variable[]): Promise<HostTensors> {
    const read = variables.map(async (variable) => {
      const dtype = hostDType(variable.dtype);
      const data = typedData(await this.tensorOf(variable).data<'float32' | 'int32' | 'bool'>(), dtype);
      return [variable.leaf.name, { shape: staticShape(variable.shape), dtype, data: data.slice() }] as const;
    });
    return Object.fromEntries(await Promise.all(read));
  }

  protected async write(values: HostTensors): Promise<void> {
    use(this.runtime);
    this.told('writing variables', () => {
      for (const [name, value] of Object.entries(values))
        this.store(name, this.upload(value, this.variableNamed(name).dtype));
    });
  }

  protected async release(): Promise<void> {
    this.dropState();
    for (const { constants } of this.planned.values()) freeQuietly(constants);
    this.planned.clear();
  }

  /** Does something on the backend; explains the failure if that fails. */
  private told<T>(doing: string, work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw explainedFailure(error, doing, this.runtime.tf.memory().numBytes);
    }
  }

  private dropState(): void {
    freeQuietly(this.state.values());
    this.state.clear();
  }

  /** A variable's value. It is drawn when it is first needed, so that weights which are set before are never drawn. */
  private tensorOf(variable: Variable): Tensor {
    const { name } = variable.leaf;
    if (!this.state.has(name)) {
      use(this.runtime);
      this.store(name, this.upload(initialValue(variable, this.seed), variable.dtype));
    }
    return held(this.state, name);
  }

  /** The plan for the current sizes, made at the first run with them. */
  private plannedFor(program: Program, inputs: HostTensors): Planned {
    const bindings = bindingsOf(program, inputs, this.options.bindings);
    checkInputs(program, inputs, bindings);
    const key = `${program.name} ${JSON.stringify(Object.entries(bindings).sort())}`;
    const known = this.planned.get(key);
    if (known) return known;
    const given = bindProgram(program, bindings);
    for (const [name, v] of Object.entries(given.outputs))
      requireStatic(`output "${name}" of "${program.name}"`, v.type);
    const bound = lowRank(rankLimits).run(given);
    const expansions = new Expansions();
    const made: Planned = { program: bound, expansions, plan: planProgram(bound, expansions), constants: [] };
    this.uploadConstants(made);
    this.planned.set(key, made);
    return made;
  }

  private uploadConstants(planned: Planned): void {
    use(this.runtime);
    planned.constants.forEach((c) => c.dispose());
    planned.constants = planned.plan.constants.map(({ value }) => {
      invariant(value.leaf?.kind === 'constant', 'a plan lists a value as constant that is none');
      const { shape, data } = value.leaf.data;
      const dtype = hostDType(value.dtype);
      return this.upload({ shape, dtype, data: typedData(data, dtype) }, value.dtype);
    });
  }

  /** Runs a plan and applies its updates; the tensors returned belong to the caller. An op that declines is expanded from then on. */
  private execute(planned: Planned, inputs: HostTensors): Tensor[] {
    for (;;) {
      const outcome = this.tryExecute(planned, inputs);
      if (outcome.done) return outcome.results;
      planned.expansions.declined.add(outcome.declined.value);
      planned.plan = planProgram(planned.program, planned.expansions);
      this.uploadConstants(planned);
    }
  }

  private tryExecute(
    { plan, constants }: Planned,
    inputs: HostTensors,
  ): { done: true; results: Tensor[] } | { done: false; declined: PlanStep } {
    const { tf } = this.runtime;
    const slots = new Array<Tensor | null>(plan.slots).fill(null);
    const borrowed = new Set<number>();
    const lend = (slot: number, tensor: Tensor) => {
      slots[slot] = tensor;
      borrowed.add(slot);
    };
    plan.variables.forEach(({ variable, slot }) => lend(slot, this.tensorOf(variable)));
    plan.constants.forEach(({ slot }, i) => lend(slot, constants[i]));
    try {
      for (const { name, slot, type } of plan.inputs) slots[slot] = this.upload(inputs[name], type.dtype);
      for (const step of plan.steps) {
        const operands = step.inputs.map((slot) => filled(slots, slot));
        const result = step.call(tf, operands);
        if (!result) return { done: false, declined: step };
        slots[step.output] = operands.includes(result) ? result.clone() : result;
        for (const slot of step.frees) {
          slots[slot]?.dispose();
          slots[slot] = null;
        }
      }
      // The first one to take a tensor gets it, and others get a clone, which is a copy on wasm.
      const take = (slot: number): Tensor => {
        const tensor = filled(slots, slot);
        if (borrowed.has(slot)) return tensor.clone();
        borrowed.add(slot);
        return tensor;
      };
      const results = plan.outputs.map(({ slot }) => take(slot));
      const updated = plan.updates.map(({ slot }) => take(slot));
      plan.updates.forEach(({ name }, i) => this.store(name, updated[i]));
      return { done: true, results };
    } finally {
      freeQuietly(slots.filter((_, slot) => !borrowed.has(slot)));
    }
  }

  private store(name: string, tensor: Tensor): void {
    this.state.get(name)?.dispose();
    this.state.set(name, tensor);
  }

  private upload(tensor: HostTensor, dtype: DType): Tensor {
    const names = { f32: 'float32', i32: 'int32', bool: 'bool' } as const;
    const host = hostDType(dtype);
    const data = typedData(tensor.data, host);
    // Some backends keep the array they are given, which belongs to the caller.
    return this.runtime.tf.tensor(data === tensor.data ? data.slice() : data, [...tensor.shape], names[host]);
  }
}

/** The tensor in a slot that a step before has filled. */
function filled(slots: readonly (Tensor | null)[], slot: number): Tensor {
  const tensor = slots[slot];
  invariant(tensor, `slot ${slot} is empty`);
  return tensor;
}
