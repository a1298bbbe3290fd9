/** What each attention of a program looks at: the weights with which its queries take its keys. */
// Tested by test/sample/attention.test.ts.
import { counted, someOf } from '../diagnostics/counted';
import { WeftError } from '../diagnostics/diagnostic';
import { staticSize } from '../ir/dims';
import { constant, inScope, rootsOf, topological, type Program, type Value } from '../ir/graph';
import { biasedAttention, attention, maskedAttention } from '../ops/attention';
import { apply } from '../ops/define';
import { broadcastTo } from '../ops/movement';
import { matchesLabel } from './freeze';

const attentions: ReadonlySet<string> = new Set([attention, maskedAttention, biasedAttention].map((op) => op.opName));

/** The most numbers in all maps of one image: a gigabyte. */
const most = 2 ** 28;

/**
 * The program `attention` with the same inputs, and an output for each attention of the model by its path, `[batch, heads, queries, keys]`. Each
 * row has a sum of 1: `softmax(scale · q·kᵀ)`, with masks and biases. All sizes but the batch must be known. `at` selects paths, as labels
 * with `*` for any text; all by default. Throws if there is none, or if the maps are too large.
 */
export function attentionMaps(program: Program, model: string, at: readonly string[] = ['*']): Program {
  const chosen = chosenAttentions(program, model, at);
  const total = chosen.map(([, { inputs }]) => numbersOf(inputs[0], inputs[1])).reduce((sum, n) => sum + n, 0);
  if (total > most)
    throw new WeftError(
      `The maps of ${counted(chosen.length, 'attention')} have ${total.toLocaleString('en-US')} numbers for one image, more than ${most.toLocaleString('en-US')}.`,
      `Choose fewer with --attention-at; there are ${namesOf(chosen)}.`,
      3,
    );
  const outputs = Object.fromEntries(chosen.map(([path, v]) => [path, mapOf(v)]));
  return { name: 'attention', inputs: program.inputs, outputs, updates: [] };
}

type Named = readonly (readonly [path: string, attention: Value])[];

/** The attentions of a model at some paths; throws if there is none. */
export function chosenAttentions(program: Program, model: string, at: readonly string[] = ['*']): Named {
  const found = topological(rootsOf(program)).filter((v) => v.op !== null && attentions.has(v.op.opName));
  if (found.length === 0)
    throw new WeftError(`${model} has no attention, so there is nothing to map.`, 'Leave --attention out.', 2);
  const named = found.map((v, i) => [pathOf(v, i, found), v] as const);
  const chosen = named.filter(([path, { scope }]) =>
    at.some((pattern) => matchesLabel(pattern, path) || matchesLabel(pattern, scope)),
  );
  if (chosen.length > 0) return chosen;
  throw new WeftError(
    `${model} has no attention at ${at.join(', ')}.`,
    `There ${named.length === 1 ? 'is' : 'are'} ${namesOf(named)}.`,
    2,
  );
}

function namesOf(named: Named): string {
  return someOf(
    named.map(([path]) => path),
    12,
  );
}

/** The attention with a unit vector as the value of each key. */
function mapOf({ op, inputs: [q, k, v, ...others], attrs, scope }: Value): Value {
  const keys = Number(k.shape[k.shape.length - 2]);
  const data = new Float64Array(keys * keys);
  for (let i = 0; i < keys; i++) data[i * keys + i] = 1;
  return inScope(scope, () => {
    const unit = broadcastTo(constant({ shape: [keys, keys], data }, v.dtype), {
      shape: [...v.shape.slice(0, -1), keys],
    });
    return apply(op!, [q, k, unit, ...others], attrs, scope);
  });
}

/** Scores per image: all axes but the batch. */
function numbersOf(q: Value, k: Value): number {
  const [, ...own] = q.shape;
  const shape = [...own.slice(0, -1), k.shape[k.shape.length - 2]];
  return staticSize(shape);
}

/** The path of its module, with a number where a module has several. */
function pathOf({ scope }: Value, index: number, all: readonly Value[]): string {
  const same = all.filter((v) => v.scope === scope);
  const path = scope === '' ? 'attention' : scope;
  return same.length === 1 ? path : `${path}#${same.indexOf(all[index]) + 1}`;
}
