/** A session on PyTorch: programs are written as Python and run in processes of their own, where the variables stay. */
import { bindProgram, bindingsOf } from '../../compiler/ir/bind';
import type { Bindings } from '../../compiler/ir/dims';
import { variablesOf, type Program, type Variable } from '../../compiler/ir/graph';
import { checkInputs, hostDType, inParts, programNamed, requireStatic, typedData } from '../host';
import { HostSession } from '../host-session';
import { initialValue } from '../initial-values';
import type { HostTensor, HostTensors, SessionOptions, SharedStep } from '../session';
import { Ranks } from './ranks';
import { programSource } from './source';

/** Opens programs on PyTorch. Symbols without a value in `bindings` take theirs from the inputs of each run. */
export async function openPyTorch(programs: readonly Program[], options: SessionOptions = {}): Promise<PyTorchSession> {
  return new PyTorchSession(await Ranks.start(options.shared?.devices ?? 1, options.threads), programs, options);
}

let sessions = 0;

/** Every process has the same variables, since each makes the same updates. */
class PyTorchSession extends HostSession {
  readonly backend = 'pytorch';
  private readonly id = sessions++;
  /** The variables that the processes have. */
  private readonly present = new Set<string>();
  /** The programs that the processes know, each by its name and sizes. */
  private readonly defined = new Set<string>();
  private seed: number;

  constructor(
    private readonly ranks: Ranks,
    programs: readonly Program[],
    private readonly options: SessionOptions,
  ) {
    super(programs);
    this.seed = options.seed ?? 0;
  }

  /** The ids of the processes that compute. */
  get pids(): readonly (number | undefined)[] {
    return this.ranks.pids;
  }

  async run(name: string, inputs: HostTensors): Promise<HostTensors> {
    this.requireOpen(`running ${name}`);
    const program = programNamed(this.programs, name, inputs);
    const bindings = bindingsOf(program, inputs, this.options.bindings);
    checkInputs(program, inputs, bindings);
    await this.require(variablesOf(program));
    const { shared } = this.options;
    if (shared?.name === name) return this.share(shared, inputs);
    const request = { task: 'run', session: this.id, program: await this.define(program, bindings) } as const;
    if (program.updates.length === 0) return this.ranks.askFirst(request, inputs);
    return (await this.ranks.ask(request, this.toAll(inputs)))[0];
  }

  async init(seed: number): Promise<void> {
    this.requireOpen('drawing the initial values');
    this.seed = seed;
    this.present.clear();
    await this.ranks.ask({ task: 'forget', session: this.id });
  }

  protected async read(variables: readonly Variable[]): Promise<HostTensors> {
    await this.require(variables);
    return this.ranks.askFirst({ task: 'get', session: this.id, names: variables.map((v) => v.leaf.name) });
  }

  protected async release(): Promise<void> {
    if (this.ranks.areAlive) await this.ranks.ask({ task: 'close', session: this.id });
    this.ranks.end();
  }

  protected async write(values: HostTensors): Promise<void> {
    await this.ranks.askFirst({ task: 'set', session: this.id }, values);
    const variables = Object.entries(values).map(([name, { dtype, shape }]) => ({ name, dtype, shape }));
    if (this.ranks.count > 1) await this.ranks.ask({ task: 'spread', session: this.id, variables });
    for (const name of Object.keys(values)) this.present.add(name);
  }

  /** Runs a step in parts: each process on its own, then what they have added up on all of them. */
  private async share(shared: SharedStep, inputs: HostTensors): Promise<HostTensors> {
    const { devices, parts, batch, first, micro, update, sums } = shared;
    const { rate, clip, ...images } = inputs;
    const all = inParts(images, batch, devices * parts).map((part, at) => ({
      ...part,
      ...(devices * parts > 1 && { micro: { shape: [], dtype: 'i32', data: Int32Array.of(at) } satisfies HostTensor }),
    }));
    const session = this.id;
    for (let at = 0; at < parts; at++) {
      const each = Array.from({ length: devices }, (_, rank) => all[rank * parts + at]);
      const program = at === 0 ? first : micro;
      const key = await this.define(program, bindingsOf(program, each[0], this.options.bindings));
      await this.ranks.ask({ task: 'run', session, program: key }, each);
    }
    if (devices > 1) await this.ranks.ask({ task: 'add up', session, names: sums.map((v) => v.leaf.name) });
    const key = await this.define(update, {});
    return (await this.ranks.ask({ task: 'run', session, program: key }, this.toAll({ rate, clip })))[0];
  }

  private toAll(tensors: HostTensors): HostTensors[] {
    return Array.from({ length: this.ranks.count }, () => tensors);
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
    await this.ranks.ask({ task: 'define', session: this.id, program: key, source: text }, this.toAll(tensors));
    this.defined.add(key);
    return key;
  }
}
