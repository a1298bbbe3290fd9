/** A session on PyTorch: programs are written as Python and run in processes of their own, where the variables stay. */
import { invariant } from '../../compiler/invariant';
import { bindProgram, bindingsOf } from '../../compiler/ir/bind';
import { staticShape, type Bindings } from '../../compiler/ir/dims';
import { variablesOf, type Program, type Variable } from '../../compiler/ir/graph';
import { checkInputs, hostDType, inParts, programNamed, requireStatic, typedData } from '../host';
import { HostSession } from '../host-session';
import { initialValue } from '../initial-values';
import type { HostTensor, HostTensors, SessionOptions, SharedStep } from '../session';
import { Ranks } from './ranks';
import { ownersOf, weightOf } from './shards';
import { programSource } from './source';

/** Opens programs on PyTorch. Symbols without a value in `bindings` take theirs from the inputs of each run. */
export async function openPyTorch(programs: readonly Program[], options: SessionOptions = {}): Promise<PyTorchSession> {
  const { shared, threads, nodes } = options;
  return new PyTorchSession(await Ranks.start(shared?.devices ?? 1, { threads, nodes }), programs, options);
}

let sessions = 0;

/** Every process has the same variables and makes the same updates, save for those that are shared out. */
class PyTorchSession extends HostSession {
  readonly backend = 'pytorch';
  private readonly id = sessions++;
  /** The variables that the processes have. */
  private readonly present = new Set<string>();
  /** The programs that the processes know, each by its name and sizes. */
  private readonly defined = new Set<string>();
  /** The rank of the process that holds a weight and what goes with it; empty if each process holds all. */
  private readonly owners: ReadonlyMap<string, number>;
  private seed: number;

  constructor(
    private readonly ranks: Ranks,
    programs: readonly Program[],
    private readonly options: SessionOptions,
  ) {
    super(programs);
    this.seed = options.seed ?? 0;
    const isShared = options.shared?.parallel === 'shard' && ranks.count > 1;
    const weights = [...this.variables.values()].filter((v) => v.leaf.role === 'weight');
    this.owners = isShared ? ownersOf(weights, ranks.count) : new Map();
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
    if (this.owners.size > 0) {
      invariant(program.updates.length === 0, `${name} changes variables that are shared out`);
      return (await this.ranks.ask({ ...request, adding: false }, this.toAll(inputs)))[0];
    }
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
    const names = variables.map((v) => v.leaf.name);
    const session = this.id;
    if (this.owners.size === 0) return this.ranks.askFirst({ task: 'get', session, names });
    const parts = await this.ranks.ask((rank) => ({
      task: 'get',
      session,
      names: names.filter((name) => (this.ownerOf(name) ?? 0) === rank),
    }));
    const found: HostTensors = Object.assign({}, ...parts);
    return Object.fromEntries(names.map((name) => [name, found[name]]));
  }

  protected async release(): Promise<void> {
    if (this.ranks.areAlive) await this.ranks.ask({ task: 'close', session: this.id });
    this.ranks.end();
  }

  protected async write(values: HostTensors): Promise<void> {
    const session = this.id;
    const all = Object.entries(values).map(([name, value]) => ({ name, value, owner: this.ownerOf(name) }));
    const sent = this.toAll({}).map((_, rank) =>
      Object.fromEntries(all.flatMap(({ name, value, owner = 0 }) => (owner === rank ? [[name, value]] : []))),
    );
    await this.ranks.ask({ task: 'set', session }, sent);
    const heads = all.map(({ name, value: { dtype, shape }, owner }) => ({ name, dtype, shape, owner }));
    const common = heads.flatMap(({ owner, ...head }) => (owner === undefined ? [head] : []));
    const owned = heads.flatMap((head) => (head.owner === undefined ? [] : [{ ...head, owner: head.owner }]));
    if (owned.length > 0) await this.ranks.ask({ task: 'share out', session, variables: owned });
    if (common.length > 0 && this.ranks.count > 1) await this.ranks.ask({ task: 'spread', session, variables: common });
    for (const name of Object.keys(values)) this.present.add(name);
  }

  /** The rank of the process that alone holds a variable. */
  private ownerOf(name: string): number | undefined {
    return this.owners.get(weightOf(name));
  }

