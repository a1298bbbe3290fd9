/** The runs in a folder with their curves, as the page of `weft watch` shows them. */
// Tested by test/watch/server.test.ts.
import { existsSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { readMetrics, type TrainMetrics } from '../train/metrics';
import { findRunRecord } from '../train/find-record';
import { recordName, runPaths } from '../train/run-folder';
import { gridsOf, type TimedGrid } from '../train/strip';

export interface WatchedRun {
  /** Its path from the folder that is watched; `.` for that folder itself. */
  readonly name: string;
  /** Steps in all, by its recipe. */
  readonly steps: number;
  /** Steps done. */
  readonly done: number;
  /** By title the points [step, value], means over as many steps as there are beyond `mostPoints`. The first is the loss. */
  readonly curves: { readonly [title: string]: readonly (readonly [number, number])[] };
  /** The steps after which grids were drawn. */
  readonly grids: readonly number[];
  /** What is damaged in its record or its log. */
  readonly warnings: readonly string[];
}

/** The most points of a curve. */
const mostPoints = 500;

/** The names of runs in a folder: itself, or those in it and in the folders in it. */
async function runNames(folder: string): Promise<readonly string[]> {
  if (existsSync(join(folder, recordName))) return ['.'];
  const inside = async (at: string): Promise<string[]> => {
    const entries = await readdir(join(folder, at), { withFileTypes: true }).catch(() => []);
    return entries.filter((e) => e.isDirectory() && !e.name.startsWith('.')).map((e) => join(at, e.name));
  };
  const isRun = (name: string): boolean => existsSync(join(folder, name, recordName));
  const first = await inside('.');
  const second = await Promise.all(first.filter((name) => !isRun(name)).map(inside));
  return [...first, ...second.flat()].filter(isRun).sort();
}

/** Reads a run again only once its files have changed. */
export class WatchedRuns {
  private readonly known = new Map<string, { readonly changed: string; readonly run: WatchedRun }>();

  constructor(readonly folder: string) {}

  async all(): Promise<readonly WatchedRun[]> {
    const found = await Promise.all((await runNames(this.folder)).map((name) => this.run(name)));
    return found.filter((run) => run !== null);
  }

  /** The grids of a run that is in the folder; none for another name. */
  async grids(name: string): Promise<readonly TimedGrid[]> {
    const run = (await runNames(this.folder)).includes(name) ? await this.run(name) : null;
    return run ? gridsOf(runPaths(join(this.folder, name)), run.steps) : [];
  }

  /** Null for a run that cannot be read now. */
  private async run(name: string): Promise<WatchedRun | null> {
    const paths = runPaths(join(this.folder, name));
    const files = [paths.record, paths.metrics, paths.grids, paths.samples];
    const facts = await Promise.all(files.map((path) => stat(path).catch(() => null)));
    const changed = facts.map((f) => (f ? `${f.mtimeMs} ${f.size}` : '')).join(',');
    const before = this.known.get(name);
    if (before?.changed === changed) return before.run;
    try {
      const warnings: string[] = [];
      const warn = (message: string): void => void warnings.push(message);
      const record = await findRunRecord(paths.folder, warn);
      if (!record) return null;
      const { steps } = record.recipe;
      const metrics = await readMetrics(paths.metrics, warn);
      const grids = (await gridsOf(paths, steps)).map(({ step }) => step);
      const run = { name, steps, done: metrics.at(-1)?.step ?? 0, curves: curvesOf(metrics), grids, warnings };
      this.known.set(name, { changed, run });
      return run;
    } catch {
      // A file that is just being replaced is read the next time.
      return before?.run ?? null;
    }
  }
}

function curvesOf(metrics: readonly TrainMetrics[]): WatchedRun['curves'] {
  const last = metrics.at(-1);
  const quarters = last?.lossByTime ?? [];
  const curves: { readonly [title: string]: (m: TrainMetrics) => number | null | undefined } = {
    loss: (m) => m.loss,
    'loss on held-out images': (m) => m.validationLoss,
    'gradient norm': (m) => m.gradNorm,
    'learning rate': (m) => m.rate,
    'images per second': (m) => m.imagesPerSecond,
    'loss of the model': (m) => m.velocityLoss,
    'loss of the alignment': (m) => m.alignLoss,
    ...Object.fromEntries(
      Object.keys(last?.parts ?? {}).map((name) => [name, (m: TrainMetrics) => m.parts?.[name]] as const),
    ),
    ...Object.fromEntries(
      quarters.map((_, i) => [timeTitle(i, quarters.length), (m: TrainMetrics) => m.lossByTime?.[i]] as const),
    ),
  };
  const points = ([title, of]: readonly [string, (typeof curves)[string]]) => {
    const found = metrics.flatMap((m): [number, number][] => {
      const value = of(m);
      return typeof value === 'number' && Number.isFinite(value) ? [[m.step, value]] : [];
    });
    return [title, thinned(found)] as const;
  };
  return Object.fromEntries(
    Object.entries(curves)
      .map(points)
      .filter(([title, all]) => title === 'loss' || all.length > 0),
  );
}

/** `loss at times of part 1 of 4, the smallest`: the model's time, which may run from noise to data or back. */
function timeTitle(part: number, parts: number): string {
  const end = part === 0 ? ', the smallest' : part === parts - 1 ? ', the largest' : '';
  return `loss at times of part ${part + 1} of ${parts}${end}`;
}

/** Means of as many neighbours as leave at most `mostPoints`, at the last step of each. */
export function thinned(points: readonly (readonly [number, number])[]): (readonly [number, number])[] {
  const each = Math.ceil(points.length / mostPoints);
  return Array.from({ length: Math.ceil(points.length / Math.max(1, each)) }, (_, i) => {
    const part = points.slice(i * each, (i + 1) * each);
    const mean = part.reduce((sum, [, value]) => sum + value, 0) / part.length;
    return [part[part.length - 1][0], mean] as const;
  });
}
