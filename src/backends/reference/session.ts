/** A session on the reference evaluator: float64, slow, and what the other backends are compared with. */
import { held } from '../../compiler/invariant';
import { bindingsOf } from '../../compiler/ir/bind';
import type { NdArray, Program, Variable } from '../../compiler/ir/graph';
import { evaluate } from '../../compiler/ir/evaluate';
import { checkInputs, hostDType, programNamed, toNdArray, typedData } from '../host';
import { HostSession } from '../host-session';
import { initialValue } from '../initial-values';
import type { HostTensor, HostTensors, Session, SessionOptions } from '../session';

/** Opens programs on the evaluator. Outputs and variables of f32 keep float64 precision. */
export async function openReference(programs: readonly Program[], options: SessionOptions = {}): Promise<Session> {
  const session = new ReferenceSession(programs, options);
  await session.init(options.seed ?? 0);
  return session;
}

class ReferenceSession extends HostSession {
  readonly backend = 'reference';
  protected override readonly floats = 'F64';
  private readonly state = new Map<string, NdArray>();

  constructor(
    programs: readonly Program[],
    private readonly options: SessionOptions,
  ) {
    super(programs);
  }

  async run(name: string, inputs: HostTensors): Promise<HostTensors> {
    this.requireOpen(`running ${name}`);
    const program = programNamed(this.programs, name, inputs);
    const bindings = bindingsOf(program, inputs, this.options.bindings);
    checkInputs(program, inputs, bindings);
    const arrays = Object.entries(inputs).map(([input, tensor]) => [input, toNdArray(tensor)] as const);
    const { outputs, updates } = evaluate(program, {
      inputs: Object.fromEntries(arrays),
      variables: Object.fromEntries(this.state),
      bindings,
    });
    for (const [variable, value] of Object.entries(updates)) this.state.set(variable, value);
    const read = Object.entries(program.outputs).map(
      ([output, v]) => [output, hostTensor(outputs[output], v)] as const,
    );
    return Object.fromEntries(read);
  }

  async init(seed: number): Promise<void> {
    this.requireOpen('drawing the initial values');
    for (const [name, v] of this.variables) this.state.set(name, toNdArray(initialValue(v, seed)));
  }

  protected async read(variables: readonly Variable[]): Promise<HostTensors> {
    return Object.fromEntries(variables.map((v) => [v.leaf.name, hostTensor(held(this.state, v.leaf.name), v)]));
  }

  protected async write(values: HostTensors): Promise<void> {
    for (const [name, value] of Object.entries(values)) this.state.set(name, toNdArray(value));
  }

  protected async release(): Promise<void> {
    this.state.clear();
  }
}

/** Float data stays float64, so that comparisons see what the evaluator computed. */
function hostTensor({ shape, data }: NdArray, { dtype }: Pick<Variable, 'dtype'>): HostTensor {
  const host = hostDType(dtype);
  return { shape, dtype: host, data: host === 'f32' ? data.slice() : typedData(data, host) };
}
