import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { readSafetensors } from '../../src/data/safetensors';
import { relMax } from '../support/golden';
import { specIn, weft, type Outcome } from '../support/weft';

const folder = mkdtempSync(join(tmpdir(), 'weft-test-'));
afterAll(() => rmSync(folder, { recursive: true }));
const env = { WEFT_PORTABLE: '1', XDG_CACHE_HOME: join(folder, 'cache') };

async function run(...args: string[]): Promise<Outcome> {
  const outcome = await weft(args, { cwd: folder, env });
  expect([args, outcome.status, outcome.stderr]).toEqual([args, 0, expect.any(String)]);
  return outcome;
}

async function drawn(...args: string[]): Promise<Float32Array> {
  await run('sample', ...args, '--out', 'x.safetensors');
  return (await readSafetensors(join(folder, 'x.safetensors'))).get('images')!.data as Float32Array;
}

const averages = (name: string) => readSafetensors(join(folder, name, 'ema.safetensors'));

/** Weights of the run `style` that are not those of `base`. */
async function changed(): Promise<string[]> {
  const [base, tuned] = await Promise.all([averages('base'), averages('style')]);
  return [...base.keys()].filter((name) => `${base.get(name)!.data}` !== `${tuned.get(name)!.data}`);
}

beforeAll(async () => {
  for (const label of ['cold', 'warm']) {
    mkdirSync(join(folder, 'images', label), { recursive: true });
    const background = label === 'cold' ? 'blue' : 'red';
    const image = sharp({ create: { width: 8, height: 8, channels: 3, background } });
    await image.png().toFile(join(folder, 'images', label, '0.png'));
  }
  specIn(folder, 'tiny.weft');
  await run('train', 'tiny.weft#quick', '--out', 'base', '--set', 'optimizer.rate=3e-2');
  await run('train', 'tiny.weft#style', '--out', 'style');
}, 240_000);

it('leaves what is not adapted as it was', async () => {
  const isAdapted = (name: string): boolean => /^patch_blocks\.\d+\.attn\..*weight$/.test(name);
  const names = await changed();
  expect(names.length).toBeGreaterThan(1);
  expect(names.filter((name) => !isAdapted(name))).toEqual([]);
});

/** Python with PyTorch and PEFT: `WEFT_PYTHON`, or python3 on the path. */
const python = process.env.WEFT_PYTHON ?? 'python3';
const hasPeft = spawnSync(python, ['-c', 'import peft, torch, safetensors']).status === 0;

/** Puts adapters on the emitted model with PEFT itself, merges them, and writes the weights. */
const merging = `
import sys
sys.path.insert(0, 'package')
from model import Tiny
from peft import PeftModel
from safetensors.torch import load_file, save_file
model = Tiny()
model.load_state_dict(load_file('base/ema.safetensors'), strict=True)
merged = PeftModel.from_pretrained(model, 'adapters').merge_and_unload()
save_file({name: value.contiguous() for name, value in merged.state_dict().items()}, 'merged.safetensors')
`;

(hasPeft ? it : it.skip)(
  'leaves adapters that PEFT loads and merges to the same weights',
  async () => {
    await run('export', '--run', 'style', '--format', 'lora', '--out', 'adapters');
    await run('emit', 'tiny.weft#style', '--out', 'package');
    execFileSync(python, ['-c', merging], { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] });
    const [merged, own] = await Promise.all([
      readSafetensors(join(folder, 'merged.safetensors')),
      readSafetensors(join(folder, 'style', 'ema.safetensors')),
    ]);
    for (const name of await changed())
      expect([name, relMax(merged.get(name)!.data, own.get(name)!.data) < 1e-6]).toEqual([name, true]);
  },
  240_000,
);

it('samples from a run with its adapters, from a base with those of a file, and exports either', async () => {
  const sampled = await drawn('--run', 'style');
  const apart = await run('export', '--run', 'style', '--format', 'lora', '--out', 'adapters');
  expect(apart.stdout).toBe('adapters/adapter_model.safetensors\nadapters/adapter_config.json\n');
  const names = await changed();
  expect(JSON.parse(readFileSync(join(folder, 'adapters', 'adapter_config.json'), 'utf8'))).toMatchObject({
    peft_type: 'LORA',
    r: 2,
    lora_alpha: 4,
    target_modules: names.map((name) => name.replace(/\.weight$/, '')),
  });
  // The same sums, rounded to float32 in the file that the run wrote and here alike.
  expect(relMax(await drawn('--run', 'base', '--lora', 'adapters'), sampled)).toBeLessThan(1e-6);
  const exported = await run('export', '--run', 'style', '--out', 'model.onnx');
  expect(exported.stdout).toContain('Compared with the model');
  // What a process that is killed has not written yet.
  for (const name of ['ema', 'weights']) rmSync(join(folder, 'style', `${name}.safetensors`));
  expect(await drawn('--run', 'style')).toEqual(sampled);
}, 240_000);

it('has no adapters of a run that trained the weights themselves', async () => {
  const wrong = await weft(['export', '--run', 'base', '--format', 'lora', '--out', 'none'], { cwd: folder, env });
  expect([wrong.status, wrong.stderr]).toEqual([1, expect.stringMatching(/trained the weights of Tiny themselves/)]);
});

it('makes adapters of an average that was not kept: that of a width that was is the same', async () => {
  const how = ['--set', 'ema=[power(0.1), power(0.05)]', '--set', 'snapshot_every=1', '--out', 'powers'];
  await run('train', 'tiny.weft#style', ...how);
  const adapters = async (which: string, out: string) => {
    await run('export', '--run', 'powers', '--format', 'lora', '--which', which, '--out', out);
    return readSafetensors(join(folder, out, 'adapter_model.safetensors'));
  };
  const [kept, made, other] = [
    await adapters('ema', 'k'),
    await adapters('power(0.1)', 'm'),
    await adapters('power(0.12)', 'o'),
  ];
  const differ = (a: typeof kept, b: typeof kept): number =>
    Math.max(
      ...[...a].flatMap(([name, { data }]) =>
        [...data].map((x, i) => Math.abs(Number(x) - Number(b.get(name)!.data[i]))),
      ),
    );
  expect(differ(kept, made)).toBeLessThan(1e-6);
  expect(differ(kept, other)).toBeGreaterThan(1e-5);
});
