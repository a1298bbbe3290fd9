import { expect, it } from '@jest/globals';
import { failureOf } from '../support/failure';
import { explain } from '../../src/cli/explain';

it.each([
  ['a word', 'linear', /A word of the language\n\nlinear\n\nlinear\(x, out, bias: true/],
  [
    'a keyword',
    'given',
    /A word of the language\n\ngiven\n\ngiven INPUT = VALUE\n[^]*\n {4}given low = downsample\(image, 2\)/,
  ],
  ['a keyword that is a section, with its settings', 'sample', /sample\n[^]*Its settings are solver, guidance/],
  ['what people call a model with other defaults', 'variant', / {4}model Example_L = Example\(/],
  ['a word of given, and the choice of its name', 'folder', /given low = folder\([^]*A setting\n\ndata/],
  ['a type of a parameter', 'Ratio', /times: Ratio = 4:1/],
  ['the parameters of a word', 'conv2d', / {2}kernel · Int.*· 3 · side of the kernel/],
  [
    'a word that means something else in each place, with the place',
    'normal',
    /^A word of the language\n\n[^]*, in `given`\n\n[^]*, in `objective`\n\n[^]*, in `solver`\n\nnormal\n\nnormal\(like\)/,
  ],
  ['a setting', 'optimizer', /A setting\n\noptimizer[^]*adamw[^]*\n {4}optimizer = muon/],
  ['a choice, by its setting', 'came', /A setting\n\noptimizer/],
  ['the code of a message', 'shape-mismatch', /A message of weft[^]*\n {4}case.weft:\d+:\d+ {2}error shape-mismatch/],
  [
    'an objective of the library',
    'mean_flow',
    /^In the library\n\nmean_flow\n\nobjective mean_flow\(\s*logit_mean: Float = -0.4, [^]*arXiv 2505.13447[^]*\n {4}import \{ mean_flow \} from "std\/objectives"$/,
  ],
  [
    'an optimiser of the library, parameters on several lines',
    'came',
    /optimizer came\(rate: Float, [^]*clip: Float = 1\)[^]*A setting\n\noptimizer/,
  ],
  [
    'a block of the library',
    'patchify',
    /block patchify\(image: \[channels, height, width\], patch: Int\) -> \[[^]*"std\/patches"/,
  ],
  ['a name of two kinds once for each', 'text', /A word of the language[^]*A setting/],
])('explains %s', (_, name, expected) => {
  expect(explain(name)).toMatch(expected);
  expect(explain(name)).not.toContain('```');
});

it('names what was meant', async () => {
  expect(await failureOf(() => explain('optimiser'))).toMatch(/nothing called optimiser[^]*Did you mean optimizer\?/);
});
