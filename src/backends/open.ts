/** Opens programs on a backend by name; a backend is loaded only when it is asked for. */
import { WeftError } from '../compiler/diagnostics/diagnostic';
import { kindOf, requireList, requireOptions } from '../compiler/diagnostics/require-kind';
import { requireInRange, seedRange, sizeRange } from '../compiler/bind/number-range';
import type { Vocabulary } from '../compiler/optimize/expand';
import { symbolsOf } from '../compiler/ir/bind';
import type { Program } from '../compiler/ir/graph';
import { optimize } from '../compiler/optimize/pipeline';
import { namesOf } from '../compiler/recipe/fields';
import type { OpenSession, Session, SessionOptions, SharedStep } from './session';

/** The exports of a backend's folder. */
interface Backend {
  readonly open: OpenSession;
  /** The words that programs are optimised for; null if they run unchanged. */
  readonly words: Vocabulary | null;
}

/** Every backend, by the name it is asked for. */
const backends = {
  reference: { load: () => import('./reference/index'), trains: true },
  tensorflow: { load: () => import('./tensorflow/index'), trains: true },
  tfjs: { load: () => import('./tfjs/index'), trains: true },
  onnx: { load: () => import('./onnx/index'), trains: false },
  pytorch: { load: () => import('./pytorch/index'), trains: true },
};

export type BackendName = keyof typeof backends;

export const backendNames: readonly BackendName[] = namesOf(backends);

/** The backends that apply a program's updates. */
export const trainingBackends = backendNames.filter((name) => backends[name].trains);

/** Optimises programs and opens them; `auto` is native TensorFlow if it is set up, else tfjs. */
export async function openSession(
  backend: BackendName | 'auto',
  programs: readonly Program[],
  options: SessionOptions = {},
): Promise<Session> {
  if (backend !== 'auto' && !Object.hasOwn(backends, backend))
    throw new WeftError(`There is no backend ${String(backend)}.`, `There are ${backendNames.join(', ')}, and auto.`);
  requireList('programs', programs);
  requireOptions(options);
  for (const program of programs) requireProgram(program);
  requireNumbers(programs, options);
  const chosen = backend === 'auto' ? await bestBackend() : backend;
  const { shared } = options;
  if (shared && chosen !== 'pytorch')
    throw new WeftError(
      `The ${chosen} backend runs on one device, and ${shared.devices} are asked for.`,
      'Add --engine pytorch, or leave --devices out.',
      2,
    );
  const { open, words }: Backend = await backends[chosen].load();
  const ready = (program: Program): Program => (words ? optimize(program, words) : program);
  return open(programs.map(ready), { ...options, ...(shared && { shared: mapPrograms(shared, ready) }) });
}

function mapPrograms(shared: SharedStep, map: (program: Program) => Program): SharedStep {
  const { first, micro, measure, update } = shared;
  return {
    ...shared,
    first: map(first),
    micro: map(micro),
    measure: (owns) => map(measure(owns)),
    update: map(update),
  };
}

/** Sizes that are no sizes would be errors of the backend, or worse, wrong shapes; those of other programs do not matter. */
function requireNumbers(programs: readonly Program[], { bindings = {}, seed, threads }: SessionOptions): void {
  requireOptions(bindings);
  const used = new Set(programs.flatMap(({ inputs }) => inputs.flatMap(symbolsOf)));
  for (const [name, size] of Object.entries(bindings))
    if (used.has(name)) requireInRange(`The binding of ${name}`, size, sizeRange);
  if (seed !== undefined) requireInRange('seed', seed, seedRange);
  if (threads !== undefined) requireInRange('threads', threads, sizeRange);
}

function requireProgram(program: unknown): void {
  if (typeof program === 'object' && program !== null && 'outputs' in program && 'updates' in program) return;
  throw new WeftError(
    `A program was expected, not ${kindOf(program)}.`,
    'Give what denoise, guided, loss, grad or trainStep make of a model.',
    2,
  );
}

/** The fastest backend that trains on this machine. */
export async function bestBackend(): Promise<'tensorflow' | 'tfjs'> {
  const { isNativeAvailable } = await import('./tensorflow/session');
  return isNativeAvailable() ? 'tensorflow' : 'tfjs';
}
