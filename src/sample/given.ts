/** Conditions as users write them: `guidance=4`, `low=photo.png`, `style=0.1,0.2`, `low=rows.safetensors`, `style=rows.npy`. */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isPictureName } from '../data/folder/file-kind';
import { reasonOf } from '../files/file-error';
import { counted } from '../compiler/diagnostics/counted';
import { rowsOf, stackedRows } from '../backends/host';
import type { HostTensor, HostTensors } from '../backends/session';
import { WeftError } from '../compiler/diagnostics/diagnostic';
import { suggest } from '../compiler/diagnostics/suggest';
import { staticShape } from '../compiler/ir/dims';
import { conditionsOf, isTensorFile, openConditions, writtenNumbers } from '../compiler/lower/givens/conditions';
import { givenExpression } from '../compiler/lower/givens/parse';
import type { ModelGraph, ModelInput } from '../compiler/lower/model';
import type { SampleSettings } from '../compiler/recipe/index';
import { greyOf } from '../data/grey';
import type { ImageSize } from '../data/image-set';
import { checkMask, renderExact } from '../data/sources/render';
import { readNpy, readNpyHeader } from '../data/npy';
import { readSafetensors } from '../data/safetensors';
import { ownValue } from '../compiler/own-value';

/** By the input's name. */
export type WrittenConditions = NonNullable<SampleSettings['given']>;

/** Every condition with a row for each of its values; `tell` is told how pictures were read. */
export async function readConditions(
  model: ModelGraph,
  written: WrittenConditions,
  tell: (note: string) => void = () => {},
): Promise<HostTensors> {
  requireClosed(model);
  const conditions = conditionsOf(model);
  const read: [name: string, rows: HostTensor][] = [];
  for (const [name, { values, isMask = false, made }] of Object.entries(written)) {
    const target = conditions.find((i) => i.name === name);
    if (!target) throw unknownCondition(model, name);
    if (made !== undefined && values.every((value) => !writtenNumbers(value) && !isTensorFile(value))) {
      const { encodedPictures, pictureInput } = await import('./encoded-pictures');
      const picture = pictureInput(model, { input: name, made });
      const { [name]: pictures } = await readConditions({ ...model, inputs: [picture] }, { [name]: { values } }, tell);
      tell(`${name}: encoded as the recipe does it, ${givenExpression(made)}`);
      read.push([name, await encodedPictures(model, { input: name, made }, pictures)]);
      continue;
    }
    const rows: HostTensor[] = [];
    for (const value of values)
      for (const one of await picturesIn(value.trim())) rows.push(await readValue(target, one, isMask, tell));
    for (const row of rows) checkShape(model, target, row);
    read.push([name, stackedRows(rows)]);
  }
  return Object.fromEntries(read);
}

/** A row for each of `count` images; rows are used in turn. */
export function conditionRows(conditions: HostTensors, count: number): HostTensors {
  const spread = (tensor: HostTensor): HostTensor =>
    rowsOf(
      tensor,
      Array.from({ length: count }, (_, i) => i % tensor.shape[0]),
    );
  return Object.fromEntries(Object.entries(conditions).map(([name, tensor]) => [name, spread(tensor)]));
}

/** Refuses to draw if a condition is missing, or is not an input of the model. */
export function checkConditions(model: ModelGraph, given: HostTensors): void {
  requireClosed(model);
  const conditions = conditionsOf(model);
  const missing = conditions.filter((i) => !ownValue(given, i.name));
  if (missing.length > 0) {
    const example = missing.map((i) => `--given ${i.name}=${exampleValue(i)}`).join(' ');
    throw new WeftError(
      `${model.name} is conditioned on ${missing.map((i) => `\`${i.name}\``).join(', ')}, which ${missing.length > 1 ? 'are' : 'is'} not given.`,
      `Add ${example}; from a program, \`given: { ${missing[0].name}: … }\`.`,
      2,
    );
  }
  for (const target of conditions) checkShape(model, target, given[target.name]);
}

function requireClosed(model: ModelGraph): void {
  const [open] = openConditions(model);
  if (open)
    throw new WeftError(
      `\`${open.name}\` of ${model.name} is of any length, and no text says which, so nothing can be drawn with it.`,
      'Write in the model how long it is.',
    );
}

function checkShape(model: ModelGraph, target: ModelInput, { shape }: HostTensor): void {
  const wanted = staticShape(target.value.shape.slice(1));
  if (shape.length > 0 && shape.slice(1).join() === wanted.join()) return;
  throw new WeftError(
    `\`${target.name}\` is [${shape.join(', ')}], but ${model.name} takes [${['n', ...wanted].join(', ')}].`,
    'The first axis counts the images.',
    2,
  );
}

function exampleValue(i: ModelInput): string {
  const shape = staticShape(i.value.shape.slice(1));
  if (shape.length === 3) return 'picture.png';
  return shape.length === 0 || shape.join() === '1' ? '1' : 'values.safetensors';
}

function unknownCondition(model: ModelGraph, name: string): WeftError {
  const names = conditionsOf(model).map((i) => i.name);
  const near = suggest(name, names);
  const known = names.length > 0 ? `It has ${names.join(', ')}.` : 'It has none besides class, text and time.';
  return new WeftError(`${model.name} has no condition \`${name}\`.`, near[0] ? `Did you mean ${near[0]}?` : known, 2);
}

