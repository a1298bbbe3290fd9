/** Reads objectives, optimisers, solvers and guidances of the language from the texts that recipes keep. */
// Tested by test/train/declared-objective.test.ts.
import { bind, type BoundSpec } from '../bind/bind';
import { declaredMethod } from '../bind/rules/sections';
import { NameScope } from '../bind/scope';
import { WeftError, type Diagnostic } from '../diagnostics/diagnostic';
import { renderText } from '../diagnostics/render';
import { loadSpec, type LoadedFile } from '../link/load';
import { parseGiven } from '../lower/givens/parse';
import type { MethodCall } from '../lower/method';
import { words } from '../lower/words/index';
import { hostParameters, type Declared, type ReadMethod } from '../recipe/declared';
import { methodReader } from '../sections/method';
import type { MethodDeclaration } from '../syntax/ast';
import { isShipped, shippedText } from './shipped-method';

interface KeptFile {
  readonly file: LoadedFile;
  readonly bound: BoundSpec;
}

/** The texts of the compiler, which many sections of a file use. */
const ownFiles = new Map<string, KeptFile>();

/** A kept text, parsed as a file and bound. Texts of runs are whole; those of the compiler import from one another. */
export function keptFile(name: string, text: string): KeptFile {
  const known = ownFiles.get(text);
  if (known) return known;
  const kept = readKept(name, text);
  if (isShipped(text)) ownFiles.set(text, kept);
  return kept;
}

function readKept(name: string, text: string): KeptFile {
  const linked = loadSpec(name, (path) => (path === name ? text : shippedText(path)));
  const bound = bind(linked.files, words);
  refuseErrors([...linked.diagnostics, ...bound.diagnostics]);
  return { file: linked.files[0], bound };
}

/** The home of a kept method, needed to read a call that was changed by hand. */
export function keptHome({ text }: Declared): { visible: LoadedFile['visible']; methods: ReadMethod } {
  const { file, bound } = keptFile('the method of the settings', text);
  return { visible: file.visible, methods: methodReader(file, bound, () => null) };
}

export function keptMethod<K extends MethodDeclaration['kind']>(
  kind: K,
  { call, text }: Declared,
): MethodCall<Extract<MethodDeclaration, { kind: K }>> {
  const { file, bound } = keptFile(`the ${kind} of the recipe`, text);
  const { value } = parseGiven(kind, call);
  const declaration = declaredMethod(file, kind, value);
  if (!declaration) throw new WeftError(`The recipe does not hold the text of its ${kind} ${call}.`);
  const locals = new NameScope();
  const hosts = hostParameters[kind];
  if (hosts !== null) locals.bind(hosts, 'parameter', value.span);
  refuseErrors(bound.bindLoose({ value, home: file, locals }));
  return { declaration, call: value, names: bound.names };
}

export function refuseErrors(diagnostics: readonly Diagnostic[]): void {
  const errors = diagnostics.filter((d) => d.severity === 'error');
  if (errors.length > 0) throw new WeftError(renderText(errors).trimEnd());
}
