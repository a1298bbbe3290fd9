import { expect, it } from '@jest/globals';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cpuFeatures, diagnoseEnvironment } from '../../src/setup/doctor';
import { inFolder } from '../support/weft';
import { withStubGpu } from '../support/stub-gpu';
import { hasNvidiaGpu } from '../../src/setup/find-tensorflow';
import { renderDoctorJson, renderDoctorText } from '../../src/setup/render-doctor';

const itWithoutGpu = hasNvidiaGpu() ? it.skip : it;

const names = [
  'node',
  'tensorflow',
  'binding',
  'cpu',
  'threads',
  'memory',
  'gpu',
  'onnxruntime-node',
  'sharp',
  'python',
  'pytorch',
];

it('looks at everything Weft uses', () => {
  const report = diagnoseEnvironment();
  expect(report.findings.map((f) => f.name)).toEqual([...names, 'c++ compiler', 'cache']);
  expect(report.findings.find((f) => f.name === 'node')).toMatchObject({ status: 'ok' });
  for (const finding of report.findings) expect(finding.detail).not.toBe('');
  for (const finding of report.findings) if (finding.status === 'missing') expect(finding.fix).not.toBeNull();
});

it('reports a machine with nothing on its path', () => {
  const path = process.env.PATH;
  process.env.PATH = '/nonexistent';
  try {
    const findings = diagnoseEnvironment({}).findings;
    expect(findings.find((f) => f.name === 'python')).toMatchObject({
      status: 'optional',
      fix: 'Install Python 3 with pip.',
    });
    expect(findings.find((f) => f.name === 'c++ compiler')).toMatchObject({ status: 'optional' });
  } finally {
    process.env.PATH = path;
  }
});

it('says that the cache cannot be written, and leaves nothing where it can', () =>
  inFolder((home) => {
    const cacheAt = (path: string) =>
      diagnoseEnvironment({ XDG_CACHE_HOME: path }).findings.find((f) => f.name === 'cache');
    writeFileSync(join(home, 'file'), '');
    const blocked = join(home, 'file', 'cache');
    expect(cacheAt(blocked)).toMatchObject({
      status: 'missing',
      detail: expect.stringContaining(`${join(blocked, 'weft')} cannot be written: `),
      fix: 'Make it writable, or set XDG_CACHE_HOME to a folder that is.',
    });
    expect(cacheAt(join(home, 'cache'))).toMatchObject({ status: 'ok' });
    expect(readdirSync(home)).toEqual(['file']);
    return Promise.resolve();
  }));

itWithoutGpu('says what stands between a GPU and TensorFlow', async () => {
  await withStubGpu(() => {
    const gpu = diagnoseEnvironment().findings.find((f) => f.name === 'gpu');
    expect(gpu).toMatchObject({ status: 'missing', fix: 'Run `weft setup` on this machine.' });
    expect(gpu?.detail).toBe('Stub GPU, but the installed TensorFlow has no CUDA');
  });
});

it('names the portable backend, and why, when the native library is hidden', () => {
  const before = process.env.WEFT_PORTABLE;
  process.env.WEFT_PORTABLE = '1';
  try {
    const report = diagnoseEnvironment();
    expect(report.backend).toBe('tfjs');
    expect(report.findings[1]).toMatchObject({
      name: 'tensorflow',
      status: 'optional',
      fix: 'Unset WEFT_PORTABLE to use it.',
    });
  } finally {
    if (before === undefined) delete process.env.WEFT_PORTABLE;
    else process.env.WEFT_PORTABLE = before;
  }
});

it('reads the features that matter off cpuinfo', () => {
  const cpuinfo = 'processor\t: 0\nflags\t\t: fpu sse2 avx2 avx512f amx_tile amx_bf16\n';
  expect(cpuFeatures(cpuinfo)).toEqual(['avx2', 'avx512', 'amx', 'amx-bf16']);
  expect(cpuFeatures('')).toEqual([]);
});

it('writes a finding, what to do about it, and the backend', () => {
  const findings = [
    { name: 'sharp', status: 'missing', detail: 'not installed', fix: 'Run npm ci.' },
    { name: 'gpu', status: 'optional', detail: 'no NVIDIA GPU', fix: null },
  ] as const;
  const text = renderDoctorText({ backend: 'tfjs', findings });
  expect(text).toBe(
    'MISSING  sharp  not installed\n                Run npm ci.\n-        gpu    no NVIDIA GPU\n\nPrograms run on tfjs (portable).',
  );
  expect(JSON.parse(renderDoctorJson({ backend: 'tfjs', findings }))).toEqual({ backend: 'tfjs', findings });
});
