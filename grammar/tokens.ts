/** Every token of the language, declared once, in the order the lexer tries them. */
import type { BinaryOperator as BinaryOperatorName } from '../src/compiler/syntax/ast';
import { createToken, Lexer, type ITokenConfig, type TokenType } from 'chevrotain';

const all: TokenType[] = [];

function token(config: ITokenConfig): TokenType {
  const made = createToken(config);
  all.push(made);
  return made;
}

/** Any word, reserved or not: argument names, members, labels and setting paths. */
export const Word = createToken({ name: 'Word', pattern: Lexer.NA, label: 'a name' });
/** Any word that may be the name of a value: `train` and `input` may, `let` and `if` may not. */
export const Name = createToken({ name: 'Name', pattern: Lexer.NA, label: 'a name', categories: Word });
/** Operators with two operands; `precedence` gives how tightly each binds. */
export const BinaryOperator = createToken({ name: 'BinaryOperator', pattern: Lexer.NA, label: 'an operator' });
/** `-` and `not`, in front of their operand. */
export const PrefixOperator = createToken({ name: 'PrefixOperator', pattern: Lexer.NA, label: '`-` or `not`' });

const Identifier = createToken({ name: 'Identifier', pattern: /[A-Za-z_]\w*/, label: 'a name', categories: Name });

/** Binding strength of the binary operators, loosest first; `^` groups from the right, the others from the left. */
export const precedence: { readonly [O in BinaryOperatorName]: number } = {
  or: 1,
  and: 2,
  '==': 4,
  '!=': 4,
  '<': 4,
  '<=': 4,
  '>': 4,
  '>=': 4,
  ':': 5,
  '+': 6,
  '-': 6,
  '*': 7,
  '/': 7,
  '%': 7,
  '^': 9,
};
/** How tightly a prefix operator binds: `not a == b` is `not (a == b)`, `-x ^ 2` is `-(x ^ 2)`. */
export const prefixPrecedence: { readonly [operator: string]: number } = { not: 3, '-': 8 };

function pascal(word: string): string {
  return word[0].toUpperCase() + word.slice(1);
}

/** A word with a special meaning in one place only; elsewhere it is free as a name. */
function contextual(word: string): TokenType {
  return token({ name: pascal(word), pattern: word, label: `\`${word}\``, longer_alt: Identifier, categories: Name });
}

/** A word that is never the name of a value. */
function reserved(word: string, ...categories: TokenType[]): TokenType {
  const name = pascal(word);
  return token({
    name,
    pattern: word,
    label: `\`${word}\``,
    longer_alt: Identifier,
    categories: [Word, ...categories],
  });
}

function symbol(name: string, text: string, ...categories: TokenType[]): TokenType {
  return token({ name, pattern: text, label: `\`${text}\``, categories });
}

export const WhiteSpace = token({
  name: 'WhiteSpace',
  pattern: /[ \t\r\n\f\v\u00a0\ufeff]+/,
  group: Lexer.SKIPPED,
  line_breaks: true,
});

