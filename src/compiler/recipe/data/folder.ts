/** `data = folder("data/images")`: pictures in files. */
// Tested by test/train/run-digest.test.ts.
import { flag, string } from '../fields';
import type { SourceChoice } from './source';

/** The setting for mirroring, shared by all sources of pictures. */
export const flip = flag('mirror every other image, at random').or(false);

/** PNG, JPEG and WebP files, in one subfolder for each class. */
export const folder = {
  doc: 'Images in a folder; each subfolder is a class.',
  examples: ['folder("data/images", flip: true)'],
  parameters: { path: string('folder of images, with a subfolder for each class'), flip },
  gives: 'pictures',
  hasPartners: true,
  short: null,
} satisfies SourceChoice;
