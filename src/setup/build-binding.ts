/** Compiles tfjs-node-gpu's binding against a TensorFlow library, once per user and set of inputs, and installs it. */
// Tested by test/setup/doctor.test.ts.
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { cacheFolder } from '../files/cache';
import { libraryNames, type TensorFlowLibrary } from './find-tensorflow';
import { readRecord, type BindingRecord } from './native';
import { bindingPath, bindingRecordPath, packageFolder, packageVersion } from './paths';
import { quietPath, quietSource } from './quiet';
import { askCommand, lastLines, runCommand } from './run-command';

const sources = ['tfjs_backend.cc', 'tfjs_binding.cc'];
const flags = ['-std=c++17', '-O2', '-fPIC', '-shared', '-DNAPI_VERSION=8', '-w'];

export interface BuiltBinding {
  /** The compiled file in the per-user cache. */
  readonly file: string;
  /** The compiled helper of quiet.ts. */
  readonly quiet: string;
  /** Hash of everything that the binding was built from. */
  readonly inputs: string;
  /** False if the binding was in the cache. */
  readonly compiled: boolean;
}

/** The C++ compiler and its version line, or null. `CXX` names a compiler other than g++. */
export function findCompiler(
  env: NodeJS.ProcessEnv = process.env,
): { readonly program: string; readonly version: string } | null {
  const program = env.CXX || 'g++';
  const answer = askCommand(program, ['--version']);
  return answer.status === 0 ? { program, version: answer.stdout.split('\n')[0] } : null;
}

/** The binding for `library`: from the cache, or compiled now (about 12 s). If that fails, throws with the compiler's output. */
export async function buildBinding(
  folder: string,
  library: TensorFlowLibrary,
  env: NodeJS.ProcessEnv = process.env,
): Promise<BuiltBinding> {
  const compiler = findCompiler(env);
  if (!compiler) throw new Error('no C++ compiler: g++ was not found (install it, or name one with CXX)');
  const headers = packageFolder('node-api-headers');
  if (!headers) throw new Error('the npm package node-api-headers is not installed (run npm ci)');
  const inputs = hashInputs(folder, library, compiler.version);
  const home = join(cacheFolder(env), 'bindings', inputs);
  const file = join(home, 'tfjs_binding.node');
  const quiet = join(home, 'weft-quiet.node');
  if (existsSync(file) && existsSync(quiet)) return { file, quiet, inputs, compiled: false };
  mkdirSync(home, { recursive: true });
  await buildQuiet(compiler.program, headers, home, quiet);
  const temporary = join(home, `building-${process.pid}.node`);
  const args = [
    ...flags,
    ...[join(headers, 'include'), join(library.folder, 'include'), folder].map((path) => `-I${path}`),
    ...sources.map((name) => join(folder, 'binding', name)),
    `-L${library.folder}`,
    ...libraryNames.map((name) => `-l:${name}`),
    `-Wl,-rpath,${library.folder}`,
    '-o',
    temporary,
  ];
  const result = await runCommand(compiler.program, args);
  if (result.status !== 0) {
    rmSync(home, { recursive: true, force: true });
    throw new Error(`${compiler.program} could not compile the binding:\n${lastLines(result, 12)}`);
  }
  renameSync(temporary, file);
  return { file, quiet, inputs, compiled: true };
}

async function buildQuiet(compiler: string, headers: string, home: string, target: string): Promise<void> {
  const source = join(home, 'quiet.cc');
  writeFileSync(source, quietSource);
  const temporary = join(home, `building-quiet-${process.pid}.node`);
  const result = await runCommand(compiler, [...flags, `-I${join(headers, 'include')}`, source, '-o', temporary]);
  if (result.status !== 0) throw new Error(`${compiler} could not compile the helper:\n${lastLines(result, 12)}`);
  renameSync(temporary, target);
}

/** Puts the binding and its record where tfjs-node-gpu and Weft look; each appears whole. */
export function installBinding(folder: string, built: BuiltBinding, record: BindingRecord): void {
  const target = bindingPath(folder);
  mkdirSync(dirname(target), { recursive: true });
  const current = existsSync(target) && existsSync(quietPath(folder)) && readRecord(folder)?.inputs === built.inputs;
  if (!current) {
    copyWhole(built.file, target);
    copyWhole(built.quiet, quietPath(folder));
  }
  const recordFile = bindingRecordPath(folder);
  writeFileSync(`${recordFile}.${process.pid}`, `${JSON.stringify(record, null, 2)}\n`);
  renameSync(`${recordFile}.${process.pid}`, recordFile);
}

function copyWhole(from: string, to: string): void {
  copyFileSync(from, `${to}.${process.pid}`);
  renameSync(`${to}.${process.pid}`, to);
}

/** Removes a binding that failed its test, so that nothing tries to load it. */
export function removeBinding(folder: string): void {
  rmSync(bindingPath(folder), { force: true });
  rmSync(bindingRecordPath(folder), { force: true });
}

function hashInputs(folder: string, library: TensorFlowLibrary, compiler: string): string {
  const hash = createHash('sha256');
  const add = (text: string) => hash.update(text).update('\0');
  [
    process.platform,
    process.arch,
    compiler,
    packageVersion('node-api-headers') ?? '',
    library.folder,
    quietSource,
    ...flags,
  ].forEach(add);
  for (const name of readdirSync(join(folder, 'binding')).sort()) {
    add(name);
    hash.update(readFileSync(join(folder, 'binding', name)));
  }
  for (const name of libraryNames) {
    const { size, mtimeMs } = statSync(join(library.folder, name));
    add(`${name} ${size} ${mtimeMs}`);
  }
  return hash.digest('hex').slice(0, 24);
}
