/** What a source of data is: what a recipe may say of it, and what the compiler knows of what it gives. */
import type { Choice } from '../field';

export interface SourceChoice extends Choice {
  /** Pictures have 1 or 3 channels, latents any number. */
  readonly gives: 'pictures' | 'latents';
  /** Whether files of a second folder can go with its own by their names. */
  readonly hasPartners: boolean;
  /** What its name alone stands for on the command line, as a spec writes it; null for files, whose folder is named there. */
  readonly short: string | null;
}
