/** Schemas of choices, such as optimisers, for files that record them: they follow from the choices' parameters. */
import * as z from 'zod';
import { assertNever } from '../compiler/invariant';
import type { Choices, ChoicesOf, Chosen, Field, Fields, Infer, Takes } from '../compiler/recipe/field';
import { recipeName } from '../compiler/recipe/choices';

/** Text of the language that a recipe keeps, with the call of a declaration in it. */
export const declared = z.object({ kind: z.literal('declared'), call: z.string(), text: z.string() });

/** One of several choices with its parameters. Only the smallest value of numbers is checked, since ranges may become narrower. */
export function choiceSchema<P extends { readonly [name: string]: Fields }>(
  choices: ChoicesOf<P>,
): z.ZodType<Chosen<P>> {
  return typed(ofChoices(choices));
}

/** The values of some settings. Ranges are checked as loosely. */
export function fieldsSchema<F extends Fields>(fields: F): z.ZodType<Infer<F>> {
  return typed(z.looseObject(ofFields(fields)));
}

/** A schema that is built from data, with the type that it checks. */
function typed<T>(schema: z.ZodType): z.ZodType<T> {
  return z.custom<T>().check(({ value, issues }) => addIssues(issues, schema, value));
}

/** Adds the problems that another schema finds in a value. */
function addIssues(issues: z.core.$ZodRawIssue[], schema: z.ZodType, value: unknown): void {
  for (const { message, path } of schema.safeParse(value).error?.issues ?? [])
    issues.push({ code: 'custom', message, path: [...path], input: value });
}

function ofChoices(choices: Choices): z.ZodType {
  const kinds = z.looseObject({ kind: z.enum(Object.keys(choices)) });
  return kinds.check(({ value, issues }) => {
    const { parameters } = choices[value.kind];
    addIssues(issues, z.looseObject(ofFields(parameters)), value);
  });
}

function ofFields(fields: Fields): { readonly [name: string]: z.ZodType } {
  return Object.fromEntries(Object.entries(fields).map(([name, field]) => [recipeName(name), ofField(field)]));
}

function ofField({ takes, isAbsent, standard }: Field<unknown>): z.ZodType {
  const given = ofKind(takes);
  return isAbsent ? given.optional() : standard === null ? given.nullable() : given;
}

function ofKind(takes: Takes): z.ZodType {
  switch (takes.kind) {
    case 'number':
      return (takes.whole ? z.int() : z.number()).min(takes.min ?? -Infinity);
    case 'numbers':
      return z.array(z.number()).length(takes.count);
    case 'word':
      return z.enum(takes.words);
    case 'words':
      return z.array(z.enum(takes.words));
    case 'strings':
      return z.array(z.string());
    case 'string':
    case 'expression':
    case 'place':
      return z.string();
    case 'file-or-model':
      return z.union([z.string(), z.looseObject({ model: z.string() })]);
    case 'model':
      return declared;
    case 'boolean':
      return z.boolean();
    case 'call':
      return takes.isAlone
        ? z.union(Object.values(takes.choices).map((c) => z.looseObject(ofFields(c.parameters))))
        : ofChoices(takes.choices);
    case 'calls':
      return z.array(ofChoices(takes.choices));
    default:
      return assertNever(takes);
  }
}
