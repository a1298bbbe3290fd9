import { expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { emitModel } from '../../../../src/backends/pytorch/emit/model';
import { packageOf, whyNoFlow } from '../../../../src/backends/pytorch/emit/package';
import { findPyTorch } from '../../../../src/backends/pytorch/python';
import type { HostTensors } from '../../../../src/backends/session';
import { writeSafetensors } from '../../../../src/data/safetensors';
import { countParameters, type ModelGraph } from '../../../../src/compiler/lower/model';
import { compiledText, compileModel, configured, type GoldenConfig } from '../../../support/compile';
import { failureOf } from '../../../support/failure';
import { suiteFolder } from '../../../support/folder';
import { goldenCase, goldenWeights } from '../../../support/golden';

const folder = suiteFolder();
const python = findPyTorch();
const itTorch = python.kind === 'fit' ? it : it.skip;
if (python.kind !== 'fit') console.warn('No Python with PyTorch is found: emitted models are not run.');

const functions = readFileSync('src/backends/pytorch/functions.py', 'utf8');
const emitted = (model: ModelGraph): string => emitModel(model, functions);

// The parameters are those of counts.json.
const shipped = [
  { file: 'specs/pixeldit.weft', name: 'PixelDiT_XL', parameters: 797_383_203 },
  { file: 'specs/pixeldit-t2i.weft', name: 'PixelDiT_T2I', parameters: 1_302_470_787 },
];

it.each(shipped)('writes $name as it is kept, in fewer than 400 lines', ({ file, name }) => {
  const text = emitted(compileModel(file, name));
  const kept = join('test', 'backends', 'pytorch', 'emit', `${name}.py`);
  if (process.env.UPDATE_CASES) writeFileSync(kept, text);
  expect(text).toBe(readFileSync(kept, 'utf8'));
  expect(text.split('\n').length).toBeLessThan(400);
});

/** What is asked of each model, in one process for all, since starting one takes long. */
const program = `
import importlib.util, json, sys, torch
from safetensors.torch import load_file

def emitted(folder):
    spec = importlib.util.spec_from_file_location(folder, f"{folder}/model.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module

answers = {}
for folder, name, inputs in json.loads(sys.argv[1]):
    Model = getattr(emitted(folder), name)
    with torch.device("meta"):
        answer = {"shapes": {n: list(p.shape) for n, p in Model().named_parameters()}}
    if inputs is not None:
        given = load_file(f"{folder}/given.safetensors")
        model = Model()
        model.load_state_dict({n[2:]: w for n, w in given.items() if n.startswith("w/")}, strict=True)
        want = given["out/velocity"]
        whole = torch.compile(model, fullgraph=True, backend="eager")
        made = [m(*[given["in/" + n] for n in inputs]) for m in (model, whole)]
        answer["distances"] = [((v - want).abs().max() / want.abs().max()).item() for v in made]
    answers[folder] = answer
print(json.dumps(answers))
`;

const cases = ['c2i_tiny', 'c2i_attn_width', 'c2i_postmod', 'vanilla_dit_tiny', 't2i_tiny', 't2i_tiny_mask'];

function goldenModel(name: string): ModelGraph {
  const golden = goldenCase(name);
  const { file, model, settings } = configured(golden.about.config as GoldenConfig);
  return compileModel(file, model, { ...settings, ...('in/text_mask' in golden.tensors && { text_mask: 'true' }) });
}

async function written(name: string, model: ModelGraph, inputs: readonly string[] | null): Promise<unknown[]> {
  const place = join(folder, name);
  mkdirSync(place, { recursive: true });
  writeFileSync(join(place, 'model.py'), emitted(model));
  if (inputs === null) return [name, model.name, null];
  const golden = goldenCase(name);
  const wanted = ['out/velocity', ...inputs.map((i) => `in/${i}`)].map((key) => [key, golden.tensors[key]]);
  const weights = Object.entries(goldenWeights(golden)).map(([key, w]) => [`w/${key}`, w]);
  await writeSafetensors(join(place, 'given.safetensors'), Object.fromEntries([...wanted, ...weights]) as HostTensors);
  return [name, model.name, inputs];
}

itTorch(
  'builds on the meta device with every parameter, and computes what the reference does, as one graph too',
  async () => {
    const large = shipped.map(({ file, name, parameters }) => ({ name, parameters, model: compileModel(file, name) }));
    const tiny = cases.map((name) => ({ name, model: goldenModel(name) }));
    const asked = [
      ...(await Promise.all(large.map(({ name, model }) => written(name, model, null)))),
      ...(await Promise.all(
        tiny.map(({ name, model }) =>
          written(
            name,
            model,
            model.inputs.map((i) => i.name),
          ),
        ),
      )),
    ];
    const { status, stdout, stderr } = spawnSync(python.program, ['-B', '-c', program, JSON.stringify(asked)], {
      cwd: folder,
      encoding: 'utf8',
    });
    expect([status, status === 0 ? '' : stderr]).toEqual([0, '']);
    const answers = JSON.parse(stdout) as { [name: string]: { shapes: object; distances: number[] } };
    for (const { name, model } of [...large, ...tiny]) {
      const { shapes } = answers[name];
      expect([name, shapes]).toEqual([name, Object.fromEntries(model.weights.map((w) => [w.leaf.name, w.shape]))]);
    }
    for (const { model, parameters } of large) expect(countParameters(model)).toBe(parameters);
    for (const { name } of tiny)
      for (const distance of answers[name].distances)
        expect([name, distance <= goldenCase(name).tolerance.out]).toEqual([name, true]);
  },
  600_000,
);

it('takes sizes that differ between uses of a block as parameters of one class, under their names in the spec', () => {
  const model = compiledText(`
    block Double(x: [n, d], hidden: Int) -> [n, d] {
      return linear(relu(linear(x, hidden) @up), d) @down
    }
    model M(size: Size = 4x4) {
      input noisy: image(size, channels: 3)
      let rows = rearrange(noisy, "c h w -> h (c w)")
      let out = Double(Double(rows, 8) @first, 32) @second
      output velocity: image(size, channels: 3) = rearrange(out, "h (c w) -> c h w", c: 3)
    }`);
  const text = emitted(model);
  expect(text).toContain(`class Double(nn.Module):
    def __init__(self, hidden: int):
        super().__init__()
        self.up = nn.Linear(12, hidden)
        self.down = nn.Linear(hidden, 12)

    def forward(self, x):
        return self.down(self.up(x).relu())
`);
  expect(text).toContain('self.first = Double(8)\n        self.second = Double(32)');
});

it('says by name and line what it cannot write', async () => {
  const model = compiledText(`
    block Blurred(x: [n, d]) -> [n, d] {
      return x + noise(x)
    }
    model M(size: Size = 4x4) {
      input noisy: image(size, channels: 3)
      let rows = rearrange(noisy, "c h w -> h (c w)")
      output velocity: image(size, channels: 3) = rearrange(linear(Blurred(rows), 12) @out, "h (c w) -> c h w", c: 3)
    }`);
  expect(await failureOf(() => emitted(model))).toMatch(/cannot be emitted for .*noise, which draws/);
});

it('writes no training for a model that predicts no velocity', () => {
  const model = compiledText(`
    model M(size: Size = 4x4) {
      input noisy: image(size, channels: 3)
      input time: time(noise: 0, data: 1)
      output x0: image(size, channels: 3) = noisy * time
    }`);
  expect(whyNoFlow(model)).toMatch(/predicts x0, not a velocity/);
  expect(Object.keys(packageOf(model))).toEqual(['model.py', 'pyproject.toml', 'README.md']);
});
