/** How long the compiler itself takes on a full-size model: checked cold, and lowered to a train step on disk. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { writeSavedModel } from '../../src/backends/tensorflow/saved-model';
import { tensorflowWords } from '../../src/backends/tensorflow/words';
import { rootsOf, topological } from '../../src/compiler/ir/graph';
import { optimize } from '../../src/compiler/optimize/pipeline';
import { trainStep } from '../../src/compiler/programs/train-step';
import { packageRoot } from '../../src/files/package-root';
import { elaborateModel, openSpec } from '../../src/spec/open';

/** Prints seconds by phase, the peak memory of lowering, and the size of the graph; `--model` names one of pixeldit.weft. */
export async function benchCompile(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: { model: { type: 'string', default: 'PixelDiT_XL' }, json: { type: 'boolean', default: false } },
  });
  const root = packageRoot();
  const file = join(root, 'specs', 'pixeldit.weft');
  const check = seconds(() => spawnSync(process.execPath, [join(root, 'bin', 'weft.js'), 'check', file]));
  const phases: { [phase: string]: number } = { 'weft check, a new process': check.seconds };
  phases['check again, the text edited'] = checkedAgain(file);
  const phase = <T>(name: string, run: () => T): T => {
    const { value, seconds: taken } = seconds(run);
    phases[name] = taken;
    return value;
  };
  const model = phase('parse, check, elaborate', () => elaborateModel(openSpec(file).spec, values.model));
  const step = phase('train step with its gradients', () => trainStep(model, settings));
  const optimized = phase('optimise', () => optimize(step, tensorflowWords));
  const folder = mkdtempSync(join(tmpdir(), 'weft-bench-'));
  try {
    const saved = join(folder, 'model');
    phase('write the SavedModel', () =>
      writeSavedModel(saved, [optimized], { bindings: { batch: 8 }, execution: () => 'xla' }),
    );
    const bytes = statSync(join(saved, 'saved_model.pb')).size;
    const values_ = topological(rootsOf(optimized)).length;
    const peakRss = process.resourceUsage().maxRSS * 1024;
    if (values.json) console.log(JSON.stringify({ model: values.model, phases, values: values_, bytes, peakRss }));
    else
      print(
        values.model,
        phases,
        `${values_} values, ${(bytes / 1e6).toFixed(1)} MB, peak memory ${(peakRss / 1e6).toFixed(0)} MB`,
      );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Files that are checked one after the other, as an editor does while somebody types; the last ones count. */
const edits = 120;

/** Seconds to check a file whose text has changed, every model of it: the median. */
function checkedAgain(file: string): number {
  const text = readFileSync(file, 'utf8');
  const taken = Array.from({ length: edits }, (_, i) => {
    const edited = text.replace(/heads: Int = \d+/, `heads: Int = ${[4, 8, 16][i % 3]}`);
    return seconds(() => openSpec(file, { text: `${edited}\n// ${i}\n`, elaborateModels: true })).seconds;
  });
  const last = taken.slice(edits / 2).sort((a, b) => a - b);
  return last[last.length >> 1];
}

const settings = {
  objective: { kind: 'rectified_flow', time: { kind: 'logit_normal', mean: 0, std: 1, shift: 1 } },
  optimizer: { kind: 'adamw', rate: 1e-4, betas: [0.9, 0.999], eps: 1e-8, decay: 0 },
  ema: 0.9999,
  labelDrop: 0.1,
  precision: 'f32',
} as const;

function seconds<T>(run: () => T): { value: T; seconds: number } {
  const start = performance.now();
  const value = run();
  return { value, seconds: (performance.now() - start) / 1000 };
}

function print(model: string, phases: { readonly [phase: string]: number }, size: string): void {
  console.log(`${model}: ${size}`);
  for (const [name, taken] of Object.entries(phases)) console.log(`  ${name.padEnd(32)} ${taken.toFixed(3)} s`);
}
