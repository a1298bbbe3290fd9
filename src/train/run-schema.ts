/** The schema of `run.json`. Fields that a later version adds are accepted. */
// Tested by test/train/run-folder.test.ts.
import * as z from 'zod';
import type {
  Alignment,
  DataSource,
  SampleSettings,
  ScoreSettings,
  TextSettings,
  TrainRecipe,
} from '../compiler/recipe/index';
import { optimizers } from '../compiler/recipe/optimizers';
import { dataSources } from '../compiler/recipe/data/index';
import { objectives } from '../compiler/recipe/objectives';
import { encoders } from '../compiler/recipe/encoders';
import { namesOf } from '../compiler/recipe/fields';
import { trainFields } from '../compiler/recipe/train';
import { WeftError } from '../compiler/diagnostics/diagnostic';
import type { StaticValue } from '../compiler/lower/model';
import { conventionsSchema } from '../run/recorded-conventions';
import { walkSchema } from '../run/walk-schema';
import { choiceSchema, declared, fieldsSchema } from './choice-schema';
import type { RunRecord } from './run-folder';
import { isRecord } from '../files/record';

const count = z.int().min(0);
const share = z.number().min(0).max(1);
const rate = z.number().min(0);

/** An object with a `kind` (or another field) that is one of some values, and numbers under some names. */
function shaped<T>(field: string, values: readonly string[], numbers: readonly string[] = []): z.ZodType<T> {
  return z.custom<T>(
    (value) => {
      if (!isRecord(value)) return false;
      return values.includes(String(value[field])) && numbers.every((name) => typeof value[name] === 'number');
    },
    `it is not one of ${values.join(', ')} with what goes with it`,
  );
}

const average = z.union([rate, z.looseObject({ kind: z.literal('power'), width: rate })]);

/** Settings that earlier versions stored in other forms, or that a recipe stores in another form than a spec. */
const {
  data: _data,
  text: _text,
  objective: _objective,
  optimizer: _optimizer,
  align: _align,
  clip: _clip,
  ema: _ema,
  drop: _drop,
  score: _score,
  ...plain
} = trainFields;

/** These, fields that are not settings, and phases. */
const others = z.looseObject({
  name: z.string(),
  model: z.string(),
  data: shaped<DataSource>('kind', namesOf(dataSources)),
  text: shaped<TextSettings>('encoder', namesOf(encoders), ['length']).optional(),
  objective: z.union([choiceSchema(objectives), declared]),
  optimizer: z.intersection(
    z.union([choiceSchema(optimizers), declared.extend({ rate, averages: z.literal(true).optional() })]),
    z.looseObject({ decayExcept: z.array(z.string()).optional() }),
  ),
  clip: z.number().nullable(),
  ema: z.union([average, z.array(average).min(2)]).nullable(),
  labelDrop: share,
  textDrop: share.optional(),
  given: z.record(z.string(), z.string()).optional(),
  givenDrop: z.record(z.string(), share).optional(),
  align: z
    .intersection(
      z.union([
        shaped<Alignment>('kind', ['repa'], ['hidden', 'weight', 'width']),
        shaped<Alignment>('kind', ['features'], ['tokens', 'width']),
      ]),
      z.looseObject({
        teacher: z.union([
          z.string(),
          z.looseObject({ model: z.string(), set: z.record(z.string(), z.string()), weights: z.string() }),
        ]),
      }),
    )
    .optional(),
  phases: z.array(z.looseObject({ at: count, rate: rate.nullable(), clip: z.number().nullable() })),
  score: shaped<ScoreSettings>('kind', ['frechet'], ['size', 'samples']).optional(),
});

const recipe: z.ZodType<TrainRecipe> = z.intersection(fieldsSchema(plain), others);

/** Throws if a program gives a recipe that no spec could contain. */
export function requireRecipe(given: TrainRecipe): void {
  const found = recipe.safeParse(given);
  if (found.success) return;
  const [{ path, message }] = found.error.issues;
  throw new WeftError(
    `This is no recipe that can be trained: ${[path.join('.'), message].filter(Boolean).join(': ')}.`,
    'Give the `recipe` of compile(…), with changes.',
    2,
  );
}

const sample = walkSchema.extend({
  name: z.string(),
  model: z.string(),
  given: z
    .record(
      z.string(),
      z.looseObject({ values: z.array(z.string()), isMask: z.boolean().optional(), made: z.string().optional() }),
    )
    .optional(),
}) satisfies z.ZodType<SampleSettings>;

const digest = z.string().min(1);

const identity = z.looseObject({
  images: z.looseObject({ count, digest: digest.optional(), source: digest.optional() }),
  paired: z.record(z.string(), digest).optional(),
  encoder: digest.optional(),
  teacher: digest.optional(),
});

export const runSchema: z.ZodType<RunRecord> = z.looseObject({
  weft: z.string(),
  id: z.string().min(1).optional(),
  spec: z
    .looseObject({
      file: z.string().min(1),
      model: z.string(),
      case: z.string().optional(),
      set: z.record(z.string(), z.string()),
      sums: z.record(z.string(), z.string()).optional(),
    })
    .nullable(),
  hyperparameters: z.record(
    z.string(),
    z.custom<StaticValue>((value) => value !== undefined),
  ),
  recipe,
  conventions: conventionsSchema.optional(),
  sample: sample.nullable(),
  classes: z.array(z.string()),
  texts: z.looseObject({ prompts: z.array(z.string()), words: z.array(z.string()) }).optional(),
  data: identity.optional(),
  phaseData: z.record(z.string(), identity).optional(),
  digest,
  state: digest.optional(),
});
