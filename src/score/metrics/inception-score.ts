/** The inception score of what a classifier says of images (arXiv 1606.03498): high if it is sure of each, and they are of many classes. */
import type { FeatureRows } from './rows';

export interface InceptionScore {
  /** The mean over splits, from 1 to the number of classes. */
  readonly mean: number;
  /** The standard deviation over splits, divided by their number. */
  readonly deviation: number;
}

/** Adds up logits `[images, classes]` part by part. */
export class InceptionScoreSum {
  private readonly counts: Float64Array;
  /** The sum of p · log p over classes and images of each split. */
  private readonly entropies: Float64Array;
  /** The sum of probabilities of each split, `[splits, classes]`. */
  private readonly probabilities: Float64Array;

  constructor(
    private readonly classes: number,
    private readonly splits: number,
  ) {
    this.counts = new Float64Array(splits);
    this.entropies = new Float64Array(splits);
    this.probabilities = new Float64Array(splits * classes);
  }

  /** `splitOf` says which split each row of this part belongs to. */
  add({ count, data }: FeatureRows, splitOf: (row: number) => number): void {
    const { classes } = this;
    for (let i = 0; i < count; i++) {
      const [from, split] = [i * classes, splitOf(i)];
      let most = -Infinity;
      for (let c = 0; c < classes; c++) most = Math.max(most, data[from + c]);
      let total = 0;
      for (let c = 0; c < classes; c++) total += Math.exp(data[from + c] - most);
      const log = Math.log(total) + most;
      for (let c = 0; c < classes; c++) {
        const p = Math.exp(data[from + c] - log);
        this.probabilities[split * classes + c] += p;
        this.entropies[split] += p * (data[from + c] - log);
      }
      this.counts[split]++;
    }
  }

  /** exp of the mean Kullback–Leibler divergence of an image's classes from those of its split. Every split needs an image. */
  result(): InceptionScore {
    const values = Array.from({ length: this.splits }, (_, split) => {
      const count = this.counts[split];
      const own = this.probabilities.subarray(split * this.classes, (split + 1) * this.classes);
      const whole = own.reduce((sum, p) => (p > 0 ? sum + (p / count) * Math.log(p / count) : sum), 0);
      return Math.exp(this.entropies[split] / count - whole);
    });
    const mean = values.reduce((sum, x) => sum + x, 0) / values.length;
    const variance = values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / values.length;
    return { mean, deviation: Math.sqrt(variance) };
  }
}
