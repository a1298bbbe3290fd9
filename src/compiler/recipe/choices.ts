/** Settings that are calls, such as `adamw(rate: 1e-4)`: one of several choices, each with parameters. */
import { bindCall, writtenArguments, type Bound, type WrittenArgument } from '../bind/bind-call';
import type { Signature } from '../bind/signature';
import { diagnose } from '../diagnostics/diagnostic';
import type { Expression } from '../syntax/ast';
import { itemsOf } from '../syntax/items';
import {
  Field,
  type Choice,
  type Choices,
  type ChoicesOf,
  type Fields,
  type Infer,
  type Chosen,
  type ReadChoices,
  type Reading,
  type SettingMeaning,
} from './field';
import { namesOf } from './fields';

type Parameters = { readonly [name: string]: Fields };

/** A field that takes one of several calls. It reads the arguments, with the name of the call as `kind`. */
export function oneOf<P extends Parameters>(doc: string, choices: ChoicesOf<P>): Field<Chosen<P>, false> {
  const read = (e: Expression, reading: Reading): Chosen<P> | undefined => {
    const name = chosenName(field, choices, e, reading);
    return name === undefined ? undefined : readChoice<P, typeof name>(name, choices[name], e, reading);
  };
  const field = new Field(doc, { kind: 'call', choices }, read, false);
  return field;
}

function readChoice<P extends Parameters, Name extends Extract<keyof P, string>>(
  name: Name,
  { parameters }: Choice<P[Name]>,
  e: Expression,
  reading: Reading,
): ReadChoices<P>[Name] | undefined {
  const args = readArguments(name, parameters, e, reading);
  return args && { kind: name, ...args };
}

/** A field that takes only one call. It reads the arguments. */
export function call<F extends Fields>(doc: string, name: string, choice: Choice<F>): Field<Infer<F>, false> {
  const choices = { [name]: choice };
  const read = (e: Expression, reading: Reading): Infer<F> | undefined =>
    chosenName(field, choices, e, reading) === undefined
      ? undefined
      : readArguments(name, choice.parameters, e, reading);
  const field: Field<Infer<F>, false> = new Field(doc, { kind: 'call', choices, isAlone: true }, read, false);
  return field;
}

/** A field that takes one or more of several calls, each at most once: `(label(0.1), text(0.1))`. */
export function someOf<P extends Parameters>(doc: string, choices: ChoicesOf<P>): Field<readonly Chosen<P>[], false> {
  const one = oneOf(doc, choices);
  const read = (e: Expression, reading: Reading): readonly Chosen<P>[] | undefined => {
    const items = itemsOf(e);
    const first = new Map<unknown, Expression>();
    const found = items.flatMap((item) => {
      const value = one.read(item, reading);
      if (value === undefined) return [];
      const earlier = first.get(value.kind);
      const setting = `${reading.setting} ${String(value.kind)}`;
      if (earlier) reading.report(diagnose('duplicate-setting', item.span, { setting }, earlier.span));
      else first.set(value.kind, item);
      return [value];
    });
    return first.size === items.length ? found : undefined;
  };
  return new Field(doc, { kind: 'calls', choices }, read, false);
}

/** The name of the choice that is written; reports any other value. */
function chosenName<C extends Choices>(
  field: Field<unknown>,
  choices: C,
  e: Expression,
  reading: Reading,
): Extract<keyof C, string> | undefined {
  const names = namesOf(choices);
  const callee = e.kind === 'call' ? e.callee : e;
  const found = names.find((name) => callee.kind === 'name' && callee.name === name);
  if (found !== undefined && callee.kind === 'name') {
    const choice = choices[found];
    reading.settle(callee, { kind: 'value', of: reading.setting, name: found, field, choice });
    return found;
  }
  const written = names.map((name) => `${name}(${Object.keys(choices[name].parameters).join(', ')})`);
  return reading.wrongKind(written.join(' or '), e, names);
}

function readArguments<F extends Fields>(
  callee: string,
  fields: F,
  e: Expression,
  reading: Reading,
): Infer<F> | undefined {
  const bound = bindChoice(callee, fields, e);
  bound.diagnostics.forEach((d) => reading.report(d));
  const args = readFields(callee, fields, bound, (name) => reading.argument(callee, name));
  return bound.diagnostics.length === 0 && args ? args : undefined;
}

/** The values of the fields `of` a section or a call, by their names in recipes; null if a required one is missing or any is wrong. */
export function readFields<F extends Fields>(
  of: string,
  fields: F,
  { given }: Bound<WrittenArgument>,
  readingOf: (name: string) => Reading,
): Infer<F> | null {
  const values: Record<string, unknown> = {};
  let isSound = true;
  for (const [name, field] of Object.entries(fields)) {
    const argument = given.get(name);
    const value = argument ? readArgument({ of, name, field }, argument, readingOf(name)) : field.standard;
    if (value === undefined) isSound = false;
    else if (!(field.isAbsent && isSame(value, field.standard))) values[recipeName(name)] = value;
  }
  return isSound && isWhole(fields, values) ? values : null;
}

function readArgument(
  setting: Omit<Extract<SettingMeaning, { readonly kind: 'setting' }>, 'kind'>,
  { name, value }: WrittenArgument,
  reading: Reading,
): unknown {
  if (name) reading.settle(name, { kind: 'setting', ...setting });
  return reading.value(setting.field, value);
}

function isWhole<F extends Fields>(fields: F, values: object): values is Infer<F> {
  return Object.entries(fields).every(([name, field]) => field.isAbsent || Object.hasOwn(values, recipeName(name)));
}

/** The name of a setting in recipes: `holdOut` for `hold_out`. */
export function recipeName(setting: string): string {
  return setting.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());
}

/** Whether two plain values are equal; an empty list equals null. */
function isSame(value: unknown, standard: unknown): boolean {
  const isEmpty = Array.isArray(value) && value.length === 0 && standard === null;
  return value === standard || isEmpty;
}

/** The arguments of a call by their parameters. */
function bindChoice(callee: string, fields: Fields, e: Expression): Bound<WrittenArgument> {
  return bindCall(choiceSignature(callee, fields), e.kind === 'call' ? writtenArguments(e.args) : [], e.span);
}

/** The expression of an argument in the call of a setting; null if there is none, or if the setting is not such a call. */
export function writtenArgument({ takes }: Field<unknown>, e: Expression, name: string): Expression | null {
  const callee = e.kind === 'call' ? e.callee : e;
  if (takes.kind !== 'call' || callee.kind !== 'name' || !Object.hasOwn(takes.choices, callee.name)) return null;
  return bindChoice(callee.name, takes.choices[callee.name].parameters, e).given.get(name)?.value ?? null;
}

/** The signature of a choice, such as `adamw(rate, betas: (0.9, 0.999))`. */
export function choiceSignature(callee: string, fields: Fields): Signature {
  const items = Object.entries(fields).map(([name, { standard }]) =>
    standard === undefined ? name : `${name}: ${writtenStandard(standard)}`,
  );
  return {
    callee,
    written: `${callee}(${items.join(', ')})`,
    parameters: Object.entries(fields).map(([name, { standard }]) => ({ name, required: standard === undefined })),
    takes: 'arguments',
  };
}

/** A default as a spec would write it; `…` if the value is absent by default. */
export function writtenStandard(value: unknown): string {
  if (value === null || (Array.isArray(value) && value.length === 0)) return '…';
  if (Array.isArray(value)) return value.length === 1 ? String(value[0]) : `(${value.join(', ')})`;
  return value === '' ? '""' : String(value);
}
