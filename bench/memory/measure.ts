/** One training step's memory: what the report says, and what the backend that runs it really holds. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSession } from '../../src/backends/open';
import type { HostTensor, HostTensors } from '../../src/backends/session';
import { loadRuntime } from '../../src/backends/tfjs/runtime';
import { bindProgram } from '../../src/compiler/ir/bind';
import { staticShape, type Bindings } from '../../src/compiler/ir/dims';
import type { Program } from '../../src/compiler/ir/graph';
import type { ModelGraph } from '../../src/compiler/lower/model';
import type { TrainRecipe } from '../../src/compiler/recipe/index';
import { trainStep } from '../../src/compiler/programs/train-step';
import { usualBindings } from '../../src/compiler/report/costs';
import { memoryOf } from '../../src/compiler/report/memory';

/** In bytes. */
export interface Measured {
  readonly predicted: number;
  readonly measured: number;
}

/**
 * XLA's own account of the whole step: arguments (variables and inputs), constants and its one block of temporaries, as it
 * is going to allocate them. The process as a whole would say less: it also holds what compiling took. Needs a fresh
 * process, since TensorFlow reads where to write the account when it is loaded.
 */
export async function measureXla(model: ModelGraph, recipe: TrainRecipe): Promise<Measured> {
  const folder = mkdtempSync(join(tmpdir(), 'weft-memory-'));
  process.env.XLA_FLAGS = `--xla_dump_to=${folder} --xla_dump_hlo_as_text --xla_dump_hlo_module_re=.*train_step.*`;
  try {
    await train('tensorflow', model, recipe, (step) => step());
    return { predicted: memoryOf(model, recipe).total, measured: reportedBytes(folder) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The most bytes of tensors that tfjs holds after any of a step's kernels. Whatever else the process holds comes with it. */
export async function measureTfjs(model: ModelGraph, recipe: TrainRecipe): Promise<Measured> {
  const { tf } = await loadRuntime('wasm');
  const before = tf.memory().numBytes;
  const { peakBytes } = await train('tfjs', model, recipe, (step) =>
    tf.profile(async () => {
      await step();
      return [];
    }),
  );
  return { predicted: memoryOf(model, recipe).totalOpByOp, measured: peakBytes - before };
}

/** Trains two steps on noise, the second one watched: the first draws weights and settles plans. */
async function train<T>(
  backend: 'tensorflow' | 'tfjs',
  model: ModelGraph,
  recipe: TrainRecipe,
  watch: (step: () => Promise<void>) => Promise<T>,
): Promise<T> {
  const program = trainStep(model, recipe);
  const bindings = { ...usualBindings(model), batch: recipe.batch };
  const session = await openSession(backend, [program], { bindings, ...(backend === 'tensorflow' && { xla: true }) });
  const inputs = noise(program, bindings);
  const step = async (): Promise<void> => {
    const { finite } = await session.run(program.name, inputs);
    if (!finite!.data[0]) throw new Error('the step was refused, so its memory says nothing');
  };
  try {
    await step();
    return await watch(step);
  } finally {
    await session.dispose();
  }
}

/** Something for every input: numbers in [0, 1), labels 0, nothing masked. */
function noise(program: Program, bindings: Bindings): HostTensors {
  const tensors = bindProgram(program, bindings).inputs.map(({ leaf, shape: dims, dtype }): [string, HostTensor] => {
    const shape = staticShape(dims);
    const length = shape.reduce((a, b) => a * b, 1);
    const name = leaf?.kind === 'input' ? leaf.name : '';
    if (dtype === 'i32') return [name, { shape, dtype, data: new Int32Array(length) }];
    if (dtype === 'bool') return [name, { shape, dtype, data: new Uint8Array(length).fill(1) }];
    const data = Float32Array.from({ length }, (_, i) => (i * 0.61803398875) % 1);
    return [name, { shape, dtype: 'f32', data: name === 'rate' ? data.fill(1e-4) : data.map((x) => x || 1) }];
  });
  return Object.fromEntries(tensors);
}

function reportedBytes(folder: string): number {
  const file = readdirSync(folder).find((name) => name.endsWith('memory-usage-report.txt'));
  const total = file && /^Total bytes used: (\d+)/m.exec(readFileSync(join(folder, file), 'utf8'))?.[1];
  if (!total) throw new Error('XLA wrote no account of its memory; this TensorFlow is another than the tested ones');
  return Number(total);
}
