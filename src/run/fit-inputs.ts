/** Fits tensors from a file to a program's inputs, and reports all that do not fit at once. */
// Tested by test/cli/run-programs.test.ts.
import { bindingsOf } from '../compiler/ir/bind';
import { hostDType, inputName, typedData } from '../backends/host';
import type { HostTensor, HostTensors } from '../backends/session';
import { WeftError } from '../compiler/diagnostics/diagnostic';
import { suggest } from '../compiler/diagnostics/suggest';
import { bindShape, formatShape, type Bindings, type Shape } from '../compiler/ir/dims';
import type { Program } from '../compiler/ir/graph';
import { textOf, type ModelGraph } from '../compiler/lower/model';
import { printable } from '../compiler/diagnostics/printable';
import { ownValue } from '../compiler/own-value';

export interface FittedInputs {
  readonly inputs: HostTensors;
  /** Values of symbols such as `batch`, taken from the tensors. */
  readonly bindings: Bindings;
  /** Tensors that the program does not use. */
  readonly ignored: readonly string[];
}

/** Takes what `program` needs from `tensors`; whole numbers stored as floats can be labels, and integers can be floats. */
export function fitInputs(program: Program, tensors: HostTensors, where = 'the inputs'): FittedInputs {
  const names = program.inputs.map(inputName);
  const ignored = Object.keys(tensors).filter((name) => !names.includes(name));
  const bindings = bindingsOf(program, tensors);
  const problems: string[] = [];
  const inputs: { [name: string]: HostTensor } = {};
  for (const input of program.inputs) {
    const name = inputName(input);
    const shape = bindShape(input.shape, bindings);
    const dtype = hostDType(input.dtype);
    const tensor = ownValue(tensors, name);
    if (!tensor) problems.push(`missing  ${name} ${dtype} ${formatShape(shape)}${didYouMean(name, ignored)}`);
    else if (!fits(tensor.shape, shape))
      problems.push(`shape    ${name}: expected ${formatShape(shape)}, found ${formatShape(tensor.shape)}`);
    else {
      const converted = convert(tensor, dtype);
      if (converted) inputs[name] = converted;
      else problems.push(`values   ${name}: expected whole numbers, found ${firstFraction(tensor)}`);
    }
  }
  if (problems.length === 0) return { inputs, bindings, ignored };
  if (ignored.length > 0) problems.push(`unknown  ${ignored.map(printable).join(', ')}`);
  throw new WeftError(
    `${where.charAt(0).toUpperCase()}${where.slice(1)} do not fit the program "${program.name}":\n  ${problems.join('\n  ')}`,
    `It takes ${names.join(', ')}.`,
  );
}

/** Texts that are longer than a model allows, cut to its length, with their masks. */
export function cutText(model: ModelGraph, tensors: HostTensors): HostTensors {
  const text = textOf(model);
  const longest = text?.longest ?? Infinity;
  const cut = (name: string): HostTensors => {
    const tensor = ownValue(tensors, name);
    return tensor && tensor.shape[1] > longest ? { [name]: firstTokens(tensor, longest) } : {};
  };
  return { ...tensors, ...(text ? cut(text.name) : {}), ...cut('text_mask') };
}

/** The first `count` rows of [batch, tokens, …]. */
function firstTokens({ shape, dtype, data }: HostTensor, count: number): HostTensor {
  const [batch, tokens, ...rest] = shape;
  const row = rest.reduce((a, b) => a * b, 1);
  const kept = data.slice(0, batch * count * row);
  for (let b = 0; b < batch; b++)
    kept.set(data.subarray(b * tokens * row, (b * tokens + count) * row), b * count * row);
  return { shape: [batch, count, ...rest], dtype, data: kept };
}

function fits(found: readonly number[], expected: Shape): boolean {
  return found.length === expected.length && expected.every((d, i) => typeof d !== 'number' || d === found[i]);
}

/** The tensor as `dtype`; null if numbers with fractions would have to become integers. */
function convert(tensor: HostTensor, dtype: HostTensor['dtype']): HostTensor | null {
  if (tensor.dtype === dtype) return tensor;
  if (dtype === 'i32' && firstFraction(tensor) !== undefined) return null;
  return { shape: tensor.shape, dtype, data: typedData(tensor.data, dtype) };
}

function firstFraction({ data }: HostTensor): number | undefined {
  return Array.from(data).find((x) => !Number.isInteger(x));
}

function didYouMean(name: string, unused: readonly string[]): string {
  const near = suggest(name, unused);
  return near.length > 0 ? ` — did you mean ${printable(near[0])}?` : '';
}
