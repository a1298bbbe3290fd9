/** Guidance must act in at least one step of its walk; otherwise the images are not guided at all. */
// Tested by test/compiler/check/rules/recipe.test.ts.
import { diagnose, type Diagnostic } from '../../../diagnostics/diagnostic';
import type { WalkUse } from '../../../programs/walk';
import type { SampleSettings } from '../../../recipe/index';
import { idleGuidance, idleInWalk } from '../../../programs/samplers/idle-guidance';
import type { Span } from '../../../source';

export function actingGuidance(sample: SampleSettings, span: Span): readonly Diagnostic[] {
  const idle = idleGuidance(sample);
  return idle === null ? [] : [diagnose('idle-guidance', span, { idle })];
}

/** The same of a walk with a solver or a guidance of the language. */
export function guidanceOfWalk(sample: SampleSettings, use: WalkUse, span: Span): readonly Diagnostic[] {
  const idle = idleInWalk(sample, use);
  return idle === null ? [] : [diagnose('idle-guidance', span, { idle })];
}
