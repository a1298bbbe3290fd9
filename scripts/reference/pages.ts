/** The pages of the reference, by path, as they should be. */
import { diagnosticsPage } from './diagnostics';
import { opsPage } from './ops';
import { settingsPage } from './settings';
import { wordsPage } from './words';

export function generateReference(): { readonly [path: string]: string } {
  return {
    'docs/words.md': wordsPage(),
    'docs/settings.md': settingsPage(),
    'docs/ops.md': opsPage(),
    'docs/diagnostics.md': diagnosticsPage(),
  };
}
