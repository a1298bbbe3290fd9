/** A session on the reference evaluator: float64, slow, and what the other backends are compared with. */
// Tested by test/backends/onnx/session.test.ts.
import { held } from '../../compiler/invariant';
import { bindingsOf } from '../../compiler/ir/bind';
import { variablesOf, type NdArray, type Program, type Variable } from '../../compiler/ir/graph';
import { evaluate } from '../../compiler/ir/evaluate';
import { WeftError } from '../../compiler/diagnostics/diagnostic';
import { checkInputs, checkTensor, disposedError, hostDType, programNamed, toNdArray, typedData } from '../host';
import { initialValue } from '../initial-values';
import type { HostTensor, HostTensors, Session, SessionOptions } from '../session';
import { restoreVariables, saveVariables } from '../variables-folder';

/** Opens programs on the evaluator. Outputs and variables of f32 keep float64 precision. */
export async function openReference(programs: readonly Program[], options: SessionOptions = {}): Promise<Session> {
  const session = new ReferenceSession(programs, options);
  await session.init(options.seed ?? 0);
  return session;
}

class ReferenceSession implements Session {
  readonly backend = 'reference';
  private readonly programs: ReadonlyMap<string, Program>;
  private readonly variables = new Map<string, Variable>();
  private disposed = false;
  private readonly state = new Map<string, NdArray>();

  constructor(
    programs: readonly Program[],
    private readonly options: SessionOptions,
  ) {
    this.programs = new Map(programs.map((p) => [p.name, p]));
    for (const program of programs) for (const v of variablesOf(program)) this.variables.set(v.leaf.name, v);
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

  async get(names: readonly string[] = [...this.variables.keys()]): Promise<HostTensors> {
    this.requireOpen('reading variables');
    return Object.fromEntries(
      names.map((name) => {
        const variable = this.variableNamed(name);
        return [name, hostTensor(held(this.state, name), variable)];
      }),
    );
  }

  async set(values: HostTensors): Promise<void> {
    this.requireOpen('writing variables');
    for (const [name, value] of Object.entries(values))
      checkTensor(`Variable "${name}"`, value, this.variableNamed(name).type);
    for (const [name, value] of Object.entries(values)) this.state.set(name, toNdArray(value));
  }

  async save(path: string): Promise<void> {
    await saveVariables(path, await this.get());
  }

  async restore(path: string): Promise<void> {
    await this.set(await restoreVariables(path, [...this.variables.keys()]));
  }

  async dispose(): Promise<void> {
    this.disposed = true;
    this.state.clear();
  }

  private requireOpen(doing: string): void {
    if (this.disposed) throw disposedError(doing);
  }

  private variableNamed(name: string): Variable {
    const found = this.variables.get(name);
    if (found) return found;
    throw new WeftError(`There is no variable "${name}".`, 'The names are the paths of the weights in the spec.');
  }
}

/** Float data stays float64, so that comparisons see what the evaluator computed. */
function hostTensor({ shape, data }: NdArray, { dtype }: Pick<Variable, 'dtype'>): HostTensor {
  const host = hostDType(dtype);
  return { shape, dtype: host, data: host === 'f32' ? data.slice() : typedData(data, host) };
}
