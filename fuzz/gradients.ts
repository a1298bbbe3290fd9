/** The campaign against derivatives: what reverse mode finds against differences of the reference, along random directions. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gradients, vjp } from '../src/compiler/autodiff/gradients';
import { evaluateValues } from '../src/compiler/ir/evaluate';
import { constant, type NdArray, type Value } from '../src/compiler/ir/graph';
import { mul } from '../src/compiler/ops/elementwise';
import { reduceSum } from '../src/compiler/ops/reduction';
import { packageRoot } from '../src/files/package-root';
import type { CampaignOptions, CampaignResult, Finding } from './campaign';
import { generateModel } from './models/generate';
import { smaller } from './models/minimise';
import { problemOf, type Problem } from './models/problem';
import { leavesOf } from './models/rounding';
import { Random } from './random';

type Env = ReadonlyMap<Value, NdArray>;

/**
 * `agrees`; `bent`: differences over several steps do not agree among themselves, as beside a kink, so nothing is judged;
 * `wrong`: they do, and the derivative is another.
 */
type Verdict = 'agrees' | 'bent' | 'wrong';

export async function fuzzGradients({ seconds, seed }: CampaignOptions): Promise<CampaignResult> {
  const counts = { models: 0, 'along directions': 0, 'dot products': 0, 'beside a kink': 0 };
  const findings = new Map<string, Finding>();
  const end = Date.now() + seconds * 1000;
  for (let i = 0; Date.now() < end; i++) {
    const problem = problemOf(generateModel(new Random(seed, i)), `m${i}`, seed + i);
    counts.models++;
    for (const { what, verdict } of checksOf(problem, new Random(seed + 1, i))) {
      counts[what]++;
      if (verdict === 'bent') counts['beside a kink']++;
      if (verdict !== 'wrong' || findings.has(what)) continue;
      findings.set(what, { title: `wrong ${what}`, file: await keep(problem, what, `gradients-${seed}-${i}`) });
    }
  }
  return { counts, findings: [...findings.values()] };
}

interface Check {
  readonly what: 'along directions' | 'dot products';
  readonly verdict: Verdict;
}

/** The gradient of the loss along directions in each leaf; and, for each tap, ⟨dy, J·v⟩ = ⟨vjp(dy), v⟩. */
function checksOf({ program, inputs, weights }: Problem, random: Random): Check[] {
  const outputs = Object.entries(program.outputs);
  const env: Env = leavesOf(program, inputs, weights);
  const leaves = [...env.keys()].filter((v) => v.dtype === 'f32' && v.leaf?.kind !== 'constant');
  const { loss } = program.outputs;
  const slopes = evaluateValues(gradients(loss, leaves), env);
  const along = leaves.map((leaf, i): Check => {
    const direction = drawLike(slopes[i], random);
    return {
      what: 'along directions',
      verdict: judge(loss, new Map([[leaf, direction]]), dot(slopes[i], direction), env),
    };
  });
  const taps = outputs.filter(([name]) => name.startsWith('tap/') || name === 'velocity');
  const products = taps.map(([, y]): Check => {
    const dy = drawLike({ shape: y.shape as number[], data: new Float64Array(sizeOf(y)) }, random);
    const cotangent = constant(dy);
    const back = vjp(y, cotangent, leaves);
    const known = leaves.filter((_, i) => back[i] !== null);
    const values = evaluateValues(
      back.filter((v) => v !== null),
      env,
    );
    const directions = new Map(known.map((leaf, i): [Value, NdArray] => [leaf, drawLike(values[i], random)]));
    const want = known.reduce((sum, leaf, i) => sum + dot(values[i], directions.get(leaf)!), 0);
    const weighted = reduceSum(mul(y, cotangent), { axes: y.shape.map((_, i) => i) });
    return { what: 'dot products', verdict: judge(weighted, directions, want, env) };
  });
  return [...along, ...products];
}

/**
 * Compares a derivative with central differences of three steps, each extrapolated with the next (error of order h⁴). Where the
 * two extrapolations differ, the function bends too sharply there to be judged.
 */
function judge(y: Value, directions: Env, derivative: number, env: Env): Verdict {
  const at = (h: number): number => {
    const moved = new Map(env);
    for (const [leaf, d] of directions) {
      const x = env.get(leaf)!;
      moved.set(leaf, { shape: x.shape, data: x.data.map((value, i) => value + h * d.data[i]) });
    }
    return evaluateValues([y], moved)[0].data[0];
  };
  const slope = (h: number): number => (at(h) - at(-h)) / (2 * h);
  const [wide, middle, near] = [4e-4, 2e-4, 1e-4].map(slope);
  const [far, close] = [(4 * middle - wide) / 3, (4 * near - middle) / 3];
  const scale = Math.max(1, Math.abs(derivative), Math.abs(at(0)));
  if (Math.abs(close - derivative) <= 1e-7 * scale) return 'agrees';
  return Math.abs(far - close) > 1e-8 * scale ? 'bent' : 'wrong';
}

function sizeOf(v: Value): number {
  return v.shape.reduce<number>((n, d) => n * Number(d), 1);
}

function drawLike({ shape, data }: NdArray, random: Random): NdArray {
  return { shape, data: data.map(() => 2 * random.next() - 1) };
}

function dot(a: NdArray, b: NdArray): number {
  return a.data.reduce((sum, x, i) => sum + x * b.data[i], 0);
}

async function keep(problem: Problem, what: string, name: string): Promise<string> {
  const shows = async (text: string): Promise<boolean> => {
    try {
      const checks = checksOf(problemOf(text, 'm', 1), new Random(2, 0));
      return checks.some((c) => c.what === what && c.verdict === 'wrong');
    } catch {
      return false;
    }
  };
  const file = join(packageRoot(), 'runs', 'fuzz', `${name}.weft`);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `// wrong ${what}\n${await smaller(problem.text, shows)}`);
  return file;
}
