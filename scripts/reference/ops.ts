/** docs/ops.md: every op of the IR, its operands, its gradient, and its words in every backend. */
import { isComposite, type AnyOp } from '../../src/compiler/ops/define';
import { families } from '../../src/compiler/ops/index';
import type { Traits } from '../../src/compiler/ops/traits';
import { heading, table } from './page';

export function opsPage(): string {
  const intro =
    'A name in a backend column is its operator, one to one; "own" is a translation of its own; "expanded" is written in other ops first. How an op meets memory, half precision and constants is in the column of traits, where it is not the usual.';
  const lines = [heading('Operators of the IR', '[the op records](../src/compiler/ops/)', intro)];
  for (const [title, family] of Object.entries(families)) {
    lines.push(
      `## ${title}\n`,
      table(['op', 'meaning', 'gradient', 'traits', 'TensorFlow', 'tfjs', 'ONNX'], rows(family)),
      '',
    );
  }
  return lines.join('\n');
}

/** `concat` and its like stand for records of every number of operands; the first one speaks for all. */
function rows(family: object): string[][] {
  return (Object.values(family) as unknown[]).filter(isOp).map((op) => {
    const { doc, inputs, traits, operator, grad } = op;
    const gradient = grad === 'none' ? 'none' : grad === 'expand' ? 'of its expansion' : 'a rule';
    const words = [operator.graphDef, operator.eager, operator.onnx].map(wordOf);
    return [
      `\`${op.opName}(${inputs.join(', ')})\`${isComposite(op) ? ' composite' : ''}`,
      doc,
      gradient,
      traitsOf(traits),
      ...words,
    ];
  });
}

/** Memory always, the rest where it differs from what most ops are. */
function traitsOf({ memory, half, commutative, fold }: Traits): string {
  const constants = fold === 'small' ? ['folded where small'] : fold === 'never' ? ['never folded'] : [];
  const order = commutative ? ['commutative'] : [];
  return [memory, ...order, ...(half === 'follows' ? [] : [`${half} in half precision`]), ...constants].join(', ');
}

function isOp(value: unknown): value is AnyOp {
  return typeof value === 'function' && 'infer' in value;
}

function wordOf(operator: string): string {
  if (operator === 'expand') return 'expanded';
  return operator === 'own' ? 'own' : `\`${operator}\``;
}
