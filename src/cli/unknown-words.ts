/** Reports words of prompts that a model does not know, because no caption in its training had them. */
// Tested by test/cli/encode.test.ts.
import { encoders } from '../compiler/recipe/encoders';
import type { TextSettings } from '../compiler/recipe/index';
import { unknownWords } from '../text/words';

/** `words` are those of the captions; undefined if they are not known. */
export function tellUnknownWords(
  prompts: readonly string[],
  { encoder, prefix }: TextSettings,
  words: readonly string[] | undefined,
): void {
  if (!words || !encoders[encoder].knowsCaptionsOnly) return;
  const unknown = unknownWords(prompts, prefix, words);
  if (unknown.length > 0) console.error(`not in any caption the model was trained on: ${unknown.join(', ')}`);
}
