/** `weft score` for a run without captions: the distance between its samples and the pictures it was trained on. */
// Tested by test/cli/score.test.ts.
import { isDeclaredGuidance, methodText } from '../compiler/recipe/sample';
import { outOfRange } from '../compiler/bind/number-range';
import { WeftError } from '../compiler/diagnostics/diagnostic';
import { scoreRanges } from '../compiler/recipe/train';
import { loadWeights } from '../run/load-weights';
import { scoreModel } from '../score/score-model';
import type { RunRecord } from '../train/run-folder';
import { chosenSampling } from './options';
import { laterProgress } from './progress';
import { ofSubject, subjectOfRun } from './sample-images';
import type { ScoreCommandOptions } from './score';

/** The side in pixels that the scoring network sees, as in docs/ablations.md: small pictures gain nothing by a larger one. */
const usualSize = 96;
const usualCount = 500;

export async function scorePictures(options: ScoreCommandOptions, record: RunRecord, scratch: string): Promise<void> {
  const { run, seed, backend, threads, size = usualSize, count = usualCount } = options;
  if (options.by) {
    throw new WeftError(
      `The run in ${run} has no captions, so there is no ${options.by} to count by.`,
      'Leave --by out.',
      2,
    );
  }
  const wanted = outOfRange(scoreRanges.samples, count);
  if (wanted !== null)
    throw new WeftError(`--count is ${count}; the number of pictures to compare must be ${wanted}.`, null, 2);
  const { data, given } = record.recipe;
  const subject = await subjectOfRun(run, options, scratch);
  const { model, weights, settings: usual } = subject;
  const settings = { ...usual, ...chosenSampling(usual, options) };
  // Features are computed twice: for the training pictures, unless they are cached, and for the samples.
  const bars = new Map<string, ReturnType<typeof laterProgress>>();
  const barOf = (what: string, total: number): ReturnType<typeof laterProgress> => {
    const found = bars.get(`${what} ${total}`) ?? laterProgress(what);
    bars.set(`${what} ${total}`, found);
    return found;
  };
  const { score } = await scoreModel(
    model,
    {
      score: { kind: 'frechet', features: 'efficientnet_lite0', samples: count, size },
      data,
      given,
      weights: await loadWeights(weights, model, ofSubject(subject, options)),
      settings,
      seed,
      backend,
      threads,
      onProgress: (what, done, total) => barOf(what, total).update(done, total),
    },
    1,
  );
  await Promise.all([...bars.values()].map((bar) => bar.stop()));
  const { solver, steps, guidance } = settings;
  if (options.json) {
    console.log(JSON.stringify({ run, weights, seed, solver, steps, guidance, ...score }, null, 2));
    return;
  }
  const { distance, extractor, reference } = score;
  const guided = guidance ? `, guidance ${isDeclaredGuidance(guidance) ? methodText(guidance) : guidance.scale}` : '';
  console.log(
    `Fréchet distance ${distance.toFixed(2)}: ${count.toLocaleString('en-US')} drawn pictures, ` +
      `${reference.images.toLocaleString('en-US')} of the training set; seed ${seed}, ${methodText(solver)}, steps ${steps}${guided}.\n` +
      `Features by ${extractor.extractor} (${extractor.weights}, images brought to ${size}x${size}), statistics ${reference.digest}.`,
  );
}
