/** Scales of quantised weights: found by name beside a weight, and applied if their meaning is certain. */
import { WeftError } from '../../compiler/diagnostics/diagnostic';
import { printable } from '../../compiler/diagnostics/printable';

/** Facts about a stored tensor, known without reading it. */
export interface TensorInfo {
  readonly dtype: string;
  readonly shape: readonly number[];
}

/** How a weight's numbers are computed from the stored ones: each is multiplied by the scale of its block. */
export interface Scaling {
  /** The tensor that holds the scales. */
  readonly scale: string;
  /** Shape of the scales, with one axis for each axis of the weight. */
  readonly shape: readonly number[];
  /** Elements of the weight per scale, along each axis. */
  readonly block: readonly number[];
}

/** Types of quantised weights. */
const quantised = new Set(['F8_E4M3', 'F8_E5M2', 'I8']);
const floats = new Set(['F64', 'F32', 'F16', 'BF16']);

/** Side of the blocks of block-wise scales if the last block is incomplete. */
const usualBlock = 128;

/**
 * The scaling of each weight in `names` that has a scale beside it. If a weight is quantised in a way that is not certain, throws
 * an error that names it. `path` is for messages.
 */
export function scalingsOf(
  path: string,
  names: readonly string[],
  info: (name: string) => TensorInfo | undefined,
): ReadonlyMap<string, Scaling> {
  const wanted = new Set(names);
  const found = new Map<string, Scaling>();
  for (const name of names) {
    const weight = info(name);
    if (!weight) continue;
    const refuse = (why: string): WeftError => uncertain(path, name, weight, why);
    const scales = scaleNames(name).filter((scale) => !wanted.has(scale) && info(scale));
    const zero = zeroNames(name).find((other) => !wanted.has(other) && info(other));
    const other = packingNames(name).find((n) => !wanted.has(n) && info(n));
    if (zero && !floats.has(weight.dtype)) throw refuse(`has zero points beside it, ${printable(zero)}`);
    if (other) throw refuse(`is packed, as ${printable(other)} beside it says`);
    if (scales.length === 0) continue;
    if (scales.length > 1) throw refuse(`has several scales beside it: ${scales.map(printable).join(', ')}`);
    const [scale] = scales;
    const held = info(scale)!;
    if (floats.has(weight.dtype)) {
      // A layer's own `scale` beside a plain weight belongs to the model.
      if (scale.endsWith('.scale')) continue;
      throw refuse(`has the scale ${printable(scale)} beside it, though its type is not that of a quantised weight`);
    }
    if (!quantised.has(weight.dtype)) throw refuse(`has the scale ${printable(scale)} beside it`);
    if (!floats.has(held.dtype)) throw refuse(`has a scale of the type ${held.dtype} beside it, ${printable(scale)}`);
    const fit = fitBlocks(weight.shape, held.shape);
    if (!fit) {
      const shown = `[${held.shape.join(', ')}]`;
      throw refuse(
        `has the scale ${printable(scale)} ${shown} beside it, and which numbers each covers is not certain`,
      );
    }
    found.set(name, { scale, ...fit });
  }
  return found;
}

/** Names that tools give to the scale of a weight: `X.weight` has `X.weight_scale`, `X.scale_weight`, `X.scale`, … */
function scaleNames(name: string): string[] {
  const [layer, leaf] = split(name);
  const beside = [`${name}_scale`, `${name}_scale_inv`, `${name}_scales`, `${name}.scale`, `${name}._scale`];
  return [...beside, `${layer}scale_${leaf}`, ...(leaf === 'weight' ? [`${layer}scale`, `${layer}scales`] : [])];
}

function zeroNames(name: string): string[] {
  const [layer, leaf] = split(name);
  return [
    `${name}_zero_point`,
    `${name}_zero`,
    `${name}.zero_point`,
    ...(leaf === 'weight' ? [`${layer}zero_point`] : []),
  ];
}

/** Names of tensors that bitsandbytes adds to weights whose numbers are packed or looked up. */
function packingNames(name: string): string[] {
  const [layer] = split(name);
  return [`${name}.absmax`, `${name}.quant_map`, `${layer}SCB`, `${name}.SCB`, `${name}_packed`];
}

function split(name: string): [string, string] {
  const at = name.lastIndexOf('.') + 1;
  return [name.slice(0, at), name.slice(at)];
}

/** The elements of a weight that each scale covers; null if more than one answer is possible. */
function fitBlocks(weight: readonly number[], scale: readonly number[]): Pick<Scaling, 'shape' | 'block'> | null {
  const count = scale.reduce((a, b) => a * b, 1);
  if (count === 1) return { shape: weight.map(() => 1), block: weight };
  // One scale per row, that is per output.
  const rows = scale.length === 1 && scale[0] === weight[0] ? [scale[0], ...weight.slice(1).map(() => 1)] : scale;
  if (rows.length !== weight.length) return null;
  const block = rows.map((n, axis) => blockSide(weight[axis], n));
  return block.every((side) => side !== null) ? { shape: rows, block } : null;
}

/** Side of `count` blocks along an axis of `size`; the last block of the usual size may be incomplete. */
function blockSide(size: number, count: number): number | null {
  if (count === 1) return size;
  const whole = size % count === 0 ? size / count : null;
  const cut = Math.ceil(size / usualBlock) === count ? usualBlock : null;
  if (whole !== null && cut !== null && whole !== cut) return null;
  return whole ?? cut;
}

/** The numbers of a weight of `shape`, row-major, from the stored ones and its scales. */
export function applyScales(
  stored: Float32Array,
  shape: readonly number[],
  scales: Float32Array,
  { shape: counts, block }: Pick<Scaling, 'shape' | 'block'>,
): Float32Array {
  const out = new Float32Array(stored.length);
  const index = shape.map(() => 0);
  for (let i = 0; i < stored.length; i++) {
    let at = 0;
    for (let axis = 0; axis < shape.length; axis++) at = at * counts[axis] + Math.floor(index[axis] / block[axis]);
    out[i] = stored[i] * scales[at];
    for (let axis = shape.length - 1; axis >= 0 && ++index[axis] === shape[axis]; axis--) index[axis] = 0;
  }
  return out;
}

/** The index of a scale that makes its numbers useless: not finite, or 0 over numbers that are not 0; -1 for none. */
export function spoilingScale(
  stored: Float32Array,
  shape: readonly number[],
  scales: Float32Array,
  scaling: Pick<Scaling, 'shape' | 'block'>,
): number {
  const bad = scales.findIndex((x) => !Number.isFinite(x));
  if (bad >= 0 || !scales.includes(0)) return bad;
  // Scaling by the indices of the scales shows which numbers each scale covers.
  const numbers = applyScales(
    new Float32Array(stored.length).fill(1),
    shape,
    Float32Array.from(scales.keys()),
    scaling,
  );
  const at = stored.findIndex((x, i) => x !== 0 && scales[numbers[i]] === 0);
  return at < 0 ? -1 : numbers[at];
}

function uncertain(path: string, name: string, { dtype, shape }: TensorInfo, why: string): WeftError {
  return new WeftError(
    `The weight "${printable(name)}" of ${path} (${dtype} [${shape.join(', ')}]) ${why}.`,
    'Read as plain numbers it would be wrong. Save the weights dequantised, as F32, F16 or BF16, with the tool that made the file.',
  );
}
