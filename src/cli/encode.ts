/** `weft encode`: writes the features of prompts that a text model takes, for an exported file or another program. */
import type { Command } from 'commander';
import { addSet, type Overrides } from './options';

export interface EncodeOptions {
  readonly run?: string;
  readonly prompt?: readonly string[];
  readonly prompts?: string;
  readonly negative?: string;
  readonly out: string;
  readonly set?: Overrides;
}

export function registerEncode(program: Command): void {
  const command = program
    .command('encode')
    .description('write the features of prompts, as a text model takes them')
    .argument('[target]', 'FILE or FILE#recipe that says how texts are read; not needed with --run')
    .option('--run <folder>', 'a training run: its recipe, and the words it knows')
    .option('--prompt <text>', 'what to encode, a row for each (repeatable)', repeated)
    .option('--prompts <file>', 'a text file with a prompt a line')
    .option('--negative <text>', 'what guidance leads away from; the empty prompt by default')
    .requiredOption('--out <file>', 'features.safetensors');
  addSet(command)
    .addHelpText(
      'after',
      `
The file holds text [n, tokens, width] (or tokens [n, tokens]) and text_mask where the model has one, and those of the negative prompt
under the same names with _none: the inputs of an exported file, and what weft sample --text reads. Its metadata say which encoder
made it, of which prompts.

Examples:
  weft encode specs/examples/emoji-t2i.weft#minilm --prompt "red heart" --out heart.safetensors
  weft encode --run runs/emoji --prompts prompts.txt --negative "face" --out features.safetensors`,
    )
    .action(encode);
}

function repeated(text: string, previous: readonly string[] = []): readonly string[] {
  return [...previous, text];
}

async function encode(target: string | undefined, options: EncodeOptions): Promise<void> {
  const { encodeToFile } = await import('./encode-prompts');
  await encodeToFile(target ?? null, options);
}
