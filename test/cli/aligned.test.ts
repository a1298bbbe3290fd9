import { expect, it } from '@jest/globals';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { writeSafetensors } from '../../src/data/safetensors';
import { isNativeAvailable } from '../../src/setup/native';
import { patternedWeight } from '../support/patterned';
import { inFolder, specIn, weft, type Outcome } from '../support/weft';

const spec = 'tiny-aligned.weft';
const portable = { WEFT_PORTABLE: '1' };

/** A folder with captioned images of two classes, one half bright in each, and an encoder for images of `side` pixels. */
async function withEncoder(side: number, use: (folder: string) => Promise<void>): Promise<void> {
  await inFolder(async (folder) => {
    for (const [label, top] of [
      ['sky', 230],
      ['ground', 20],
    ] as const) {
      mkdirSync(join(folder, 'images', label), { recursive: true });
      for (let i = 0; i < 4; i++) {
        const pixels = Uint8Array.from({ length: 192 }, (_, at) => (at < 96 ? top : 250 - top) + 5 * (i % 3));
        const image = sharp(pixels, { raw: { width: 8, height: 8, channels: 3 } });
        await image.png().toFile(join(folder, 'images', label, `${i}.png`));
        writeFileSync(join(folder, 'images', label, `${i}.txt`), `bright ${label}`);
      }
    }
    specIn(folder, spec);
    const weights = { 'conv.weight': [12, 3, 4, 4], 'conv.bias': [12] };
    const drawn = Object.entries(weights).map(([path, shape]) => [path, patternedWeight(path, shape)] as const);
    await writeSafetensors(join(folder, 'encoder.safetensors'), Object.fromEntries(drawn));
    const size = ['--set', `size=${side}x${side}`, '--weights', 'encoder.safetensors', '--out', 'encoder.onnx'];
    const exported = await weft(['export', `${spec}#Encoder`, ...size], { cwd: folder });
    expect([exported.status, exported.stdout]).toEqual([0, expect.stringContaining('encoder.onnx')]);
    await use(folder);
  });
}

interface Metrics {
  readonly loss: number;
  readonly velocityLoss: number;
  readonly alignLoss: number;
}

async function train(
  folder: string,
  recipe: string,
  env = {},
  out = 'run',
  more: readonly string[] = [],
): Promise<{ outcome: Outcome; steps: Metrics[] }> {
  const outcome = await weft(['train', `${spec}#${recipe}`, '--out', out, ...more], { cwd: folder, env });
  return { outcome, steps: outcome.status === 0 ? metricsOf(folder, out) : [] };
}

function metricsOf(folder: string, out: string): Metrics[] {
  const lines = readFileSync(join(folder, out, 'metrics.jsonl'), 'utf8')
    .trim()
    .split('\n');
  return lines.map((line) => JSON.parse(line) as Metrics);
}

// The model has 16 tokens. Class models bring them to the encoder's grid, by averages or bilinearly, and lose 1 - cos; text
// models bring the finer grid to the coarser, and lose -cos.
it.each([
  ['a class model to an encoder of fewer tokens', 'coarser', 12, 1, portable],
  ['a class model to an encoder of more tokens', 'finer', 20, 1, isNativeAvailable() ? {} : portable],
  ['a text model to an encoder of more tokens', 'texts', 20, 0, portable],
] as const)('draws %s', (_, recipe, side, start, env) =>
  withEncoder(side, async (folder) => {
    const { outcome, steps } = await train(folder, recipe, env);
    expect([outcome.status, outcome.stderr]).toEqual([0, expect.stringContaining('20/20')]);
    for (const { loss, velocityLoss, alignLoss } of steps) expect(loss).toBeCloseTo(velocityLoss + alignLoss, 4);
    const [first, last] = [steps[0].alignLoss, steps[19].alignLoss];
    // Tokens of an untrained projector point anywhere.
    expect(Math.abs(first - start)).toBeLessThan(0.5);
    expect(last).toBeLessThan(first - 0.3);
  }),
);

it('draws a class model to an encoder that is a model of the spec, and resumes as if it had not stopped', () =>
  withEncoder(12, async (folder) => {
    const whole = await train(folder, 'declared', portable);
    expect([whole.outcome.status, whole.outcome.stderr]).toEqual([0, expect.stringContaining('20/20')]);
    const losses = whole.steps.map((s) => s.alignLoss);
    expect(losses[19]).toBeLessThan(losses[0] - 0.3);
    expect((await train(folder, 'declared', portable, 'parts', ['--steps', '12'])).steps).toHaveLength(12);
    const resumed = await weft(['train', '--resume', '--out', 'parts', '--steps', '20'], {
      cwd: folder,
      env: portable,
    });
    expect([resumed.status, resumed.stderr]).toEqual([0, expect.stringContaining('20/20')]);
    expect(metricsOf(folder, 'parts').map((s) => s.alignLoss)).toEqual(losses);
    const written = readFileSync(join(folder, spec), 'utf8');
    writeFileSync(join(folder, spec), written.replace(/(@conv\b)/, '$1 * 2'));
    const edited = await train(folder, 'declared', portable, 'parts', ['--resume', '--steps', '24']);
    expect([edited.outcome.status, edited.outcome.stderr]).toEqual([
      1,
      expect.stringContaining('Encoder by this spec computes something else from the same weights'),
    ]);
  }));

it('lists all that is wrong with the weights of an encoder before it trains', () =>
  withEncoder(12, async (folder) => {
    await writeSafetensors(join(folder, 'encoder.safetensors'), {
      'conv.weight': patternedWeight('conv.weight', [8, 3, 4, 4]),
      'conv.offset': patternedWeight('conv.offset', [12]),
    });
    const { outcome } = await train(folder, 'declared', portable);
    expect(outcome.status).toBe(1);
    expect(outcome.stderr).toContain('conv.weight: the model has [12, 3, 4, 4], the file [8, 3, 4, 4]');
    expect(outcome.stderr).toContain('missing  conv.bias');
    rmSync(join(folder, 'encoder.safetensors'));
    const without = await train(folder, 'declared', portable, 'other');
    expect(without.outcome.stderr).toMatch(
      /The weights \S*encoder\.safetensors of the image encoder Encoder do not exist/,
    );
  }));

it('says what to set where the encoder gives other tokens than the recipe aligns with', () =>
  withEncoder(8, async (folder) => {
    const { outcome } = await train(folder, 'coarser', portable);
    expect([outcome.status, outcome.stderr]).toEqual([
      1,
      expect.stringMatching(/aligns with 9 tokens of 12, but the encoder \S*encoder\.onnx gives tokens \[4, 4, 12\]/),
    ]);
  }));
