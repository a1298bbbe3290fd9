/** The interface of every backend: programs that can be run, and state that can be read, written, saved and restored. */
import type { DType, Program, Variable } from '../compiler/ir/graph';
import type { Bindings } from '../compiler/ir/dims';
import type { BackendName } from './open';
import type { Nodes } from './pytorch/nodes';

export type { BackendName };

/** A tensor in host memory, row-major. f32 ↔ Float32Array, i32 ↔ Int32Array, bool ↔ Uint8Array. */
export interface HostTensor {
  readonly shape: readonly number[];
  readonly dtype: Extract<DType, 'f32' | 'i32' | 'bool'>;
  readonly data: Float32Array | Int32Array | Uint8Array | Float64Array;
}
export type HostTensors = { readonly [name: string]: HostTensor };

export interface SessionOptions {
  /** Values for the symbols in the programs' shapes, such as `batch`, if the backend needs them known. */
  readonly bindings?: Bindings;
  /** Seed of the variables' initial values. */
  readonly seed?: number;
  /** tensorflow: compile whole programs with XLA; by default the fastest way for the precision and device. */
  readonly xla?: boolean;
  /** Threads of the backend, at least 1; all cores by default. */
  readonly threads?: number;
  /** pytorch: compile the programs that change variables with torch.compile, at their first run, which then takes minutes; not under shards. */
  readonly compiled?: boolean;
  /** pytorch: the program that is computed in parts. */
  readonly shared?: SharedStep;
  /** pytorch: the machines that compute it together; `devices` of the program are those of all. */
  readonly nodes?: Nodes;
}

/** How devices hold variables: each has all of them, or each its share of the weights and what goes with them. */
export type Parallel = 'replicate' | 'shard';

/** A program that devices compute together, each its share of the batch. */
export interface SharedStep {
  /** The program of the session in whose place it runs, with the same inputs, outputs and variables. */
  readonly name: string;
  readonly devices: number;
  readonly parallel: Parallel;
  /** How many parts of the batch each device computes, one after the other. */
  readonly parts: number;
  readonly batch: number;
  /** See `SplitStep`. */
  readonly first: Program;
  readonly micro: Program;
  readonly shared: readonly Variable[];
  readonly measure: (owns: (weight: Variable) => boolean) => Program;
  readonly squares: readonly Variable[];
  readonly update: Program;
}

/** Loaded programs that share one set of variables. */
export interface Session {
  readonly backend: BackendName;
  /** Runs a program and applies its updates. Outputs under the program's output names. */
  run(program: string, inputs: HostTensors): Promise<HostTensors>;
  /** Gives every variable its initial value, drawn from `seed`. */
  init(seed: number): Promise<void>;
  /** Values of variables by name; all of them by default. */
  get(names?: readonly string[]): Promise<HostTensors>;
  set(values: HostTensors): Promise<void>;
  /** Writes all variables to a new folder `path` in the backend's own format; it appears whole or not at all. */
  save(path: string): Promise<void>;
  restore(path: string): Promise<void>;
  dispose(): Promise<void>;
}

/** Opens programs on a backend. All programs see the same variables, matched by name. */
export type OpenSession = (programs: readonly Program[], options?: SessionOptions) => Promise<Session>;
