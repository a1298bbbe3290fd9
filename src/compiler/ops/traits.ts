/** What passes and reports have to know of an op beside its meaning: every op answers every question. */
// Tested by test/compiler/ops/define.test.ts.

/**
 * How an op meets memory under a compiler that fuses. `view`: reads its operand's memory under another shape. `cheap`: makes
 * each element from a few of its operands', so that readers can do it for themselves. `costly`: the same, but nobody computes
 * it twice. `reduction`: goes through its operand. `whole`: reads operands from memory and writes its result there.
 * `written out`: consists of the others.
 */
export type MemoryUse = 'view' | 'cheap' | 'costly' | 'reduction' | 'whole' | 'written out';

/**
 * What the axes of the operands mean, and so which of them may be merged. `elementwise`: operands are broadcast to the result.
 * `box`: a part of a whole, or a whole around a part. `row`: the last axis is one row, `pair` the last two a matrix.
 * `product`: a batch of matrix products. `table`: rows by index. `composite`: said in other ops.
 */
export type AxesKind =
  | 'elementwise'
  | 'broadcast'
  | 'transpose'
  | 'box'
  | 'join'
  | 'reduction'
  | 'row'
  | 'pair'
  | 'product'
  | 'table'
  | 'composite';

/**
 * What half precision does to an op. `follows`: nothing to speak of. `product`: it is what half precision speeds up.
 * `statistic`: it loses too much, by rounding of sums or by overflow (256² is above the largest half, 65504).
 * `mixed`: products with a statistic between them.
 */
export type HalfUse = 'follows' | 'product' | 'statistic' | 'mixed';

export interface Traits {
  readonly memory: MemoryUse;
  /** Null for an op that has axes of its own, or does not look at them. */
  readonly axes: AxesKind | null;
  readonly half: HalfUse;
  /** Whether two operands may change places. */
  readonly commutative: boolean;
  /**
   * Whether the op on constants becomes a constant. `small`: only a small one, since repeating elements is free at run time
   * but not in a file. `never`: its numbers are a backend's own, as random draws are.
   */
  readonly fold: 'always' | 'small' | 'never';
}

/** The usual answers. Memory and axes have none: they are stated op by op, or once by a factory. */
export const usual = { half: 'follows', commutative: false, fold: 'always' } as const;
