/** Hints of broken requirements are values with which they hold: each that is told is tried in the spec, as it says. */
import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import { checkFile } from '../../../src/compiler/compile';
import type { Diagnostic } from '../../../src/compiler/diagnostics/diagnostic';
import { readSpec } from '../../support/compile';

type Settings = { readonly [name: string]: string };

const errorsOf = (text: string, hyperparameters: Settings = {}, name = 'M'): readonly Diagnostic[] => {
  const spec = checkFile('case.weft', (p) => (p === 'case.weft' ? text : readSpec(p)), { elaborateModels: false });
  return spec.elaborate(name, hyperparameters).diagnostics.filter((d) => d.severity === 'error');
};

interface Told {
  readonly name: string;
  readonly inCall: boolean;
  readonly values: readonly string[];
}

function toldBy({ hint }: Diagnostic): Told[] {
  const found = (hint ?? '').matchAll(/Values of (\w+)( in this call)? that .*?, nearest first: (.*?)\.(?= Values|$)/g);
  return [...found].map((m) => ({ name: m[1], inCall: m[2] !== undefined, values: m[3].split(', ') }));
}

/** Builds the model with every value that is told, and expects the requirement to hold. */
function follow(text: string, given: Settings, d: Diagnostic, model = 'M'): Told[] {
  const told = toldBy(d);
  for (const { name, inCall, values } of told) {
    for (const value of values) {
      const { start, end } = d.span;
      const call = text.slice(start, end).replace(/\d+(?=\)$)/, value);
      const errors = inCall
        ? errorsOf(text.slice(0, start) + call + text.slice(end), given, model)
        : errorsOf(text, { ...given, [name]: value }, model);
      const same = errors.filter(
        (e) => e.code === 'require-failed' && e.related[0].span.start === d.related[0].span.start,
      );
      expect([name, value, same.map((e) => e.message)]).toEqual([name, value, []]);
    }
  }
  return told;
}

const model = (parameters: string, body: string, blocks = ''): string =>
  `${blocks}model M(${parameters}) {\n${body}\n  input noisy: image(8x8)\n  input time: scalar\n  output velocity = noisy * time\n}\n`;

const heads =
  'block Heads(x: [n, d], heads: Int, even: Bool = true) {\n  let each = d / heads\n  require d % heads == 0\n  x\n}\n';
const rows = '  let rows = fixed(broadcast(range(width), [4, width]))\n';

it.each<[condition: string, parameters: string, hint: { readonly [name: string]: string }, body?: string]>([
  ['depth % 2 == 1', 'depth: Int = 4', { depth: '5, 3, 7, 1, 9, 11, 13, 15' }],
  ['k > 2 and k < 10', 'k: Int = 12', { k: '9, 8, 7, 6, 5, 4, 3' }],
  ['k > 2 and k < 10', 'k: Int = 2', { k: '3, 4, 5, 6, 7, 8, 9' }],
  ['p == 4 or p == 8', 'p: Int = 5', { p: '4, 8' }],
  ['p == 5000', 'p: Int = 5', { p: '5000' }],
  ['16 % k == 0 or k % 16 == 0', 'k: Int = 100', { k: '16, 8, 4, 2, 1' }],
  ['p <= 0', 'p: Int = 5', { p: '0' }],
  ['p != 5', 'p: Int = 5', { p: '6, 4, 7, 3, 8, 2, 9, 1' }],
  ['not (p < 7)', 'p: Int = 5', { p: '7, 8, 9, 10, 11, 12, 13, 14' }],
  ['size.height >= 8', 'size: Size = 4x4', { size: '8x8, 9x9, 10x10, 11x11, 12x12, 13x13, 14x14, 15x15' }],
  ['size.height != size.width', 'size: Size = 4x4', { size: '4x5, 5x4, 3x4, 4x3, 4x6, 6x4, 3x6, 6x3' }],
  ['size.area == 36', 'size: Size = 6x8', { size: '6x6' }],
  ['size % 16 == 0', 'size: Size = 30x50', { size: '32x48, 16x48, 16x64, 32x64, 48x48, 32x32, 64x64, 48x96' }],
  ['w < 0.5', 'w: Float = 0.5', {}],
  ['w >= 0.75', 'w: Float = 0.5', { w: '0.75, 0.76, 0.85, 1, 1.25, 1.5, 1.75, 5' }],
  ['flag', 'flag: Bool = false', { flag: 'true' }],
  ['mode == soft', 'mode: hard | soft | none_at_all = hard', { mode: 'soft' }],
  ['16 % r == 0', 'r: Ratio = 5:1', { r: '4:1, 8:1, 2:1, 1:1, 16:1' }],
  ['at >= 1 and at <= depth', 'at: Int = 9, depth: Int = 3', {}],
  ['each == 6', 'width: Int = 12, n: Int = 3', { width: '18' }, '  let each = width / n\n'],
  [
    'each % 4 == 0',
    'width: Int = 30, n: Int = 3, other: Int = 1',
    { width: '36, 24, 48, 12, 60, 72, 84, 96' },
    '  let each = width / n\n',
  ],
  ['min(k, 3) == k', 'k: Int = 6', { k: '3, 2, 1' }],
  ['h - k > 0', 'k: Int = 6, h: Int = 4', { k: '3, 2, 1, 0', h: '7, 8, 9, 10, 11, 12, 13, 14' }],
  ['16 % r.left == 0', 'r: Ratio = 3:1', { r: '4:1, 2:1, 1:1, 8:1, 16:1' }],
  ['k / (k - 5) == 0', 'k: Int = 6', { k: '0' }],
  ['1 > 2', 'k: Int = 5', {}],
  ['k > 0 and k < 0', 'k: Int = 5', {}],
  ['word == "a"', 'word: String = "b"', {}],
])('solves %s for %s', (condition, parameters, wanted, body = '') => {
  const text = model(parameters, `${body}  require ${condition}`);
  const [error] = errorsOf(text);
  expect(error.code).toBe('require-failed');
  const told = follow(text, {}, error);
  const names = parameters.match(/\w+(?=:)/g);
  for (const { name } of told) expect(names).toContain(name);
  for (const [name, values] of Object.entries(wanted))
    expect([name, told.find((t) => t.name === name)?.values.join(', ')]).toEqual([name, values]);
  if (condition === '1 > 2' || condition.startsWith('k > 0') || condition.startsWith('word'))
    expect(error.hint).toBe(null);
});

