/** A spec that cannot be used, with everything that is wrong with it. */
// Tested by test/spec/paths.test.ts.
import { WeftError, type Diagnostic } from '../compiler/diagnostics/diagnostic';
import { limited } from '../compiler/diagnostics/limit';
import { renderText } from '../compiler/diagnostics/render';

/** Thrown where a checked spec is needed and it has errors; the message is the diagnostics as a person reads them. */
export class SpecError extends WeftError {
  constructor(readonly diagnostics: readonly Diagnostic[]) {
    super(renderText(limited(diagnostics)).trimEnd());
  }
}
