/** Properties of an op that passes and reports need besides its meaning: every op states every one. */
// Tested by test/compiler/ops/define.test.ts.

/**
 * How a fusing compiler stores the result of an op. `view`: reads its operand's memory under another shape. `cheap`: makes
 * each element from a few of its operands', so that readers can compute it themselves. `costly`: the same, but too expensive to
 * compute twice. `reduction`: folds its operand. `whole`: reads operands from memory and writes its result there.
 * `written out`: is expanded to ops of the other kinds.
 */
export type MemoryUse = 'view' | 'cheap' | 'costly' | 'reduction' | 'whole' | 'written out';

/**
 * What the axes of the operands mean, and so which of them can be merged. `elementwise`: operands are broadcast to the result.
 * `box`: a part of a whole, or a whole around a part. `row`: the last axis is one row, `pair`: the last two are a matrix.
 * `product`: a batch of matrix products. `table`: rows by index. `composite`: expanded to other ops.
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
 * The effect of half precision on an op. `follows`: none worth noting. `product`: half precision makes it faster.
 * `statistic`: it loses too much accuracy, by rounding of sums or by overflow (256² is above the largest half, 65504).
 * `mixed`: products with a statistic between them.
 */
export type HalfUse = 'follows' | 'product' | 'statistic' | 'mixed';

export interface Traits {
  readonly memory: MemoryUse;
  /** Null for an op that has its own meaning of axes, or ignores them. */
  readonly axes: AxesKind | null;
  readonly half: HalfUse;
  /** Whether its two operands can be swapped. */
  readonly commutative: boolean;
  /**
   * Whether the op on constants becomes a constant. `small`: only a small one, since repeating elements is free at run time
   * but takes space in a file. `never`: each backend has its own numbers, as for random draws.
   */
  readonly fold: 'always' | 'small' | 'never';
}

/** The most common traits. Memory and axes have no default: each op or factory states them. */
export const usual = { half: 'follows', commutative: false, fold: 'always' } as const;
