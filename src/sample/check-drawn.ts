/** Refuses images that are not finite: as a picture they would be black. */
import type { HostTensor } from '../backends/session';
import { WeftError } from '../compiler/diagnostics/diagnostic';

/** Throws where numbers of images `[count, …]` are NaN or infinite; gives the images back otherwise. */
export function checkDrawn(images: HostTensor): HostTensor {
  const { shape, data } = images;
  const size = data.length / shape[0];
  const bad = new Set<number>();
  for (let i = 0; i < data.length; i++) if (!Number.isFinite(Math.fround(data[i]))) bad.add(Math.floor(i / size));
  if (bad.size === 0) return images;
  throw new WeftError(
    `What was drawn is not finite in ${bad.size} of ${shape[0]} images, so no picture was written.`,
    'The weights are finite: numbers grew beyond 32-bit floats on the way. More steps, less guidance or an earlier checkpoint may help; `weft run --program denoise` shows which tap is the first.',
  );
}
