/** A session on PyTorch: programs are written as Python and run in a process of its own, where the variables stay. */
import { bindProgram, bindingsOf } from '../../compiler/ir/bind';
import type { Bindings } from '../../compiler/ir/dims';
import { variablesOf, type Program, type Variable } from '../../compiler/ir/graph';
import { checkInputs, hostDType, programNamed, requireStatic, typedData } from '../host';
import { HostSession } from '../host-session';
import { initialValue } from '../initial-values';
import type { HostTensor, HostTensors, SessionOptions } from '../session';
import { borrowProcess, returnProcess, type TorchProcess } from './process';
import { programSource } from './source';

/** Opens programs on PyTorch. Symbols without a value in `bindings` take theirs from the inputs of each run. */
export async function openPyTorch(programs: readonly Program[], options: SessionOptions = {}): Promise<PyTorchSession> {
  return new PyTorchSession(borrowProcess(options.threads), programs, options);
}

let sessions = 0;

class PyTorchSession extends HostSession {
  readonly backend = 'pytorch';
  private readonly id = sessions++;
  /** The variables that the process has. */
  private readonly present = new Set<string>();
  /** The programs that the process knows, each by its name and sizes. */
  private readonly defined = new Set<string>();
  private seed: number;

  constructor(
    private readonly process: TorchProcess,
    programs: readonly Program[],
    private readonly options: SessionOptions,
  ) {
    super(programs);
    this.seed = options.seed ?? 0;
  }

  /** The id of the process that computes. */
  get pid(): number | undefined {
    return this.process.pid;
  }

  async run(name: string, inputs: HostTensors): Promise<HostTensors> {
    this.requireOpen(`running ${name}`);
    const program = programNamed(this.programs, name, inputs);
    const bindings = bindingsOf(program, inputs, this.options.bindings);
    checkInputs(program, inputs, bindings);
    await this.require(variablesOf(program));
    const key = await this.define(program, bindings);
    return this.process.ask({ task: 'run', session: this.id, program: key }, inputs);
  }

  async init(seed: number): Promise<void> {
    this.requireOpen('drawing the initial values');
    this.seed = seed;
    this.present.clear();
    await this.process.ask({ task: 'forget', session: this.id });
  }

  protected async read(variables: readonly Variable[]): Promise<HostTensors> {
    await this.require(variables);
    return this.process.ask({ task: 'get', session: this.id, names: variables.map((v) => v.leaf.name) });
  }

  protected async release(): Promise<void> {
    if (this.process.isAlive) await this.process.ask({ task: 'close', session: this.id });
    returnProcess();
  }

  protected async write(values: HostTensors): Promise<void> {
    await this.process.ask({ task: 'set', session: this.id }, values);
    for (const name of Object.keys(values)) this.present.add(name);
  }

  /** Gives initial values to variables that have none; weights that were set before need none. */
  private async require(variables: readonly Variable[]): Promise<void> {
    const missing = variables.filter(({ leaf }) => !this.present.has(leaf.name));
    if (missing.length === 0) return;
    await this.write(Object.fromEntries(missing.map((v) => [v.leaf.name, initialValue(v, this.seed)])));
  }

  /** Sends a program for the current sizes at the first run with them, and returns the name to run it by. */
  private async define(program: Program, bindings: Bindings): Promise<string> {
    const key = `${program.name} ${JSON.stringify(Object.entries(bindings).sort())}`;
    if (this.defined.has(key)) return key;
    const bound = bindProgram(program, bindings);
    for (const [name, v] of Object.entries(bound.outputs))
      requireStatic(`output "${name}" of "${program.name}"`, v.type);
    const { text, constants } = programSource(bound);
    const tensors: { [name: string]: HostTensor } = {};
    for (const [name, { leaf, dtype }] of constants) {
      if (leaf?.kind !== 'constant') throw new Error('a program lists a value as constant that is none');
      const host = hostDType(dtype);
      tensors[name] = { shape: leaf.data.shape, dtype: host, data: typedData(leaf.data.data, host) };
    }
    await this.process.ask({ task: 'define', session: this.id, program: key, source: text }, tensors);
    this.defined.add(key);
    return key;
  }
}
