/** Reading the options of the benchmarks. */
import { WeftError } from '../src/compiler/diagnostics/diagnostic';

/** The value of an option that takes one of some words. */
export function oneOf<T extends string>(option: string, value: string, known: readonly T[]): T {
  const found = known.find((k) => k === value);
  if (found === undefined) throw new WeftError(`${option} "${value}" is unknown.`, `Known: ${known.join(', ')}.`, 2);
  return found;
}
