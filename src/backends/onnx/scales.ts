/** Keeps products of scaled tensors in a form that ONNX Runtime's fusion of scales does not break (docs/upstream.md). */
import type { OnnxNode } from './graph';

/**
 * Nodes that compute the same, in which no product reads a tensor that is scaled twice: the second scale, x · c, becomes −(x · −c).
 * The fusion makes the factors of a product's operands a factor of the product. It may then remove a scaled tensor that the
 * product reads in place of the one that was scaled twice. `sizes` says how many numbers each weight and constant of the file has.
 */
export function separateScales(nodes: readonly OnnxNode[], sizes: ReadonlyMap<string, number>): OnnxNode[] {
  const scaleOf = scalesIn(nodes, sizes);
  const second = new Map<OnnxNode, Scale>();
  for (const x of nodes.flatMap((n) => (n.opType === 'MatMul' ? n.input : []))) {
    const scale = scaleOf(x);
    if (scale && scaleOf(scale.scaled)) second.set(scale.node, scale);
  }
  return nodes.flatMap((node) => {
    const scale = second.get(node);
    return scale ? negatedTwice(scale) : [node];
  });
}

/** x · c or x / c for a factor c of one number that is known when the file is loaded. */
interface Scale {
  readonly node: OnnxNode;
  readonly scaled: string;
  readonly factor: string;
}

/** Nodes that a runtime may leave out, move or take for copies of their first input. */
const copies: ReadonlySet<string> = new Set(['Cast', 'Expand', 'Identity', 'Pad', 'Reshape', 'Slice', 'Transpose']);

/** Which scale gives a tensor, itself or a copy of it; null if none does. */
function scalesIn(nodes: readonly OnnxNode[], sizes: ReadonlyMap<string, number>): (x: string) => Scale | null {
  const makers = new Map(nodes.flatMap((node) => node.output.map((x): [string, OnnxNode] => [x, node])));
  const constant = new Set(sizes.keys());
  for (const { input, output } of nodes)
    if (input.every((x) => constant.has(x))) for (const x of output) constant.add(x);
  const maker = (x: string): OnnxNode | null => makers.get(x) ?? null;
  const isFactor = (x: string): boolean => {
    const node = maker(x);
    if (!node) return sizes.get(x) === 1;
    // How many numbers other ops give is not known here, so it may be one.
    return constant.has(x) && (!copies.has(node.opType ?? '') || isFactor(node.input[0]));
  };
  return (x) => {
    for (let node = maker(x); node; node = maker(node.input[0])) {
      const [a, b] = node.input;
      if (node.opType === 'Mul' || node.opType === 'Div') {
        if (isFactor(b)) return { node, scaled: a, factor: b };
        return node.opType === 'Mul' && isFactor(a) ? { node, scaled: b, factor: a } : null;
      }
      if (!copies.has(node.opType ?? '')) return null;
    }
    return null;
  };
}

function negatedTwice({ node, factor }: Scale): OnnxNode[] {
  const [negative, scaled] = [`${node.output[0]}/negative`, `${node.output[0]}/scaled`];
  const neg = (from: string, to: string): OnnxNode => ({
    name: `${to}/Neg`,
    opType: 'Neg',
    input: [from],
    output: [to],
    attribute: [],
  });
  const other = node.input.map((x) => (x === factor ? negative : x));
  return [neg(factor, negative), { ...node, input: other, output: [scaled] }, neg(scaled, node.output[0])];
}
