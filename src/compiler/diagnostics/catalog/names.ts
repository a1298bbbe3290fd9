/** What can be wrong with imports, declarations and the use of names. */
import { error } from './entry';

export const namesCatalog = {
  'unknown-name': error<{ name: string; suggestions: readonly string[] }>({
    title: 'Unknown name',
    message: ({ name }) => `Nothing called ${name} is in scope here.`,
    hint: ({ suggestions }) => (suggestions.length ? `Did you mean ${suggestions.join(' or ')}?` : ''),
  }),
};
