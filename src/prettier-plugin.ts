/** The formatter as a plugin for prettier: `prettier --plugin weft/prettier --write '**\/*.weft'`. */
import type { Parser, Printer, SupportLanguage } from 'prettier';
import { renderText } from './compiler/diagnostics/render';
import { format } from './compiler/format/format';
import { Source } from './compiler/source';

interface Root {
  readonly formatted: string;
  readonly length: number;
}

export const languages: SupportLanguage[] = [{ name: 'Weft', parsers: ['weft'], extensions: ['.weft'] }];

export const parsers: { readonly weft: Parser<Root> } = {
  weft: {
    astFormat: 'weft',
    parse(text, options) {
      const { text: formatted, errors } = format(new Source(options.filepath ?? 'standard input', text));
      if (formatted === null) throw new SyntaxError(renderText(errors, { colors: false }).trimEnd());
      return { formatted, length: text.length };
    },
    locStart: () => 0,
    locEnd: (root) => root.length,
  },
};

export const printers: { readonly weft: Printer<Root> } = { weft: { print: (path) => path.node.formatted } };
