/** The type of a source of data: its settings in a recipe, and the facts that the compiler needs about its data. */
import type { Choice } from '../field';

export interface SourceChoice extends Choice {
  /** Pictures have 1 or 3 channels, latents any number. */
  readonly gives: 'pictures' | 'latents';
  /** Whether files of a second folder can be paired with its own files by name. */
  readonly hasPartners: boolean;
  /** The spec's form of its bare name on the command line; null for files, for which the command line names the folder. */
  readonly short: string | null;
}
