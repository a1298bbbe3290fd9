/** Checks the kinds of values that programs pass to the library. TypeScript checks the same; JavaScript does not. */
// Tested by test/api/kinds.test.ts.
import { WeftError } from './diagnostic';

/** Throws if a path is not a string; the hint says what to give instead. */
export function requirePath(path: unknown, hint = 'Give it as a string.'): asserts path is string {
  if (typeof path !== 'string') throw new WeftError(`A path was expected, not ${kindOf(path)}.`, hint, 2);
}

/** Throws if options are not an object. */
export function requireOptions(options: unknown): asserts options is object {
  if (typeof options === 'object' && options !== null && !Array.isArray(options)) return;
  throw new WeftError(`Options were expected, not ${kindOf(options)}.`, 'Give an object, such as { seed: 1 }.', 2);
}

/** Throws if something is not a list; `what` names it in the message. */
export function requireList(what: string, list: unknown): asserts list is readonly unknown[] {
  if (!Array.isArray(list)) throw new WeftError(`${what} must be a list, not ${kindOf(list)}.`, null, 2);
}

/** Throws if a value is not one of a few words. */
export function requireWord(name: string, value: unknown, words: readonly string[]): void {
  if (typeof value === 'string' && words.includes(value)) return;
  throw new WeftError(`${name} must be ${words.join(', ')}, not ${kindOf(value)}.`, null, 2);
}

/** A value in words, shortened: `null`, `the number 3`, `a list of 2`, `an object with model, recipe`. */
export function kindOf(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (Array.isArray(value)) return `a list of ${value.length}`;
  switch (typeof value) {
    case 'string':
      return value.length > mostLetters ? 'a text' : `the text "${value}"`;
    case 'object': {
      const keys = Object.keys(value);
      if (ArrayBuffer.isView(value)) return 'a list of numbers';
      if (keys.length === 0) return 'an empty object';
      return `an object with ${keys.slice(0, mostKeys).join(', ')}${keys.length > mostKeys ? ' …' : ''}`;
    }
    case 'function':
      return 'a function';
    default:
      return `the ${typeof value} ${String(value)}`;
  }
}

const mostLetters = 40;
const mostKeys = 5;
