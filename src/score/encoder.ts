/** Encoders of images with their weights: a network written in the language, whose outputs are the features that sets are compared by. */
// Tested by test/score/evaluate.test.ts.
import { resolve } from 'node:path';
import type { BackendName, HostTensor } from '../backends/session';
import { WeftError } from '../compiler/diagnostics/diagnostic';
import { staticShape } from '../compiler/ir/dims';
import type { ModelGraph } from '../compiler/lower/model';
import { fileSum } from '../files/checksums';
import { architectureEntries } from '../run/recorded-architecture';
import { openFrozen, type FrozenNetwork } from '../run/frozen';
import { elaborateModel, modelNamed, openSpec } from '../spec/open';
import { parseTarget } from '../spec/target';
import { efficientNetLite0, fetchEfficientNetLite0, packagedFacts } from './efficientnet-lite0';

/** Outputs by what they are for; `spatial` and `logits` may be missing. */
const featureKinds = ['features', 'spatial', 'logits'] as const;
export type FeatureKind = (typeof featureKinds)[number];

export type FeatureWidths = { readonly [kind in FeatureKind]?: number } & { readonly features: number };

export interface ExtractorFacts {
  readonly extractor: string;
  /** The package of the weights, or the beginning of the SHA-256 of their file. */
  readonly weights: string;
  /** A digest of the computation, of a spec that is not packaged. */
  readonly computes?: string;
}

export interface Encoder {
  /** Plain data besides the images that the features depend on. */
  readonly facts: ExtractorFacts & { readonly size: string };
  readonly height: number;
  readonly width: number;
  readonly widths: FeatureWidths;
  /** Images per call. */
  readonly rows: number;
  /** Features of up to `rows` images `[images, 3, height, width]` in [-1, 1]: `[images, width]` for each kind. */
  encode(images: HostTensor): Promise<ReadonlyMap<FeatureKind, Float32Array>>;
  close(): Promise<void>;
}

export interface EncoderRequest {
  /** `FILE#Model` of a spec; the packaged EfficientNet-Lite0 if absent. */
  readonly target?: string;
  /** Its weights; not for the packaged one, which brings its own. */
  readonly weights?: string;
  /** Side of the square that the network sees: its hyper-parameter `size`. */
  readonly size?: number;
  /** ONNX Runtime by default, which has kernels for all convolutions. */
  readonly backend?: BackendName | 'auto';
  readonly threads?: number;
}

const rows = 16;

/** The side in pixels that the packaged network sees, as in docs/ablations.md: small pictures gain nothing by a larger one. */
const usualSize = 96;

export async function openEncoder(request: EncoderRequest): Promise<Encoder> {
  const { target, backend = 'onnx', threads } = request;
  const found = target === undefined ? await packaged(request) : await fromSpec(target, request);
  const { network, weights, facts } = found;
  const { height, width, input } = imageOf(network.model);
  const outputs = kindsOf(network.model);
  const session = await openFrozen(network, weights, backend, { bindings: { batch: rows }, threads });
  const widths = Object.fromEntries([...outputs].map(([kind, { size }]) => [kind, size]));
  return {
    facts: { ...facts, size: `${height}x${width}` },
    height,
    width,
    widths: { features: 0, ...widths },
    rows,
    encode: async (images) => {
      const count = images.shape[0];
      const data = new Float32Array(rows * 3 * height * width);
      data.set(images.data);
      const all = await session.run(network.program.name, {
        [input]: { shape: [rows, 3, height, width], dtype: 'f32', data },
      });
      return new Map(
        [...outputs].map(([kind, { name, size }]) => [
          kind,
          Float32Array.from(all[name].data.subarray(0, count * size)),
        ]),
      );
    },
    close: () => session.dispose(),
  };
}

interface Found {
  readonly network: FrozenNetwork;
  readonly weights: string;
  readonly facts: ExtractorFacts;
}

async function packaged({ weights, size = usualSize }: EncoderRequest): Promise<Found> {
  if (weights !== undefined)
    throw new WeftError(
      'EfficientNet-Lite0 has the weights of its package, so --extractor-weights would not be read.',
      'Name the spec of the network too: --extractor FILE#Model.',
      2,
    );
  return { network: efficientNetLite0(size), weights: await fetchEfficientNetLite0(), facts: packagedFacts };
}

async function fromSpec(target: string, { weights, size }: EncoderRequest): Promise<Found> {
  const { file, name } = parseTarget(target);
  const { spec } = openSpec(resolve(file));
  const named = modelNamed(spec, name);
  const set: { readonly [name: string]: string } = size === undefined ? {} : { size: `${size}x${size}` };
  const model = elaborateModel(spec, named, set);
  if (weights === undefined)
    throw new WeftError(
      `The extractor ${named} has no weights: with random ones a distance would mean nothing.`,
      'Add --extractor-weights FILE.',
      2,
    );
  const program = { name: 'encode', inputs: model.inputs.map((i) => i.value), outputs: model.outputs, updates: [] };
  const { sha256 } = await fileSum(weights);
  return {
    network: { model, program },
    weights,
    facts: { extractor: named, weights: sha256.slice(0, 16), computes: architectureEntries(model).computes },
  };
}

function imageOf(model: ModelGraph): { readonly height: number; readonly width: number; readonly input: string } {
  const [input, ...others] = model.inputs;
  const shape = input && others.length === 0 ? input.value.shape.slice(1) : [];
  if (shape.length === 3 && shape.every((n) => typeof n === 'number') && shape[0] === 3) {
    const [, height, width] = staticShape(shape);
    return { height, width, input: input.name };
  }
  throw new WeftError(
    `${model.name} is no extractor of features: it must have one input, an image of 3 channels and a fixed size.`,
    'Such a model has `input image: [3, size.height, size.width]`, with numbers from -1 to 1.',
  );
}

function kindsOf(model: ModelGraph): Map<FeatureKind, { readonly name: string; readonly size: number }> {
  const names = Object.keys(model.outputs);
  const found = new Map<FeatureKind, { readonly name: string; readonly size: number }>();
  for (const kind of featureKinds) {
    const name = kind === 'features' && names.length === 1 ? names[0] : kind;
    const value = model.outputs[name];
    if (value) found.set(kind, { name, size: staticShape(value.shape.slice(1)).reduce((a, b) => a * b, 1) });
  }
  if (found.has('features')) return found;
  throw new WeftError(
    `${model.name} has the outputs ${names.join(', ')}, and none is called features.`,
    'Call the pooled numbers `output features`; spatial ones `spatial` and those of classes `logits`, where there are any.',
  );
}
