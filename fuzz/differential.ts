/** The campaign against the backends: random models, with their gradients, computed alike by all of them. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { openSession } from '../src/backends/open';
import { openOnnx } from '../src/backends/onnx/session';
import { onnxWords } from '../src/backends/onnx/words';
import type { Session } from '../src/backends/session';
import type { Program } from '../src/compiler/ir/graph';
import { optimize } from '../src/compiler/optimize/pipeline';
import { packageRoot } from '../src/files/package-root';
import { nativeState } from '../src/setup/native';
import type { CampaignOptions, CampaignResult, Finding } from './campaign';
import { generateModel } from './models/generate';
import { joined } from './models/joined';
import { smaller } from './models/minimise';
import { problemOf, problemOfOutput, type Problem } from './models/problem';
import { allowedErrors, evaluatorOf, largestDifference, type Outputs } from './models/rounding';
import { generateScaled } from './models/scaled';
import { Random } from './random';

/** Models that are run as one program. */
const together = 12;
/** Of these, so many are compiled by XLA as well: half of the time, at a second a model however many share a program. */
const compiledOf = 3;

interface Row {
  readonly name: string;
  readonly open: (programs: readonly Program[]) => Promise<Session>;
}

const compiled: Row = { name: 'xla', open: (programs) => openSession('tensorflow', programs, { xla: true }) };

/** Why TensorFlow has no part; null where it has. */
const withoutTensorFlow = ((state) => (state.kind === 'absent' ? state.reason : null))(nativeState());

const rows: readonly Row[] = [
  { name: 'tfjs', open: (programs) => openSession('tfjs', programs) },
  ...[17, 23].map((opset): Row => ({
    name: `onnx ${opset}`,
    open: (programs) =>
      openOnnx(
        programs.map((p) => optimize(p, onnxWords)),
        { opset, threads: 1 },
      ),
  })),
  ...(withoutTensorFlow === null ? [{ name: 'tensorflow', open: openGraph }, compiled] : []),
];

function openGraph(programs: readonly Program[]): Promise<Session> {
  return openSession('tensorflow', programs, { xla: false });
}

/** One in so many models is of products of scaled tensors, without taps. */
const scaledOneOf = 4;

/** What the reference gives, and how far a backend may be from it. */
interface Judged {
  readonly problem: Problem;
  readonly exact: Outputs;
  readonly allowed: { readonly [output: string]: number };
  /** Whether rounding may turn one of its comparisons, so that nothing can be said of its numbers. */
  readonly hasNearTies: boolean;
}

export async function fuzzDifferential({ seconds, seed }: CampaignOptions): Promise<CampaignResult> {
  const counts: { [what: string]: number } = { models: 0, 'not finite': 0, 'near ties': 0, comparisons: 0, numbers: 0 };
  const findings = new Map<string, Finding>();
  const note =
    withoutTensorFlow === null ? null : `TensorFlow has no part, compiled or not: ${withoutTensorFlow} (weft setup)`;
  if (note) console.log(note);
  if (note) counts['without TensorFlow'] = 0;
  const end = Date.now() + seconds * 1000;
  for (let batch = 0; Date.now() < end; batch++) {
    const judged = batchOf(batch, seed);
    counts.models += judged.length;
    const finite = judged.filter(isFinite);
    const sound = finite.filter((one) => !one.hasNearTies);
    counts['not finite'] += judged.length - finite.length;
    counts['near ties'] += finite.length - sound.length;
    for (const row of rows) {
      const some = row === compiled ? sound.slice(0, compiledOf) : sound;
      counts[row.name] = (counts[row.name] ?? 0) + some.length;
      for (const one of some) counts.comparisons += Object.keys(one.exact).length;
      for (const { one, what } of await disagreements(row, some)) {
        const title = `${row.name}: ${what}`;
        if (!findings.has(title))
          findings.set(title, {
            title,
            file: await keep(row, one.problem, title, `differential-${seed}-${one.problem.program.name}`),
          });
      }
    }
    if (note) counts['without TensorFlow'] += sound.length;
    for (const one of sound) for (const { data } of Object.values(one.exact)) counts.numbers += data.length;
  }
  return { counts, findings: [...findings.values()], notes: note ? [note] : [] };
}

function batchOf(batch: number, seed: number): Judged[] {
  return Array.from({ length: together }, (_, i) => {
    const at = batch * together + i;
    const [random, name] = [new Random(seed, at), `m${at}`];
    const isScaled = i % scaledOneOf === 0;
    return judge(
      isScaled
        ? problemOfOutput(generateScaled(random), name, seed + at)
        : problemOf(generateModel(random), name, seed + at),
    );
  });
}

function judge(problem: Problem): Judged {
  const evaluator = evaluatorOf(problem);
  const exact = evaluator.run(null);
  const rounded = [1, 2, 3].map((stream) => evaluator.run(new Random(7, stream)));
  return { problem, exact, allowed: allowedErrors(exact, rounded), hasNearTies: evaluator.hasNearTies() };
}

/** Numbers that float32 holds, and that depend on their operands smoothly enough to be compared. */
function isFinite({ exact, allowed }: Judged): boolean {
  return Object.entries(exact).every(
    ([name, { data }]) => data.every((x) => Math.abs(x) < 1e30) && allowed[name] < 1e30,
  );
}

/** Where a backend leaves the reference; one model after the other where they do not run together. */
async function disagreements(row: Row, some: readonly Judged[]): Promise<{ one: Judged; what: string }[]> {
  if (some.length === 0) return [];
  try {
    const { program, inputs, weights } = joined(some.map((s) => s.problem));
    const session = await row.open([program]);
    try {
      await session.set(weights);
      const outputs = await session.run(program.name, inputs);
      return some.flatMap((one) => {
        const named = (name: string) => outputs[`${one.problem.program.name}.${name}`].data;
        const wrong = Object.entries(one.exact).find(
          ([name, { data }]) => !(largestDifference(named(name), data) <= one.allowed[name]),
        );
        return wrong ? [{ one, what: `wrong ${kindOf(wrong[0])}` }] : [];
      });
    } finally {
      await session.dispose();
    }
  } catch (error) {
    if (some.length === 1) return [{ one: some[0], what: titleOf(error) }];
    const each = [];
    for (const one of some) each.push(...(await disagreements(row, [one])));
    return each;
  }
}

/** `grad` for `grad/w3.weight`. */
function kindOf(output: string): string {
  return output.split('/')[0];
}

function titleOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text
    .split('\n')[0]
    .replace(/\/tmp\/[^ :]*/g, '…')
    .replace(/\d+/g, 'N')
    .slice(0, 160);
}

/** Writes the model, with all statements left out that it does not need, to a file and gives its path. */
async function keep(row: Row, problem: Problem, title: string, name: string): Promise<string> {
  const shows = async (text: string): Promise<boolean> => {
    try {
      const one = judge(problem.of(text));
      return (
        isFinite(one) &&
        !one.hasNearTies &&
        (await disagreements(row, [one])).some(({ what }) => `${row.name}: ${what}` === title)
      );
    } catch {
      return false;
    }
  };
  const file = join(packageRoot(), 'runs', 'fuzz', `${name}-${row.name.replace(' ', '')}.weft`);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `// ${title}\n${await smaller(problem.text, shows)}`);
  return file;
}
