/** `weft plan` as it is called: what it prints, and what it refuses. */
import { expect, it } from '@jest/globals';
import { weft } from '../support/weft';

const file = 'test/layouts/imagenet.weft';

interface Planned {
  readonly model: string;
  readonly machine: { readonly devices: number; readonly nodes: number; readonly memory: number };
  readonly layouts: readonly {
    readonly parallel: string;
    readonly recompute: string;
    readonly images: number;
    readonly accumulate: number;
    readonly fits: boolean;
    readonly best: boolean;
    readonly days: number;
    readonly deviceHours: number;
    readonly mfu: number;
    readonly memory: { readonly total: number };
    readonly time: { readonly step: number };
  }[];
}

it('plans the published run of XL, and prints the same as JSON', async () => {
  const [text, json] = await Promise.all([
    weft(['plan', `${file}#small`, '--devices', '8', '--device', 'h100']),
    weft(['plan', `${file}#xl`, '--json']),
  ]);
  expect([text.status, text.stderr]).toEqual([0, '']);
  expect(text.stdout).toContain('Small by small: 1,000 steps of 256 images, bf16, adamw and averaged weights');
  const { model, machine, layouts } = JSON.parse(json.stdout) as Planned;
  expect([model, machine.devices, machine.nodes, machine.memory]).toEqual(['XL', 8, 1, 80e9]);
  expect(layouts).toHaveLength(6);
  expect(layouts.filter((l) => l.best)).toHaveLength(1);
  for (const l of layouts) {
    expect(l.images * l.accumulate).toBe(32);
    expect(l.deviceHours).toBeCloseTo(l.days * 24 * 8, 6);
    expect(l.days).toBeCloseTo((l.time.step * 1_600_000) / 86400, 6);
    // No device is faster than its peak: 3 · 311.19 GFLOPs for each of 32 images.
    expect(l.time.step).toBeGreaterThan((32 * 3 * 311.19e9 * 0.99) / 989.4e12);
    expect(l.mfu).toBeLessThan(1);
  }
  // The reference trains 32 images at a time on each of eight devices.
  const [replicate, recomputed] = layouts;
  expect([replicate.parallel, replicate.images, replicate.fits]).toEqual(['replicate', 32, true]);
  expect(recomputed.memory.total).toBeLessThan(replicate.memory.total);
  expect(recomputed.time.step).toBeGreaterThan(replicate.time.step);
});

it('plans every case of a study', async () => {
  const { status, stdout } = await weft(['plan', 'test/cli/tiny-study.weft', '--devices', '2', '--device', 'l40s']);
  expect(status).toBe(0);
  expect(stdout).toContain('sweep widths by both: 2 cases, each 2 times, 3 steps of 4 images, f32');
  expect(stdout).toMatch(/^ {2}width 8 .*shard/m);
  expect(stdout).toMatch(/^All cases: \S+ device-hours/m);
});

it('says what would fit, and what is not counted', async () => {
  const none = await weft(['plan', `${file}#small`, '--devices', '1', '--device', 'rtx-4090', '--memory', '2']);
  expect(none.status).toBe(0);
  expect(none.stdout).toContain('Nothing fits: one image at a time, one device');
  expect(none.stdout).toMatch(/What fits: --devices 2 \(shard.* each\); --device rtx-4090/);
});

it('refuses what cannot be planned, with exit status 2 or 1', async () => {
  const wrong = await Promise.all([
    weft(['plan', `${file}#small`, '--device', 'tpu']),
    weft(['plan', `${file}#small`, '--devices', '24']),
    weft(['plan', `${file}#small`, '--devices', '0']),
    weft(['plan', `${file}#small`, '--reach', '1.5']),
    weft(['plan', `${file}#small`, '--batch', '64', '--set', 'batch=32']),
    weft(['plan', 'specs/pixeldit.weft']),
    weft(['plan', 'test/cli/tiny.weft']),
    weft(['plan', `${file}#small`, '--set', 'sample.solver.steps=3']),
  ]);
  expect(wrong.map((o) => [o.status, o.stdout])).toEqual([2, 2, 2, 2, 2, 1, 2, 1].map((status) => [status, '']));
  expect(wrong[0].stderr).toContain('NVIDIA H200 SXM 141 GB');
  expect(wrong[1].stderr).toContain('Try --devices 16 or 32, or --batch 240 or 264.');
  expect(wrong[2].stderr).toContain('at least 1');
  expect(wrong[3].stderr).toContain('above 0 and at most 1');
  expect(wrong[4].stderr).toContain('say the same thing');
  expect(wrong[5].stderr).toContain('says nothing about training');
  expect(wrong[6].stderr).toContain('Choose one');
  expect(wrong[7].stderr).toContain('weft plan reads those of train alone');
});