/** The pictures of a folder by name; anything else stands for itself, and so do numbers, even if a folder has that name. */
async function picturesIn(text: string): Promise<readonly string[]> {
  if (writtenNumbers(text)) return [text];
  const isFolder = await stat(text).then(
    (s) => s.isDirectory(),
    () => false,
  );
  if (!isFolder) return [text];
  const found = (await readdir(text)).filter(isPictureName).sort();
  if (found.length > 0) return found.map((name) => join(text, name));
  throw new WeftError(`The folder ${text} has no pictures.`, 'Name a folder of pictures, or a picture.', 2);
}

async function readValue(
  target: ModelInput,
  text: string,
  isMask: boolean,
  tell: (note: string) => void,
): Promise<HostTensor> {
  const shape = staticShape(target.value.shape.slice(1));
  const dtype = target.value.dtype === 'i32' ? 'i32' : 'f32';
  if (isTensorFile(text)) return fromFile(target, text);
  const numbers = writtenNumbers(text);
  const size = shape.reduce((a, b) => a * b, 1);
  if (numbers) {
    if (numbers.length !== 1 && numbers.length !== size)
      throw new WeftError(
        `\`${target.name}\` takes ${counted(size, 'number')}, not ${numbers.length}.`,
        size === 1 ? 'Give one number.' : 'Separate them with commas; one number stands for all.',
        2,
      );
    const all = numbers.length === 1 ? Array.from({ length: size }, () => numbers[0]) : numbers;
    if (dtype === 'i32' && !all.every(Number.isInteger))
      throw new WeftError(`\`${target.name}\` takes whole numbers.`, 'Round them.', 2);
    return { shape: [1, ...shape], dtype, data: dtype === 'i32' ? Int32Array.from(all) : Float32Array.from(all) };
  }
  if (shape.length !== 3 || (shape[0] !== 1 && shape[0] !== 3)) {
    throw new WeftError(
      `\`${target.name}\` takes ${size === 1 ? 'a number' : `[${shape.join(', ')}]`}, but "${text}" is none.`,
      'Write numbers separated by commas, or a .npy or .safetensors file with a row for each image.',
      2,
    );
  }
  tell(`${target.name}: ${text}, black is ${isMask ? 0 : -1} and white 1`);
  return fromPicture(target.name, text, shape, isMask);
}

async function fromPicture(name: string, path: string, shape: readonly number[], isMask: boolean): Promise<HostTensor> {
  const [, height, width] = shape;
  const bytes = await pictureBytes(path, { height, width }, isMask).catch((error: unknown) => {
    if (error instanceof WeftError) throw error;
    throw new WeftError(
      `${path}, given for \`${name}\`, cannot be read: ${reasonOf(error)}.`,
      'Check the path and the picture.',
    );
  });
  return pixelTensor(bytes, shape, isMask);
}

/** Pixels `[height, width, 3]` as one row of numbers, `[1, channels, height, width]`: black is -1 and white 1, of a mask 0 and 1. */
export function pixelTensor(bytes: Uint8Array, shape: readonly number[], isMask = false): HostTensor {
  const [channels, height, width] = shape;
  // As in training with the pictures of a folder, one channel is the grey of the colours.
  const pixels = channels === 1 ? greyOf(bytes) : bytes;
  const plane = height * width;
  const data = Float32Array.from({ length: channels * plane }, (_, i) => {
    const byte = pixels[(i % plane) * channels + Math.floor(i / plane)];
    return isMask ? byte / 255 : byte / 127.5 - 1;
  });
  return { shape: [1, ...shape], dtype: 'f32', data };
}

async function pictureBytes(path: string, size: ImageSize, isMask: boolean): Promise<Uint8Array> {
  if (isMask) await checkMask(path, size);
  return renderExact(path, size);
}

/** A row for each of the file's items; a file may hold a single one, without an axis that counts. */
async function fromFile({ name, value }: ModelInput, path: string): Promise<HostTensor> {
  const found = /\.npy$/i.test(path) ? await fromArray(path) : await fromTensors(name, path);
  const isSingle = found.shape.join() === value.shape.slice(1).join();
  const { shape, data } = isSingle ? { ...found, shape: [1, ...found.shape] } : found;
  if (shape[0] === 0)
    throw new WeftError(`${path}, given for \`${name}\`, has no rows.`, 'Give one for each image, or one for all.', 2);
  const wrong = data.findIndex((x) => !Number.isFinite(x));
  if (wrong >= 0)
    throw new WeftError(
      `Number ${wrong + 1} of ${data.length} of ${path}, given for \`${name}\`, is ${data[wrong]} as a 32-bit float.`,
      'All that is drawn from it would be not finite. Write finite numbers, which end at 3.4e38.',
    );
  if (value.dtype !== 'i32' || found.dtype === 'i32') return { shape, dtype: found.dtype, data };
  const whole = Int32Array.from(data);
  if (whole.every((x, i) => x === data[i])) return { shape, dtype: 'i32', data: whole };
  throw new WeftError(`\`${name}\` takes whole numbers, and ${path} has others.`, 'Round them.', 2);
}

async function fromArray(path: string): Promise<HostTensor> {
  try {
    const header = await readNpyHeader(path);
    const count = header.shape.reduce((a, b) => a * b, 1);
    return { shape: header.shape, dtype: 'f32', data: await readNpy(path, header, 0, count) };
  } catch (error) {
    throw new WeftError(`${path} cannot be read: ${reasonOf(error)}.`, 'Save it with np.save as float32.');
  }
}

async function fromTensors(name: string, path: string): Promise<HostTensor> {
  const tensors = await readSafetensors(path);
  const found = tensors.get(name) ?? (tensors.size === 1 ? [...tensors.values()][0] : undefined);
  if (found) return found;
  throw new WeftError(
    `${path} has ${counted(tensors.size, 'tensor')} and none is called "${name}".`,
    `Call it ${name}.`,
  );
}
