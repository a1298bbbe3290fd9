/** The schema of how a model is sampled, in the record of a run and in the metadata of an exported sampler. */
// Tested by test/train/run-folder.test.ts.
import * as z from 'zod';
import type { Walk } from '../compiler/programs/sample';
import { solverNames } from '../compiler/programs/samplers/index';
import { declared } from '../train/choice-schema';

const guidance = z.looseObject({
  scale: z.number(),
  from: z.number(),
  to: z.number(),
  rescale: z.number().optional(),
  weak: z.string().optional(),
});

export const walkSchema = z.looseObject({
  solver: z.union([z.enum(solverNames), declared]),
  steps: z.int().min(1),
  shift: z.number().positive(),
  lastStep: z.number().positive().optional(),
  wholeTimes: z.boolean().optional(),
  guidance: z.union([declared, guidance]).nullable(),
}) satisfies z.ZodType<Walk>;
