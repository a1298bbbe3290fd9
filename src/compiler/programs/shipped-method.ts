/** The built-in objectives, optimisers and solvers: calls of declarations in specs/std, whose text is part of the compiler. */
import objectives from '../../../specs/std/objectives.weft';
import optimizers from '../../../specs/std/optimizers.weft';
import solvers from '../../../specs/std/solvers.weft';
import { ownValue } from '../own-value';
import { writtenStandard } from '../recipe/choices';
import type { Declared } from '../recipe/declared';

const texts = { objective: objectives, optimizer: optimizers, solver: solvers };

/** The text of a shipped file that is part of the compiler; null for any other path. */
export function shippedText(path: string): string | null {
  const [, name] = /^std\/(objective|optimizer|solver)s$/.exec(path) ?? [];
  return ownValue(texts, name ?? '') ?? null;
}

/** Whether a text is that of a shipped file that is part of the compiler. */
export function isShipped(text: string): boolean {
  return Object.values(texts).includes(text);
}

/** The declaration `name`, called with these values. */
export function shippedMethod(kind: keyof typeof texts, name: string, values: object): Declared {
  const args = Object.entries(values).map(([parameter, value]) => `${parameter}: ${writtenStandard(value)}`);
  return { kind: 'declared', call: `${name}(${args.join(', ')})`, text: texts[kind] };
}
