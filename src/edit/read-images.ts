/** Reads the pictures that are to be edited, and the mask of what is drawn again. */
// Tested by test/cli/edit.test.ts.
import { stackedRows } from '../backends/host';
import type { HostTensor } from '../backends/session';
import { WeftError } from '../compiler/diagnostics/diagnostic';
import { staticShape } from '../compiler/ir/dims';
import { input } from '../compiler/ir/graph';
import { noisyImageOf } from '../compiler/lower/conventions';
import type { ImageInput, ModelGraph } from '../compiler/lower/model';
import { isPictureName } from '../data/folder/file-kind';
import { pictureSize, renderFile } from '../data/sources/render';
import { reasonOf } from '../files/file-error';
import { pixelTensor, readConditions } from '../sample/given';

/** Pictures, or files of tensors for a model of latents: `[count, channels, height, width]`. With `resize`, pictures are scaled to cover the size and cropped. */
export async function readEditImages(
  model: ModelGraph,
  paths: readonly string[],
  resize: boolean,
): Promise<HostTensor> {
  const image = editedImage(model);
  const shape = staticShape(image.value.shape.slice(1));
  const isShown = shape[0] === 1 || shape[0] === 3;
  const rows: HostTensor[] = [];
  for (const path of paths) {
    if (isShown && !path.endsWith('.safetensors')) rows.push(await readPicture(model.name, path, { shape, resize }));
    else rows.push(await readAsCondition(model, { ...image, name: 'image' }, path));
  }
  return stackedRows(rows);
}

/** A mask of the model's image size, white where it is drawn again: `[count, 1, height, width]` from 0 to 1. */
export async function readMask(model: ModelGraph, path: string): Promise<HostTensor> {
  const image = editedImage(model);
  const [batch, , height, width] = image.value.shape;
  const value = input('mask', [batch, 1, height, width]);
  return readAsCondition(model, { ...image, name: 'mask', value, channels: 1 }, path);
}

async function readAsCondition(model: ModelGraph, read: ImageInput, path: string): Promise<HostTensor> {
  const written = { [read.name]: { values: [path], isMask: read.name === 'mask' } };
  return (await readConditions({ ...model, inputs: [read] }, written))[read.name];
}

async function readPicture(
  name: string,
  path: string,
  { shape, resize }: { readonly shape: readonly number[]; readonly resize: boolean },
): Promise<HostTensor> {
  const [, height, width] = shape;
  const found = await pictureSize(path, { height, width }).catch((error: unknown) => {
    if (isPictureName(path)) throw unreadable(path, error);
    throw new WeftError(
      `${path} is not a picture that is read: ${reasonOf(error)}.`,
      'Name a PNG, JPEG or WebP picture; for a model of latents, a .safetensors file.',
      2,
    );
  });
  if (!resize && (found.height !== height || found.width !== width))
    throw new WeftError(
      `${path} is ${found.height}x${found.width} pixels; ${name} takes ${height}x${width}.`,
      'Add --resize, which scales it until it covers that size and crops it at the centre, or bring it to that size yourself.',
      2,
    );
  const pixels = await renderFile(path, { height, width }).catch((error: unknown) => {
    throw unreadable(path, error);
  });
  return pixelTensor(pixels, shape);
}

function unreadable(path: string, error: unknown): WeftError {
  return new WeftError(`${path} cannot be read: ${reasonOf(error)}.`, 'Check the path and the picture.');
}

/** The noisy image of a model, which an edit begins from; refuses a model without one. */
export function editedImage(model: ModelGraph): ImageInput {
  const image = noisyImageOf(model);
  if (image) return image;
  throw new WeftError(
    `${model.name} takes no image that is noise, so nothing can be edited with it.`,
    'Such models have an input such as noisy: image(32x32), a time, and an output of the same shape.',
  );
}
