/** A program as a Python function, one line per op, for a session's process to run. */
// Tested by test/backends/pytorch/session.test.ts.
import { invariant } from '../../compiler/invariant';
import { lowerProgram, siteOf } from '../../compiler/emit/lower';
import type { Program, Value, Variable } from '../../compiler/ir/graph';
import { isVariable } from '../../compiler/ir/graph';
import type { Word } from '../../compiler/ops/define';
import { atom, torchTypes, type Python } from './expression';
import { constantNumber, pytorchWords, staticDimText, tensorOrSelf, type PythonTarget } from './words';

/** `run(inputs, variables, constants)` gives outputs and new values of variables by name. */
export interface ProgramSource {
  readonly text: string;
  /** Constants by the names that the function takes them under. */
  readonly constants: ReadonlyMap<string, Value>;
}

export interface SourceOptions {
  /**
   * Whether a variable is held by one device, by its name. Reading it then gathers it, so it is read again where it is needed much later;
   * its new value goes to its owner as soon as it is known.
   */
  readonly isSharded?: (name: string) => boolean;
}

/** Writes a program whose dimensions are all numbers. */
export function programSource(program: Program, { isSharded = () => false }: SourceOptions = {}): ProgramSource {
  const writer = new Writer(program, isSharded);
  const stored = (v: Value): string => tensorOrSelf(writer.of(v), v.dtype).text;
  const outputs = Object.entries(program.outputs).map(([name, v]) => `${quoted(name)}: ${stored(v)}`);
  const kept = program.updates.filter((u) => !isSharded(u.variable.leaf.name));
  const updates = kept.map((u) => `${quoted(u.variable.leaf.name)}: ${stored(u.value)}`);
  const lines = [...writer.lines(), `return {${outputs.join(', ')}}, {${updates.join(', ')}}`];
  const head = 'import torch\nimport torch.nn.functional as F\n\n\ndef run(inputs, variables, constants):';
  return { text: `${head}\n${lines.map((line) => `    ${line}\n`).join('')}`, constants: writer.constants };
}

interface Line {
  /** What it gives a value; null for a call that gives none. */
  readonly name: string | null;
  readonly text: string;
  readonly reads: readonly string[];
  /** Whether it gathers a variable from its owner. */
  readonly gathers?: boolean;
}

/** A variable that is next read after more lines than these is let go and gathered again: further than within a block. */
const far = 60;

class Writer {
  readonly constants = new Map<string, Value>();
  readonly of: (v: Value) => Python;
  private readonly written: Line[] = [];
  private readonly target: PythonTarget = { dim: staticDimText, helper: (name) => name };

  constructor(
    private readonly program: Program,
    private readonly isSharded: (name: string) => boolean,
  ) {
    const leaf = (v: Value): Python => this.leaf(v);
    const say = (v: Value, word: Word<PythonTarget, Python>, operands: readonly Python[]): Python | null => {
      const said = word(this.target, operands, siteOf(v));
      if (!said || said.isNumber || operands.includes(said)) return said;
      return this.write(
        said.text,
        operands.map((x) => x.text),
      );
    };
    this.of = lowerProgram({ words: pytorchWords, leaf, say }, program);
  }

  /** The lines of the body. A value is deleted after the last line that reads it. */
  lines(): string[] {
    const written = this.gathered(this.given());
    const last = new Map<string, number>();
    // What is gathered again is let go before.
    const between: string[][] = written.map(() => []);
    written.forEach(({ name, reads }, i) => {
      const before = name === null ? undefined : last.get(name);
      if (name !== null && before !== undefined) between[before].push(name);
      [...reads, ...(name === null ? [] : [name])].forEach((read) => last.set(read, i));
    });
    const { outputs, updates } = this.program;
    const returned = updates.filter((u) => !this.isSharded(u.variable.leaf.name));
    const kept = new Set([...Object.values(outputs), ...returned.map((u) => u.value)].map((v) => this.of(v).text));
    const names = new Set(written.map((line) => line.name));
    for (const [name, i] of last) if (names.has(name) && !kept.has(name)) between[i].push(name);
    return written.flatMap(({ name, text }, i) => [
      name === null ? text : `${name} = ${text}`,
      ...(between[i].length > 0 ? [`del ${between[i].join(', ')}`] : []),
    ]);
  }

  /** The lines with those that hand new values of sharded variables over, each as soon as the value is known. */
  private given(): Line[] {
    const after = new Map<string, Line[]>();
    const alone: Line[] = [];
    const names = new Set(this.written.map((line) => line.name));
    for (const { variable, value } of this.program.updates) {
      const { name } = variable.leaf;
      if (!this.isSharded(name)) continue;
      const { text } = tensorOrSelf(this.of(value), value.dtype);
      const line = { name: null, text: `variables.give(${quoted(name)}, ${text})`, reads: [text] };
      if (names.has(text)) after.set(text, [...(after.get(text) ?? []), line]);
      else alone.push(line);
    }
    return [
      ...this.written.flatMap((line) => [line, ...((line.name !== null && after.get(line.name)) || [])]),
      ...alone,
    ];
  }

  /** The lines with variables gathered again where their next reader is far. */
  private gathered(lines: readonly Line[]): Line[] {
    const gathers = new Map(lines.flatMap((line) => (line.gathers && line.name !== null ? [[line.name, line]] : [])));
    const seen = new Map<string, number>();
    const again: Line[] = [];
    lines.forEach((line, i) => {
      for (const read of new Set(line.reads)) {
        const source = gathers.get(read);
        const before = seen.get(read);
        if (source && before !== undefined && i - before > far) again.push(source);
        seen.set(read, i);
      }
      if (line.name !== null) seen.set(line.name, i);
      again.push(line);
    });
    return again;
  }

  private write(text: string, reads: readonly string[], gathers = false): Python {
    const name = `v${this.written.length}`;
    this.written.push({ name, text, reads, gathers });
    return atom(name);
  }

  private leaf(v: Value): Python {
    const { leaf } = v;
    if (leaf?.kind === 'input') return this.cast(v, `inputs[${quoted(leaf.name)}]`);
    if (isVariable(v)) return this.cast(v, variableText(v), this.isSharded(v.leaf.name));
    invariant(leaf?.kind === 'constant', 'a leaf is neither input, variable nor constant');
    if (leaf.data.shape.length === 0) return constantNumber(leaf.data.data[0], v.dtype);
    const name = `c${this.constants.size}`;
    this.constants.set(name, v);
    return this.cast(v, `constants["${name}"]`);
  }

  /** Half types are float32 outside of a program, so values from there are converted. */
  private cast({ dtype }: Value, text: string, gathers = false): Python {
    const isHalf = dtype === 'bf16' || dtype === 'f16';
    return this.write(isHalf ? `${text}.to(${torchTypes[dtype]})` : text, [], gathers);
  }
}

function variableText({ leaf }: Variable): string {
  return `variables[${quoted(leaf.name)}]`;
}

/** A string of JSON is also a string of Python. */
function quoted(name: string): string {
  return JSON.stringify(name);
}
