/** Which classes a grid of samples shows: one row for each class. */
import type { HostTensor } from '../backends/session';

export interface LabelGrid {
  /** A label for each image, row by row. */
  readonly labels: readonly number[];
  readonly rows: number;
  readonly columns: number;
}

/** `columns` images of each of the classes. */
export function labelGrid(classes: readonly number[], columns: number): LabelGrid {
  return { labels: classes.flatMap((c) => Array.from({ length: columns }, () => c)), rows: classes.length, columns };
}

export function labelTensor(labels: readonly number[]): HostTensor {
  return { shape: [labels.length], dtype: 'i32', data: Int32Array.from(labels) };
}
