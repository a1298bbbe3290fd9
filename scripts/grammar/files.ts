/** The generated files of grammar/, by path, as they should be. */
import { generateCstDts } from 'chevrotain';
import prettier from 'prettier';
import { WeftParser } from '../../grammar/parser';
import { renderDiagrams } from './diagrams';
import { readRules } from './rules';
import { renderReference } from './reference';

export async function generateGrammar(): Promise<{ readonly [path: string]: string }> {
  const parser = new WeftParser();
  const rules = readRules(parser.getSerializedGastProductions());
  const options = { ...(await prettier.resolveConfig('grammar/cst.d.ts')) };
  return {
    'grammar/cst.d.ts': await prettier.format(generateCstDts(parser.getGAstProductions()), {
      ...options,
      parser: 'typescript',
    }),
    'grammar/grammar.md': await prettier.format(renderReference(rules), { ...options, parser: 'markdown' }),
    'grammar/diagrams.html': renderDiagrams(rules),
  };
}