it.each<[what: string, text: string, names: readonly string[]]>([
  [
    'a parameter that is passed on',
    model('width: Int = 64, heads: Int = 5', `${rows}  let _y = Heads(rows, heads)`, heads),
    ['heads'],
  ],
  ['one of another name', model('width: Int = 64, k: Int = 5', `${rows}  let _y = Heads(rows, k)`, heads), ['width']],
  ['a literal', model('width: Int = 64', `${rows}  let _y = Heads(rows, 5)`, heads), ['heads']],
  [
    'a value computed of one',
    model('k: Int = 5', `  let width = 64\n${rows}  let _y = Heads(rows, k + 2)`, heads),
    ['k'],
  ],
  [
    'nothing that can be changed',
    model('k: Int = 5', `  let width = 64\n${rows}  let _y = Heads(rows, 2 + 3)`, heads),
    [],
  ],
])('a block may be given %s', (_, text, names) => {
  const [error] = errorsOf(text);
  expect(error.code).toBe('require-failed');
  expect(follow(text, {}, error).map((t) => t.name)).toEqual(names);
});

it.each<[file: string, model: string, set: Settings, names: readonly string[]]>([
  ['specs/pixeldit.weft', 'PixelDiT', { heads: '7' }, ['heads']],
  ['specs/pixeldit.weft', 'PixelDiT', { size: '250x250' }, ['patch', 'size']],
  ['specs/pixeldit.weft', 'PixelDiT', { compaction: '1000:1' }, ['compaction']],
  ['specs/peers/repa.weft', 'REPA', { at: '40' }, ['depth', 'at']],
  ['specs/peers/hunyuan-dit.weft', 'HunyuanDiT', { depth: '3' }, ['depth']],
])('shipped: %s#%s with %j', (file, name, set, names) => {
  const text = readFileSync(file, 'utf8');
  const [error] = errorsOf(text, set, name);
  expect(error.code).toBe('require-failed');
  expect(follow(text, set, error, name).map((t) => t.name)).toEqual(names);
});

it('the cases of diagnostics tell values with which the requirement holds', () => {
  const cases = readdirSync('test/diagnostics/cases').filter((f) => f.endsWith('.weft'));
  const followed = cases.flatMap((f) => {
    const text = readFileSync(`test/diagnostics/cases/${f}`, 'utf8');
    if (!text.includes('require ') || text.includes('////') || !text.includes('model M(')) return [];
    return errorsOf(text).flatMap((d) => (d.code === 'require-failed' ? follow(text, {}, d) : []));
  });
  expect(followed.length).toBeGreaterThan(0);
});
