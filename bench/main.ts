/** `npm run bench -- SUBJECT`: measures Weft against others, by turns in one run. */
import { WeftError } from '../src/compiler/diagnostics/diagnostic';
import { benchCompile } from './compile/compile';
import { benchData } from './data/data';
import { benchEditing } from './editing/editing';
import { benchMemory } from './memory/memory';
import { benchSpectrum } from './spectrum/spectrum';
import { benchTrain } from './train/train';

const subjects: { readonly [name: string]: (args: readonly string[]) => Promise<void> } = {
  train: benchTrain,
  compile: benchCompile,
  memory: benchMemory,
  data: benchData,
  editing: benchEditing,
  spectrum: benchSpectrum,
};

const [subject, ...args] = process.argv.slice(2);
const run = subjects[subject ?? ''];
if (!run) {
  console.error('usage: npm run bench -- train [--steps N] [--precision f32|bf16] [--threads N] [--batch N]');
  console.error(
    '                             [--model small|tiny] [--peers weft,weft-declared,pytorch,pytorch-compiled,tfjs] [--json]',
  );
  console.error('       npm run bench -- compile [--model PixelDiT_XL] [--json]');
  console.error('       npm run bench -- memory [--models class,text,windows] [--backends tensorflow,tfjs] [--json]');
  console.error('       npm run bench -- data [--images 100000] [--side 64] [--steps 20]');
  console.error(
    '       npm run bench -- editing --autoencoder RUN [--pixels RUN] [--latents RUN] [--count 256] [--strength 0.8]',
  );
  console.error(
    '       npm run bench -- spectrum RUN… [--images 500] [--seeds 0,1,2], or --write-textures FOLDER [--count 4000]',
  );
  process.exitCode = 2;
} else await run(args).catch(report);

function report(error: unknown): void {
  // What parseArgs throws is meant for the one who typed the arguments.
  if (error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS')) {
    console.error(error.message);
    process.exitCode = 2;
    return;
  }
  if (!(error instanceof WeftError)) throw error;
  console.error(error.hint ? `${error.message}\nhint: ${error.hint}` : error.message);
  process.exitCode = error.exitCode;
}
