/** Converts prompts to the inputs that a model samples with, using the encoder of its recipe. */
// Tested by test/cli/text-to-image.test.ts.
import type { HostTensors } from '../backends/session';
import { WeftError } from '../compiler/diagnostics/diagnostic';
import type { ModelGraph } from '../compiler/lower/model';
import { requireModel } from '../compiler/lower/require-model';
import { promptConditions, textInputOf, type Prompts } from './conditions';
import { openEncoder, type EncoderOptions, type Reading } from './encoder';

export interface EncodeOptions extends EncoderOptions {
  /** Called for prompts that are too long; on stderr by default. */
  readonly tell?: (note: string) => void;
}

/** `text` or `tokens`, `text_mask`, and those of the negative prompt (`…_none`), a row for each prompt. */
export async function encodePrompts(
  model: ModelGraph,
  settings: Reading,
  prompts: Prompts,
  { tell = tellUser, ...options }: EncodeOptions = {},
): Promise<HostTensors> {
  requireModel(model);
  const input = textInputOf(model, settings);
  if (!input) throw new WeftError(`${model.name} takes no text.`, 'Give it no prompts.');
  const encoder = await openEncoder(settings, input, options);
  try {
    return await promptConditions(encoder, prompts, { settings, input, tell });
  } finally {
    await encoder.close();
  }
}

function tellUser(note: string): void {
  console.error(`note: ${note}`);
}
