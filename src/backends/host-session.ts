/** Shared code of sessions whose variables come and go as host tensors: they find variables by name, check values, and save all of them. */
// Tested by test/backends/open.test.ts.
import { WeftError } from '../compiler/diagnostics/diagnostic';
import { variablesOf, type Program, type Variable } from '../compiler/ir/graph';
import { checkTensor, disposedError } from './host';
import type { BackendName, HostTensors, Session } from './session';
import type { HeldFloats } from './variables-folder';

export abstract class HostSession implements Session {
  abstract readonly backend: BackendName;
  protected readonly programs: ReadonlyMap<string, Program>;
  protected readonly variables: ReadonlyMap<string, Variable>;
  /** What f32 is in this backend; what is saved is what is held, so that a run goes on as it was. */
  protected readonly floats: HeldFloats = 'F32';
  private isOpen = true;

  constructor(programs: readonly Program[]) {
    this.programs = new Map(programs.map((p) => [p.name, p]));
    this.variables = new Map(programs.flatMap(variablesOf).map((v) => [v.leaf.name, v]));
  }

  abstract run(program: string, inputs: HostTensors): Promise<HostTensors>;
  abstract init(seed: number): Promise<void>;
  protected abstract read(variables: readonly Variable[]): Promise<HostTensors>;
  /** Writes values whose names, types and shapes have been checked. */
  protected abstract write(values: HostTensors): Promise<void>;
  /** Releases everything the session holds; called once. */
  protected abstract release(): Promise<void>;

  async get(names: readonly string[] = [...this.variables.keys()]): Promise<HostTensors> {
    this.requireOpen('reading variables');
    return this.read(names.map((name) => this.variableNamed(name)));
  }

  async set(values: HostTensors): Promise<void> {
    this.requireOpen('writing variables');
    for (const [name, value] of Object.entries(values))
      checkTensor(`Variable "${name}"`, value, this.variableNamed(name).type);
    await this.write(values);
  }

  // Loaded only when it is needed, because a browser has no folders.
  async save(path: string): Promise<void> {
    await (await import('./variables-folder')).saveVariables(path, await this.get(), this.floats);
  }

  async restore(path: string): Promise<void> {
    const { restoreVariables } = await import('./variables-folder');
    await this.set(await restoreVariables(path, [...this.variables.keys()], this.floats));
  }

  async dispose(): Promise<void> {
    if (!this.isOpen) return;
    this.isOpen = false;
    await this.release();
  }

  protected requireOpen(doing: string): void {
    if (!this.isOpen) throw disposedError(doing);
  }

  protected variableNamed(name: string): Variable {
    const found = this.variables.get(name);
    if (found) return found;
    throw new WeftError(`There is no variable "${name}".`, 'The names are the paths of the weights in the spec.');
  }
}