/** `/// text`: the documentation of the declaration below it. */
export const DocComment = token({ name: 'DocComment', pattern: /\/\/\/(?!\/)[^\n\r]*/, group: 'comments' });
export const LineComment = token({ name: 'LineComment', pattern: /\/\/[^\n\r]*/, group: 'comments' });
export const BlockComment = token({
  name: 'BlockComment',
  pattern: /\/\*[^*]*\*+(?:[^/*][^*]*\*+)*\//,
  group: 'comments',
  line_breaks: true,
});
export const UnterminatedComment = token({
  name: 'UnterminatedComment',
  pattern: /\/\*[\s\S]*/,
  group: 'comments',
  line_breaks: true,
});

/** `256x256`, height x width. */
export const SizeLiteral = token({ name: 'SizeLiteral', pattern: /\d+x\d+(?!\w)/, label: 'a size' });
/** `4`, `0.5`, `1e-4`, `400k`, `2M`. */
export const NumberLiteral = token({
  name: 'NumberLiteral',
  pattern: /\d+(?:\.\d+)?(?:[eE][+-]?\d+)?[kM]?(?!\w)/,
  label: 'a number',
});
export const MalformedNumber = token({
  name: 'MalformedNumber',
  pattern: /\d\w*(?:\.\d\w*)?/,
  label: 'a number',
  categories: NumberLiteral,
});
/** `"text"`, with `\"`, `\\`, `\n`, `\t` and `\u{1F600}`. */
export const StringLiteral = token({
  name: 'StringLiteral',
  pattern: /"[^"\\\n\r]*(?:\\[^\n\r][^"\\\n\r]*)*"/,
  label: 'a string',
});
export const UnterminatedString = token({
  name: 'UnterminatedString',
  pattern: /"[^"\\\n\r]*(?:\\[^\n\r][^"\\\n\r]*)*\\?/,
  label: 'a string',
  categories: StringLiteral,
});

export const Let = reserved('let');
export const Return = reserved('return');
export const Require = reserved('require');
export const If = reserved('if');
export const Else = reserved('else');
export const Repeat = reserved('repeat');
export const True = reserved('true');
export const False = reserved('false');
export const And = reserved('and', BinaryOperator);
export const Or = reserved('or', BinaryOperator);
export const Not = reserved('not', PrefixOperator);

export const Import = contextual('import');
export const From = contextual('from');
export const As = contextual('as');
export const Block = contextual('block');
export const Model = contextual('model');
export const Objective = contextual('objective');
export const Optimizer = contextual('optimizer');
export const Solver = contextual('solver');
export const Guidance = contextual('guidance');
export const Train = contextual('train');
export const Sample = contextual('sample');
export const Export = contextual('export');
export const Ablation = contextual('ablation');
export const Sweep = contextual('sweep');
export const Of = contextual('of');
export const Tap = contextual('tap');
export const Input = contextual('input');
export const Output = contextual('output');
export const Pathway = contextual('pathway');
export const Phase = contextual('phase');
export const At = contextual('at');
export const In = contextual('in');
export const Case = contextual('case');
export const Given = contextual('given');
all.push(Identifier);

export const Ellipsis = symbol('Ellipsis', '...');
export const Pipe = symbol('Pipe', '|>');
export const FatArrow = symbol('FatArrow', '=>');
export const ThinArrow = symbol('ThinArrow', '->');
export const EqualEqual = symbol('EqualEqual', '==', BinaryOperator);
export const NotEqual = symbol('NotEqual', '!=', BinaryOperator);
export const LessEqual = symbol('LessEqual', '<=', BinaryOperator);
export const GreaterEqual = symbol('GreaterEqual', '>=', BinaryOperator);
export const Less = symbol('Less', '<', BinaryOperator);
export const Greater = symbol('Greater', '>', BinaryOperator);
export const Plus = symbol('Plus', '+', BinaryOperator);
export const Minus = symbol('Minus', '-', BinaryOperator, PrefixOperator);
export const Star = symbol('Star', '*', BinaryOperator);
export const Slash = symbol('Slash', '/', BinaryOperator);
export const Percent = symbol('Percent', '%', BinaryOperator);
export const Caret = symbol('Caret', '^', BinaryOperator);
export const Colon = symbol('Colon', ':', BinaryOperator);
export const Equals = symbol('Equals', '=');
export const Bar = symbol('Bar', '|');
export const Comma = symbol('Comma', ',');
export const Dot = symbol('Dot', '.');
export const AtSign = symbol('AtSign', '@');
export const LeftParen = symbol('LeftParen', '(');
export const RightParen = symbol('RightParen', ')');
export const LeftBracket = symbol('LeftBracket', '[');
export const RightBracket = symbol('RightBracket', ']');
export const LeftBrace = symbol('LeftBrace', '{');
export const RightBrace = symbol('RightBrace', '}');

/** All tokens in matching order, categories last. */
export const tokens: readonly TokenType[] = [...all, Word, Name, BinaryOperator, PrefixOperator];
