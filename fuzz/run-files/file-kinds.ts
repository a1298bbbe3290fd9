/** Every kind of file that Weft reads, beside specs, which are the front end's. */
import { isNativeAvailable } from '../../src/setup/native';
import { captionKinds, numpyLatents, pictures, safetensorsLatents } from './kinds/data';
import type { FileKind } from './kinds/kind';
import { alignedEncoders, exportedModels, textEncoders } from './kinds/networks';
import { featureCaches, imageCaches, ownWeights, runs, tensorflowCheckpoints } from './kinds/own';
import { foreignSafetensors, shards, torchArchives, torchPickles } from './kinds/weights';

/** SavedModels are written, loaded once and removed; packages are checked by npm and pip. */
export const fileKinds: readonly FileKind[] = [
  ...[runs, imageCaches, featureCaches, ownWeights, ...(isNativeAvailable() ? [tensorflowCheckpoints] : [])],
  ...[torchArchives, torchPickles, foreignSafetensors, shards],
  ...[...pictures, numpyLatents, safetensorsLatents, ...captionKinds],
  ...[exportedModels, alignedEncoders, textEncoders],
];
