/** `data = latents("data/latents")`: latents in files; training uses (latent - shift) · scale. */
// Tested by test/train/run-digest.test.ts.
import { number, string } from '../fields';
import type { SourceChoice } from './source';

export const latents = {
  doc: 'Latents in .npy and .safetensors files; each subfolder is a class, or a file holds labels.',
  examples: ['latents("data/latents", scale: 0.18215)'],
  parameters: {
    path: string('folder of .npy or .safetensors files, with a subfolder for each class'),
    scale: number('training uses (latent - shift) · scale', { min: 1e-6 }).or(1),
    shift: number('see `scale`').or(0),
  },
  gives: 'latents',
  hasPartners: false,
  short: null,
} satisfies SourceChoice;