  /** Runs a step in parts: each process on its own, then what they have added up on all of them. */
  private async share(shared: SharedStep, inputs: HostTensors): Promise<HostTensors> {
    const { devices, parts, batch, first, micro } = shared;
    const { rate, clip, ...images } = inputs;
    const all = inParts(images, batch, devices * parts).map((part, at) => ({
      ...part,
      ...(devices * parts > 1 && { micro: { shape: [], dtype: 'i32', data: Int32Array.of(at) } satisfies HostTensor }),
    }));
    const session = this.id;
    const isSharded = this.owners.size > 0;
    if (isSharded) await this.shareOutSums(shared);
    for (let at = 0; at < parts; at++) {
      const each = this.toAll({}).map((_, rank) => all[rank * parts + at]);
      // What goes to its owner is added up there.
      const program = at === 0 || isSharded ? first : micro;
      const key = await this.define(program, bindingsOf(program, each[0], this.options.bindings));
      await this.ranks.ask({ task: 'run', session, program: key, ...(isSharded && { adding: at > 0 }) }, each);
    }
    const sums = shared.shared.map((v) => v.leaf.name).filter((name) => this.ownerOf(name) === undefined);
    if (devices > 1) await this.ranks.ask({ task: 'add up', session, names: sums });
    await this.runOwn('measure', (rank) => shared.measure((weight) => this.isHeld(weight.leaf.name, rank)));
    const squares = shared.squares.map((v) => v.leaf.name);
    if (isSharded) await this.ranks.ask({ task: 'add up', session, names: squares });
    const { update } = shared;
    const held = (rank: number): Program => ({
      ...update,
      updates: update.updates.filter((u) => this.isHeld(u.variable.leaf.name, rank)),
    });
    return (await this.runOwn('update', held, { rate, clip }))[0];
  }

  /** What changes nothing is run now and then only, so compiling it would not pay; what gathers weights is not one program. */
  private isCompiled({ updates }: Program): boolean {
    return this.options.compiled === true && updates.length > 0 && this.owners.size === 0;
  }

  private isHeld(name: string, rank: number): boolean {
    return (this.ownerOf(name) ?? rank) === rank;
  }

  /** Tells the processes who holds the sums of gradients. */
  private async shareOutSums({ shared }: SharedStep): Promise<void> {
    const sums = shared.flatMap(({ leaf: { name }, shape }) => {
      const owner = this.ownerOf(name);
      return owner === undefined ? [] : [{ name, owner, dtype: 'f32' as const, shape: staticShape(shape) }];
    });
    if (this.present.has(sums[0]?.name)) return;
    await this.ranks.ask({ task: 'share out', session: this.id, variables: sums });
    for (const { name } of sums) this.present.add(name);
  }

  /** Runs on each process the program that is for it, on what it holds. */
  private async runOwn(
    name: string,
    program: (rank: number) => Program,
    inputs: HostTensors = {},
  ): Promise<HostTensors[]> {
    const session = this.id;
    if (!this.defined.has(name)) {
      const ofRank = this.owners.size > 0 ? program : (): Program => all;
      const all = program(0);
      const sources = this.toAll({}).map((_, rank) => written(ofRank(rank)));
      await this.ranks.ask(
        (rank) => ({
          task: 'define',
          session,
          program: name,
          source: sources[rank].source,
          compiled: this.isCompiled(all),
        }),
        sources.map((s) => s.tensors),
      );
      this.defined.add(name);
    }
    return this.ranks.ask({ task: 'run', session, program: name }, this.toAll(inputs));
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
    const { source, tensors } = written(bound, this.owners.size > 0 ? (v) => this.ownerOf(v) !== undefined : undefined);
    const compiled = this.isCompiled(bound);
    await this.ranks.ask({ task: 'define', session: this.id, program: key, source, compiled }, this.toAll(tensors));
    this.defined.add(key);
    return key;
  }
}

/** A program as Python, with its constants. */
function written(
  program: Program,
  isSharded?: (name: string) => boolean,
): { readonly source: string; readonly tensors: HostTensors } {
  const { text, constants } = programSource(program, { isSharded });
  const tensors: { [name: string]: HostTensor } = {};
  for (const [name, { leaf, dtype }] of constants) {
    invariant(leaf?.kind === 'constant', 'a program lists a value as constant that is none');
    const host = hostDType(dtype);
    tensors[name] = { shape: leaf.data.shape, dtype: host, data: typedData(leaf.data.data, host) };
  }
  return { source: text, tensors };
}
