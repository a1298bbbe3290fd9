/** Machines that can be asked for, and what is said of the others. */
import { expect, it } from '@jest/globals';
import { WeftError } from '../../src/compiler/diagnostics/diagnostic';
import { devices } from '../../src/layouts/devices';
import { machineOf, type MachineRequest } from '../../src/layouts/machine';

function refusal(request: MachineRequest): string {
  try {
    machineOf(request);
  } catch (error) {
    if (error instanceof WeftError) return `${error.exitCode}: ${error.message} ${error.hint}`;
  }
  return 'none';
}

it('names the source of every figure, and rates that are dense', () => {
  for (const d of devices) {
    expect(d.source).toMatch(/datasheet|whitepaper|page/);
    expect(d.network === null || /datasheet/.test(d.network.source)).toBe(true);
    // The least and most of any card of the table.
    expect(d.tflops.bf16).toBeGreaterThanOrEqual(2 * d.tflops.f32 * 0.99);
    expect(d.tflops.bf16).toBeLessThanOrEqual(2250);
  }
  expect(new Set(devices.map((d) => d.name)).size).toBe(devices.length);
});

it('finds a device however its name is spelt, and shares devices among nodes of eight', () => {
  expect(machineOf({ device: 'RTX 4090', devices: 4 })).toMatchObject({ nodes: 1, network: null, memory: 24e9 });
  expect(machineOf({ device: 'h100', devices: 16 })).toMatchObject({ nodes: 2, network: 50e9, link: 450e9 });
  expect(machineOf({ device: 'l40s', devices: 8, nodes: 2, network: 100, memory: 40 })).toMatchObject({
    memory: 40 * 2 ** 30,
    network: 100e9 / 8 / 4,
  });
});

it('says what is wrong with others, and what would do', () => {
  const unknown = refusal({ device: 'h20', devices: 8 });
  expect(unknown).toMatch(/^2: No device is called "h20"\. Did you mean .*h200/);
  for (const d of devices) expect(unknown).toContain(d.title);
  expect(refusal({ device: 'h100', devices: 12, nodes: 5 })).toBe(
    '2: 12 devices cannot be shared evenly by 5 nodes. Try --devices 10 or 15, or another number of --nodes.',
  );
  expect(refusal({ device: 'h100', devices: 17 })).toContain('3 nodes of at most 8. Try --devices 15 or 18');
  expect(refusal({ device: 'h100', devices: 2, nodes: 3 })).toContain('Try --devices 3,');
  expect(refusal({ device: 'l40s', devices: 16 })).toContain('--network 100');
  expect(refusal({ device: 'l40s', devices: 4, network: 100 })).toContain('there is one');
});
