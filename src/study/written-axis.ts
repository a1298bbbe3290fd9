/** Axes of a sweep as they are written on the command line. */
// Tested by test/study/sampling-sweep.test.ts.

/** One axis as it is written: a key, and the text of its values. */
export interface WrittenAxis {
  readonly key: string;
  readonly values: string;
}

/** `steps=5,10`, or as a sweep of a spec says it, `steps in [5, 10]`. Null if it is neither. */
export function writtenAxis(text: string): WrittenAxis | null {
  const found = /^\s*([\w.]+)(?:\s*=|\s+in(?=[\s[(]))\s*(\S.*?)\s*$/s.exec(text);
  return found && { key: found[1].replace(/^sample\./, ''), values: found[2] };
}
