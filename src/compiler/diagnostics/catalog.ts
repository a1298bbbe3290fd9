/** Every diagnostic there is, by code; the parts are grouped by the phase that reports them. */
// Tested by test/diagnostics/cases.test.ts.
import { elaborateCatalog } from './catalog/elaborate';
import { namesCatalog } from './catalog/names';
import { sectionsCatalog } from './catalog/sections';
import { syntaxCatalog } from './catalog/syntax';
import type { CatalogEntry } from './diagnostic';

/** Title, message, hint and severity of each code; call sites pass only facts. */
export const catalog = { ...syntaxCatalog, ...namesCatalog, ...elaborateCatalog, ...sectionsCatalog };

/** The code of a diagnostic: its name in kebab case. */
export type Code = keyof typeof catalog;

/** The facts that a call site must give to report the code `C`. */
export type Facts<C extends Code> = (typeof catalog)[C] extends CatalogEntry<infer F> ? F : never;
