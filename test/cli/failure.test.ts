import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import { reportFailure } from '../../src/cli/failure';
import { WeftError } from '../../src/compiler/diagnostics/diagnostic';
import { suiteFolder } from '../support/folder';

// What is kept of internal errors goes into a folder of the test.
process.env.XDG_CACHE_HOME = suiteFolder();

let lines: string[] = [];
beforeEach(() => {
  lines = [];
  jest.spyOn(console, 'error').mockImplementation((text: string) => void lines.push(text));
});
afterEach(() => {
  jest.restoreAllMocks();
  delete process.env.WEFT_DEBUG;
});

it('tells what is wrong and how to mend it, with the status of the error', () => {
  expect(reportFailure(new WeftError('No such file.', 'Check the path.', 3))).toBe(3);
  expect(lines).toEqual(['error: No such file.\nhint: Check the path.']);
});

it('tells an internal error in a line and how to report it', () => {
  expect(reportFailure(new TypeError('x is undefined\n  somewhere'))).toBe(1);
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatch(
    /^error: internal: x is undefined\nhint: This is a defect of weft.* are in .*reports.*: look through it/,
  );
});

it('adds the stack on request', () => {
  process.env.WEFT_DEBUG = '1';
  reportFailure(new Error('oh'));
  expect(lines[1]).toMatch(/^Error: oh\n +at /);
});
