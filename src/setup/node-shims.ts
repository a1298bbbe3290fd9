/** Restores functions of `node:util` that tfjs-node calls and Node 23 removed. */
import { createRequire } from 'node:module';

type Predicates = { [name: string]: unknown };

/**
 * Adds `isNullOrUndefined`, `isArray` and similar functions to a `util` module that lacks them; call it before loading tfjs-node.
 * It uses no imports and no outer names, because child processes run it from its source text.
 */
export function restoreUtilPredicates(util: Predicates): void {
  const predicates: { [name: string]: (x: unknown) => boolean } = {
    isArray: (x) => Array.isArray(x),
    isBoolean: (x) => typeof x === 'boolean',
    isFunction: (x) => typeof x === 'function',
    isNull: (x) => x === null,
    isNullOrUndefined: (x) => x === null || x === undefined,
    isNumber: (x) => typeof x === 'number',
    isObject: (x) => x !== null && typeof x === 'object',
    isPrimitive: (x) => x === null || (typeof x !== 'object' && typeof x !== 'function'),
    isString: (x) => typeof x === 'string',
    isUndefined: (x) => x === undefined,
  };
  for (const name of Object.keys(predicates)) if (!(name in util)) util[name] = predicates[name];
}

/** Shims the CommonJS `util` of this process, the one tfjs-node reads. */
export function shimNode(): void {
  restoreUtilPredicates(createRequire(import.meta.url)('node:util') as Predicates);
}

/** The start of a CommonJS script that a child process runs with `node -e`, before it loads tfjs-node. */
export const shimScript = `(${restoreUtilPredicates.toString()})(require('util'));\n`;
