import { expect, it } from '@jest/globals';
import { checkFile } from '../../../src/compiler/compile';
import type { Spec } from '../../../src/compiler/compile';
import { renderStudy } from '../../../src/compiler/report/render-study';
import { giga, studyReport } from '../../../src/compiler/report/study';
import { readSpec } from '../../support/compile';

const model = `model M(width: Int = 8, heads: Int = 2) {
  require width % heads == 0, "{width} channels cannot be shared by {heads} heads"
  input x: image(8x8)
  input time: scalar
  output velocity: image(8x8) = linear(linear(x, width) @a, 8) @b * time
}
`;

function specOf(text: string): Spec {
  return checkFile('study.weft', (path) => (path === 'study.weft' ? text : readSpec(path)), { elaborateModels: false });
}

it('makes a case of every combination of a sweep, the last axis fastest', () => {
  const [sweep] = specOf(`${model}sweep both of M { width in [8, 16]  heads in [1, 2, 4] }`).studies;
  expect(sweep.cases.map((c) => c.name)).toEqual([
    'width 8, heads 1',
    'width 8, heads 2',
    'width 8, heads 4',
    'width 16, heads 1',
    'width 16, heads 2',
    'width 16, heads 4',
  ]);
  expect(sweep.cases[4].elaborate().model?.hyperparameters).toEqual({ width: 16, heads: 2 });
});

it('gives settings of a study to every case, and overrides after them', () => {
  const [ablation] = specOf(`${model}ablation a { heads = 4  case "as is" = M  case "wide" = M(width: 32) }`).studies;
  expect(ablation.cases.map((c) => c.elaborate().model?.hyperparameters)).toEqual([
    { width: 8, heads: 4 },
    { width: 32, heads: 4 },
  ]);
  expect(ablation.cases[1].elaborate({ heads: '8' }).model?.hyperparameters).toEqual({ width: 32, heads: 8 });
});

it('says of a case that cannot be built why', () => {
  const [sweep] = specOf(`${model}sweep widths of M { width in [8, 9] }`).studies;
  const report = studyReport(sweep, () => ({ budget: 2 ** 30 }));
  expect(report.rows.map((r) => r.problem)).toEqual([null, '9 channels cannot be shared by 2 heads.']);
  expect(renderStudy(report)).toMatch(
    /width 9 +cannot be built\n\n {2}width 9: 9 channels cannot be shared by 2 heads\.$/,
  );
});

it('refuses a sweep of more combinations than anyone reads', () => {
  const many = Array.from({ length: 40 }, (_, i) => 2 * i + 2).join(', ');
  const { diagnostics, studies } = specOf(`${model}sweep all of M { width in [${many}]  heads in [${many}] }`);
  expect(diagnostics.map((d) => d.code)).toEqual(['size-limit']);
  expect(studies).toEqual([]);
});

it('says what keeps PixelDiT without compaction from training, and what would let it', () => {
  const spec = checkFile('specs/ablations.weft', readSpec, { elaborateModels: false });
  expect(spec.diagnostics).toEqual([]);
  const components = spec.studies.find((s) => s.name === 'components')!;
  const { rows } = studyReport({ ...components, cases: components.cases.slice(0, 2) }, () => ({
    budget: 80 * 2 ** 30,
  }));
  expect(rows.map((r) => r.costs?.flops)).toEqual([255_058_477_056, 82_247_090_667_520]);
  expect(rows[0].problem).toBeNull();
  // 16 heads · 65,536² scores · 4 bytes.
  expect(rows[1].problem).toContain(
    'attention over 65,536 tokens keeps 16 × 65,536² scores, 256.0 GiB in each of 4 layers',
  );
  expect(rows[1].fix).toMatch(/^compact 256:1: 311\.2 GFLOPs/);
});

it('prints costs so that small models can be told apart', () => {
  expect([82_247_090_667_520, 255_058_477_056, 24_700_000].map(giga)).toEqual(['82,247.1', '255.1', '0.0247']);
});
