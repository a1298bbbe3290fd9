/** A program as a Python function, one line per op, for a session's process to run. */
// Tested by test/backends/pytorch/session.test.ts.
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

/** Writes a program whose dimensions are all numbers. */
export function programSource(program: Program): ProgramSource {
  const writer = new Writer(program);
  const stored = (v: Value): string => tensorOrSelf(writer.of(v), v.dtype).text;
  const outputs = Object.entries(program.outputs).map(([name, v]) => `${quoted(name)}: ${stored(v)}`);
  const updates = program.updates.map((u) => `${quoted(u.variable.leaf.name)}: ${stored(u.value)}`);
  const lines = [...writer.lines(), `return {${outputs.join(', ')}}, {${updates.join(', ')}}`];
  const head = 'import torch\nimport torch.nn.functional as F\n\n\ndef run(inputs, variables, constants):';
  return { text: `${head}\n${lines.map((line) => `    ${line}\n`).join('')}`, constants: writer.constants };
}

interface Line {
  readonly name: string;
  readonly text: string;
  readonly reads: readonly string[];
}

class Writer {
  readonly constants = new Map<string, Value>();
  readonly of: (v: Value) => Python;
  private readonly written: Line[] = [];
  private readonly target: PythonTarget = { dim: staticDimText, helper: (name) => name };

  constructor(private readonly program: Program) {
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
    const last = new Map<string, number>();
    this.written.forEach(({ name, reads }, i) => [...reads, name].forEach((read) => last.set(read, i)));
    const { outputs, updates } = this.program;
    const kept = new Set([...Object.values(outputs), ...updates.map((u) => u.value)].map((v) => this.of(v).text));
    const names = new Set(this.written.map((line) => line.name));
    const gone = this.written.map((): string[] => []);
    for (const [name, i] of last) if (names.has(name) && !kept.has(name)) gone[i].push(name);
    return this.written.flatMap(({ name, text }, i) => [
      `${name} = ${text}`,
      ...(gone[i].length > 0 ? [`del ${gone[i].join(', ')}`] : []),
    ]);
  }

  private write(text: string, reads: readonly string[]): Python {
    const name = `v${this.written.length}`;
    this.written.push({ name, text, reads });
    return atom(name);
  }

  private leaf(v: Value): Python {
    const { leaf } = v;
    if (leaf?.kind === 'input') return this.cast(v, `inputs[${quoted(leaf.name)}]`);
    if (isVariable(v)) return this.cast(v, variableText(v));
    if (leaf?.kind !== 'constant') throw new Error('a leaf is neither input, variable nor constant');
    if (leaf.data.shape.length === 0) return constantNumber(leaf.data.data[0], v.dtype);
    const name = `c${this.constants.size}`;
    this.constants.set(name, v);
    return this.cast(v, `constants["${name}"]`);
  }

  /** Half types are float32 outside of a program, so values from there are converted. */
  private cast({ dtype }: Value, text: string): Python {
    const isHalf = dtype === 'bf16' || dtype === 'f16';
    return this.write(isHalf ? `${text}.to(${torchTypes[dtype]})` : text, []);
  }
}

function variableText({ leaf }: Variable): string {
  return `variables[${quoted(leaf.name)}]`;
}

/** A string of JSON is also a string of Python. */
function quoted(name: string): string {
  return JSON.stringify(name);
}
