/** Checks that a resumed run gets the same data: its classes, pictures and captions, and the encoders that read them. */
// Tested by test/train/train.test.ts.
import { someOf } from '../compiler/diagnostics/counted';
import { WeftError } from '../compiler/diagnostics/diagnostic';
import type { DataIdentity, TrainingData } from './batches';
import { textFacts, type RunRecord } from './run-folder';

/** Refuses data that differ from those a run began with. */
export async function checkSameData(folder: string, record: RunRecord, data: TrainingData): Promise<void> {
  const differing = await dataDifferences(record, data);
  if (differing.length === 0) return;
  throw new WeftError(
    `The run in ${folder} began with other data:\n${differing.map((d) => `  ${d}`).join('\n')}`,
    'Bring the data back to what they were, or add --accept-new-data to go on with these.',
  );
}

/** Refuses data of a phase that differ from those it began with, as far as both have an identity. */
export async function checkSamePhaseData(
  folder: string,
  at: number,
  before: DataIdentity,
  data: TrainingData,
): Promise<void> {
  const differing = await identitiesDiffer(before, data);
  if (differing.length === 0) return;
  throw new WeftError(
    `The phase at step ${at} of the run in ${folder} began with other data:\n${differing.map((d) => `  ${d}`).join('\n')}`,
    'Bring the data back to what they were, or add --accept-new-data to go on with these.',
  );
}

/** The differences, one per line. Version 0.1.0 kept only classes and words. */
async function dataDifferences(record: RunRecord, data: TrainingData): Promise<string[]> {
  const before = record.data;
  const { classes, texts } = data;
  return [
    ...namesDiffer('classes', record.classes, classes),
    ...(record.texts && texts ? namesDiffer('words', record.texts.words, textFacts(texts.captions).words) : []),
    ...(before ? await identitiesDiffer(before, data) : []),
  ];
}

async function identitiesDiffer(before: DataIdentity, { identity, wholeDigest }: TrainingData): Promise<string[]> {
  return [
    ...(identity ? await imagesDiffer(before.images, identity.images, wholeDigest) : []),
    ...Object.entries(before.paired ?? {}).flatMap(([input, digest]) =>
      partDiffers(`the pictures of \`${input}\``, digest, identity?.paired?.[input]),
    ),
    ...partDiffers('the text encoder', before.encoder, identity?.encoder),
    ...partDiffers('the image encoder it is aligned with', before.teacher, identity?.teacher),
  ];
}

const few = 8;

/** The order of names matters too, since it gives them their numbers. */
function namesDiffer(what: string, before: readonly string[], now: readonly string[]): string[] {
  if (before.length === now.length && before.every((name, i) => name === now[i])) return [];
  const [gone, added] = [before.filter((n) => !now.includes(n)), now.filter((n) => !before.includes(n))];
  if (before.length <= few && now.length <= few)
    return [`${what}: the run numbers ${before.join(', ')}; the data have ${now.join(', ')}`];
  const some = [...listed('gone', gone), ...listed('new', added)];
  return [`${what}: ${before.length} before, ${now.length} now; ${some.join('; ') || 'in another order'}`];
}

function listed(how: string, names: readonly string[]): string[] {
  if (names.length === 0) return [];
  return [`${how}: ${someOf(names, few)}`];
}

type Images = NonNullable<TrainingData['identity']>['images'];

async function imagesDiffer(before: Images, now: Images, whole: TrainingData['wholeDigest']): Promise<string[]> {
  if (before.count !== now.count) return [`pictures: ${before.count} before, ${now.count} now`];
  if (await areSame(before, now, whole)) return [];
  return [`pictures: as many as before (${now.count}), but not the same, or not with the same classes and captions`];
}

/** Pixels decide where both have their digest, and also where only the files are not the same. */
async function areSame(before: Images, now: Images, whole: TrainingData['wholeDigest']): Promise<boolean> {
  if (before.digest !== undefined && now.digest !== undefined) return before.digest === now.digest;
  if (before.source !== undefined && before.source === now.source) return true;
  return before.digest !== undefined && before.digest === (await whole?.());
}

function partDiffers(what: string, before: string | undefined, now: string | undefined): string[] {
  return before === undefined || now === undefined || before === now ? [] : [`${what}: its files are other ones`];
}
