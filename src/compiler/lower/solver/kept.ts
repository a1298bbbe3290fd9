/** The states that a `solver` or a `guidance` keeps from step to step, declared by its inputs and outputs. */
// Tested by test/compiler/programs/walk.test.ts.
import { formatType } from '../../bind/signature';
import { suggest } from '../../diagnostics/suggest';
import { formatShape, shapesEqual } from '../../ir/dims';
import { input, scalar, type Value } from '../../ir/graph';
import { broadcastTo, reshape } from '../../ops/movement';
import type { Span } from '../../source';
import type { Expression, Input, MethodDeclaration } from '../../syntax/ast';
import { withBranches } from '../../syntax/statements';
import type { Context, Declarations } from '../context';
import { TypeArguments } from '../input-types';
import type { ModelInput } from '../model';
import type { Scope } from '../scope';
import { asNumbers, withBatch } from '../tensors';
import { describe, tensorValue, type Evaluated } from '../values';
import { stateSignature } from './words';

/** One kept state, in the shape of the image. */
export interface KeptState {
  /** The value at the start of the step, an input of the walk: `loop/solver.last`. */
  readonly input: Value;
  /** The number that all elements have at the start of the walk. */
  readonly start: number;
  /** The current value: the input, until an output gives a new value. */
  readonly value: Value;
}

export class Kept {
  readonly states = new Map<string, KeptState>();
  private readonly spans = new Map<string, Span>();

  constructor(
    private readonly kind: 'solver' | 'guidance',
    private readonly image: ModelInput,
  ) {}

  /** The rules for inputs and outputs. `taken` are names that no state may have; `other` handles an output that is not a state. */
  declarations(
    ctx: Context,
    taken: readonly string[],
    other: (name: string, give: () => Value, span: Span) => boolean,
  ): Declarations {
    /** The names declared in this run of the body, since a guidance may run several times in a step. */
    const declared = new Set<string>();
    const given = new Set<string>();
    return {
      input: (s, scope) => {
        const { name, span } = s.name;
        if (taken.includes(name)) return ctx.fail('state-name', span, { name, kind: this.kind });
        if (declared.has(name))
          return ctx.fail('duplicate-name', span, { name, what: 'an input' }, this.spans.get(name));
        declared.add(name);
        this.spans.set(name, span);
        return tensorValue(this.stateOf(ctx, s, scope).value, true);
      },
      output: (s, scope) => {
        const { name, span } = s.name;
        const give = (): Value => this.imageOf(ctx, `Output ${name}`, s.value, scope);
        if (given.has(name)) return ctx.fail('duplicate-name', span, { name, what: 'an output' });
        const state = this.states.get(name);
        let value: Value | null = null;
        if (state) {
          value = give();
          this.states.set(name, { ...state, value });
        } else if (!other(name, () => (value = give()), span)) {
          // The state of this name could not be made; that is already reported.
          if (ctx.hasFailed) return ctx.giveUp();
          if (taken.includes(name)) return ctx.fail('state-name', span, { name, kind: this.kind });
          const known = [...this.states.keys(), ...(this.kind === 'solver' ? ['noisy'] : [])].join(', ');
          return ctx.fail('state-output', span, { name, kind: this.kind, known });
        }
        given.add(name);
        if (value) scope.bind(name, tensorValue(value, true), span);
      },
    };
  }

  /** The value in the shape of the image; a single number is repeated for all elements. */
  imageOf(ctx: Context, what: string, written: Expression, scope: Scope): Value {
    return this.fitted(ctx, what, ctx.need(written, scope), written.span);
  }

  fitted(ctx: Context, what: string, v: Evaluated, span: Span): Value {
    const wanted = this.image.value.shape;
    if (v.kind === 'number') return broadcastTo(scalar(v.value), { shape: wanted });
    if (v.kind !== 'tensor' || v.classes !== null)
      return ctx.fail('wrong-kind', span, { what, expected: 'a tensor', found: describe(v) });
    const value = withBatch(ctx, asNumbers(v));
    if (shapesEqual(value.shape, wanted)) return value;
    if (v.shape.length === 0) {
      const ones = wanted.map((_, i) => (i === 0 ? value.shape[0] : 1));
      return broadcastTo(reshape(value, { shape: ones }), { shape: wanted });
    }
    const expected = formatShape(wanted.slice(1));
    return ctx.fail('shape-mismatch', span, {
      what,
      expected,
      found: formatShape(v.shape),
      reason: 'that is the shape of the image',
    });
  }

  private stateOf(ctx: Context, { name, type }: Input, scope: Scope): KeptState {
    const known = this.states.get(name.name);
    const written = type.kind === 'named-type' ? type.name.name : '';
    if (type.kind !== 'named-type' || written !== 'state') {
      const suggestion = suggest(written, ['state']).join(' or ');
      return ctx.fail('unknown-type', type.span, { type: formatType(type), suggestion, types: 'state' });
    }
    const args = new TypeArguments(ctx, type, scope, stateSignature);
    const start = args.has('start') ? args.number('start') : 0;
    if (known) return known;
    const made = input(`loop/${this.kind}.${name.name}`, this.image.value.shape);
    const state = { input: made, start, value: made };
    this.states.set(name.name, state);
    return state;
  }
}

/** Reports states that never get a new value, and taps and weights, which have no effect here. */
export function checkBody(ctx: Context, { kind, body }: MethodDeclaration): void {
  const statements = withBranches(body);
  for (const s of statements) {
    if (s.kind === 'tap') ctx.report('walk-effect', s.name.span, { what: 'tap', name: s.name.name, kind });
    const isGiven = (name: string): boolean => statements.some((o) => o.kind === 'output' && o.name.name === name);
    if (s.kind === 'input' && !isGiven(s.name.name)) ctx.report('state-unchanged', s.name.span, { name: s.name.name });
  }
  for (const [name, { span }] of ctx.weights) ctx.report('walk-effect', span, { what: 'weight', name, kind });
}
