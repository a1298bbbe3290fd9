/** What can be wrong with the text of a spec before any name has a meaning. */
import { error } from './entry';

export const syntaxCatalog = {
  'unknown-character': error<{ character: string }>({
    title: 'Unknown character',
    message: ({ character }) => `${character} has no meaning in a spec outside a string or comment.`,
  }),
};
