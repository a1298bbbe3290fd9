import { readdirSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import { checkFile } from '../../src/compiler/compile';
import { renderText } from '../../src/compiler/diagnostics/render';
import { readSpec } from '../support/compile';

const files = ['specs', 'examples'].flatMap((folder) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((f) => f.endsWith('.weft'))
    .map((f) => `${folder}/${f}`),
);

it.each(files)('%s has no problems, and every model of it can be built', (file) => {
  const spec = checkFile(file, readSpec);
  expect(renderText(spec.diagnostics, { colors: false })).toBe('');
});

it('builds every case of the shipped ablations and sweeps', () => {
  const { studies } = checkFile('specs/ablations.weft', readSpec, { elaborateModels: false });
  const failed = studies.flatMap((s) => s.cases.flatMap((c) => (c.elaborate().model ? [] : [`${s.name}: ${c.name}`])));
  expect(failed).toEqual([]);
  expect(studies.map((s) => `${s.kind} ${s.name}: ${s.cases.length}`)).toEqual([
    'ablation components: 9',
    'ablation depth_splits: 8',
    'sweep patches_B: 4',
    'sweep patches_L: 4',
    'sweep patches_XL: 4',
    'sweep compaction: 8',
    'ablation small_components: 4',
    'sweep large_patches: 12',
  ]);
});
