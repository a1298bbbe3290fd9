/** The work of `weft encode`: finds how a model reads texts, encodes the prompts, and writes the features. */
// Tested by test/cli/encode.test.ts.
import { WeftError } from '../compiler/diagnostics/diagnostic';
import type { ModelGraph } from '../compiler/lower/model';
import { readTextFile } from '../data/folder/text-file';
import { writeSafetensors } from '../data/safetensors';
import { dataNotes } from '../run/data-notes';
import { parseTarget } from '../spec/target';
import { streamProgress } from '../setup/progress';
import type { Reading } from '../text/encoder';
import { encodePrompts } from '../text/prompts';
import { planResume, planRun } from '../train/plan';
import { readRunRecord } from '../train/find-record';
import { readingOf } from '../train/run-folder';
import type { EncodeOptions } from './encode';
import { tellUnknownWords } from './unknown-words';
import { tellWarning } from './tell-warning';

/** A larger file is not a list of prompts, in bytes. */
const mostBytes = 10e6;

interface Reader {
  readonly model: ModelGraph;
  readonly reading: Reading | undefined;
  /** Words of the captions that the model was trained on, if they are known. */
  readonly words?: readonly string[];
}

export async function encodeToFile(target: string | null, options: EncodeOptions): Promise<void> {
  if (!options.out.endsWith('.safetensors')) {
    throw new WeftError(`${options.out} is no .safetensors file.`, 'Name one with --out.', 2);
  }
  const prompts = await wantedPrompts(options);
  const { model, reading, words } = await readerOf(target, options);
  if (!reading) {
    throw new WeftError(
      `The recipe of ${model.name} does not say how texts become features.`,
      'Add to it, for instance: text = text(encoder: words, length: 16)',
    );
  }
  const { negative = '' } = options;
  tellUnknownWords([...prompts, negative], reading, words);
  const features = await encodePrompts(model, reading, { prompts, negative }, { setup: streamProgress() });
  const { text_words: _words, ...notes } = dataNotes({ text: reading });
  const metadata = { model: model.name, ...notes, prompts: JSON.stringify(prompts), negative };
  await writeSafetensors(options.out, features, { metadata });
  for (const [name, { shape }] of Object.entries(features)) console.error(`${name} [${shape.join(', ')}]`);
  console.log(options.out);
}

async function wantedPrompts({ prompt = [], prompts }: EncodeOptions): Promise<readonly string[]> {
  const lines = prompts === undefined ? [] : (await readTextFile(prompts, mostBytes)).split(/\r?\n/);
  const all = [...prompt, ...lines.map((line) => line.trim()).filter((line) => line !== '')];
  if (all.length > 0) return all;
  if (prompts !== undefined) throw new WeftError(`${prompts} holds no prompt.`, 'Write one a line.');
  throw new WeftError('There is nothing to encode.', 'Add --prompt "…", or --prompts FILE with a prompt a line.', 2);
}

async function readerOf(target: string | null, { run, set }: EncodeOptions): Promise<Reader> {
  if (run !== undefined) {
    if (target !== null) throw new WeftError('Both a spec and a run were named.', 'Leave one of them out.', 2);
    const record = await readRunRecord(run, tellWarning);
    const { model, recipe } = await planResume(run, { set });
    return { model, reading: readingOf({ ...record, recipe }), words: record.texts?.words };
  }
  if (target === null) {
    throw new WeftError('No model was named.', 'Write weft encode FILE#recipe, or weft encode --run FOLDER.', 2);
  }
  const { file, name } = parseTarget(target);
  const { model, recipe } = planRun(file, name, { set });
  return { model, reading: recipe.text };
}
