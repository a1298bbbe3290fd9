import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { readdirSync, readFileSync } from 'node:fs';
import type { Expression, File } from '../../../src/compiler/syntax/ast';
import { print, printExpression } from '../../../src/compiler/syntax/print';
import { expressionOf, parseClean } from '../../support/syntax';

/** A tree without spans, so that trees of different texts compare. */
function bare(node: File | Expression): unknown {
  return JSON.parse(JSON.stringify(node, (key, value: unknown) => (key === 'span' ? undefined : value)));
}

const shipped = readdirSync('specs', { recursive: true, encoding: 'utf8' }).filter((f) => f.endsWith('.weft'));

it.each(shipped)('specs/%s reads back from its print as the same tree', (name) => {
  const file = parseClean(readFileSync(`specs/${name}`, 'utf8'));
  const text = print(file);
  expect(bare(parseClean(text))).toEqual(bare(file));
  expect(print(parseClean(text))).toBe(text);
});

it('prints every kind of declaration', () => {
  const text = `import { a, b as c } from "std/nn"

/// One.
///
/// Two.
block F(x: [..., d], mode: pre | post = pre, y: ([n], [m, 2 * d]), z = p:1) -> [n, d] {
  require d > 1, "no \\"{d}\\""
  if mode == pre {
    let (u) = x
    tap v = u
  } else {
    let w = x
  }
  return x |> repeat(i in 3) (p, q) => F(p, q, i, at: (n, m), (n:1)) @"blocks.0" |> g
}

model M(size: Size = 32x48) {
  input noisy: image(size, channels: 3)
  pathway tokens: size / 4 of 16 {
    return noisy
  }
  output v: image(size) = if not true {
    return 1.0
  } else {
    return -x ^ 2
  }
}

model N = M(size: 8x8)

train t of M {
  optimizer.rate = 1e-4
  phase at 400k {
    clip = norm(0.5)
  }
}

sweep {
  compaction in [16:1, 64:1]
}

ablation t {
  case "none" = M(compaction: 1:1)
}
`;
  expect(print(parseClean(text))).toBe(text);
});

const place = { span: { start: 0, end: 0 } };
const word = fc.constantFrom('a', 'b', 'sample', 'at', 'x1');
const identifier = word.map((name) => ({ name, ...place }));
const leaf = fc.oneof(
  word.map((name) => ({ kind: 'name', name, ...place })),
  fc.nat(5_000_000).map((value) => ({ kind: 'number', value, isInteger: true, ...place })),
  fc
    .double({ min: 0, max: 1e9, noNaN: true })
    .map((value) => ({ kind: 'number', value: value || 0, isInteger: false, ...place })),
  fc.string({ unit: 'grapheme' }).map((value) => ({ kind: 'string', value, ...place })),
  fc.constant({ kind: 'size', height: 3, width: 4, ...place }),
  fc.boolean().map((value) => ({ kind: 'boolean', value, ...place })),
);
const tree = fc.letrec<{ e: unknown }>((tie) => {
  const e = tie('e');
  const body = e.map((result) => ({ kind: 'body', statements: [], result, ...place }));
  const argument = fc.record({ name: fc.option(identifier), value: e }).map((a) => ({ ...a, ...place }));
  return {
    e: fc.oneof(
      { maxDepth: 4, depthSize: 'small' },
      leaf,
      fc.record({ kind: fc.constant('member'), object: e, property: identifier }).map((n) => ({ ...n, ...place })),
      fc.record({ kind: fc.constant('index'), object: e, index: e }).map((n) => ({ ...n, ...place })),
      fc
        .record({ kind: fc.constant('call'), callee: e, args: fc.array(argument, { maxLength: 3 }) })
        .map((n) => ({ ...n, ...place })),
      fc.record({ kind: fc.constant('labelled'), value: e, label: identifier }).map((n) => ({ ...n, ...place })),
      fc
        .record({ kind: fc.constant('unary'), operator: fc.constantFrom('-', 'not'), operand: e })
        .map((n) => ({ ...n, ...place })),
      fc
        .record({
          kind: fc.constant('binary'),
          operator: fc.constantFrom('+', '-', '*', '/', '%', '^', ':', '==', '<=', 'and', 'or'),
          left: e,
          right: e,
        })
        .map((n) => ({ ...n, ...place })),
      fc.record({ kind: fc.constant('pipe'), value: e, stage: e }).map((n) => ({ ...n, ...place })),
      fc
        .record({ kind: fc.constant('repeat'), index: fc.option(identifier), count: e, stage: e })
        .map((n) => ({ ...n, ...place })),
      fc
        .record({ kind: fc.constant('lambda'), parameters: fc.array(identifier, { maxLength: 2 }), body: e })
        .map((n) => ({ ...n, ...place })),
      fc
        .record({ kind: fc.constant('if'), condition: e, then: body, otherwise: body })
        .map((n) => ({ ...n, ...place })),
      fc
        .record({ kind: fc.constant('tuple'), items: fc.array(e, { minLength: 1, maxLength: 3 }) })
        .map((n) => ({ ...n, ...place })),
      fc.record({ kind: fc.constant('list'), items: fc.array(e, { maxLength: 3 }) }).map((n) => ({ ...n, ...place })),
    ),
  };
}).e;

it('any expression reads back from its print as the same tree', () => {
  fc.assert(
    fc.property(tree, (e) => {
      const expression = e as Expression;
      expect(bare(expressionOf(printExpression(expression)))).toEqual(bare(expression));
    }),
    { numRuns: 1000 },
  );
});
