/** Blocks, pathways and branches used as values must end in a value; models must end in outputs, which only models have. */
// Tested by test/diagnostics/cases.test.ts.
import { diagnose } from '../../diagnostics/diagnostic';
import type { BlockDeclaration, Body, MethodDeclaration, ModelDeclaration } from '../../syntax/ast';
import { givesOutput, withBranches } from '../../syntax/statements';
import type { Span } from '../../source';
import { hasValue, type World } from '../world';

export function checkEnd(world: World, d: BlockDeclaration | ModelDeclaration | MethodDeclaration): void {
  const name = d.name.name;
  if (d.kind === 'optimizer') {
    if (!givesOutput(d.body, 'weight')) world.report(diagnose('optimizer-weight', d.name.span, { name }));
    return;
  }
  if (d.kind === 'solver') {
    if (!givesOutput(d.body, 'noisy')) world.report(diagnose('solver-output', d.name.span, { name }));
    return;
  }
  if (d.kind === 'guidance') return requireValue(world, d.body, `Guidance ${name}`);
  if (d.kind !== 'model') {
    requireValue(world, d.body, `${d.kind === 'block' ? 'Block' : 'Objective'} ${name}`);
    for (const s of withBranches(d.body)) {
      if (s.kind === 'input' || (s.kind === 'output' && d.kind === 'block'))
        world.report(diagnose('only-in-model', s.name.span, { statement: s.kind, block: name, kind: d.kind }));
    }
    return;
  }
  const value = d.body.result;
  if (value && value.kind !== 'missing') {
    world.incomplete.add(d);
    world.report(diagnose('value-in-model', value.span, { model: name }));
  }
  if (!value && !withBranches(d.body).some((s) => s.kind === 'output'))
    world.report(diagnose('no-output', d.name.span, { model: name }));
}

/** Reports a body that needs a value and has none. */
export function requireValue(world: World, body: Body, what: string): void {
  if (hasValue(body)) return;
  const end = body.span.end;
  const place: Span = { ...body.span, start: Math.max(body.span.start, end - 1), end };
  world.report(diagnose('missing-value', place, { what }));
}
