import { expect, it } from '@jest/globals';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fromHome } from '../../src/files/home';

it.each([
  ['~', homedir()],
  ['~/runs/first', join(homedir(), 'runs/first')],
  ['~other/runs', '~other/runs'],
  ['runs/~/x', 'runs/~/x'],
  ['~x', '~x'],
])('takes %s for %s', (written, path) => expect(fromHome(written)).toBe(path));
