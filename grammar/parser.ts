/** The grammar: one rule per construct, in reading order. It only builds a concrete syntax tree and recovers from errors. */
import { tokenMatcher, type IParserConfig, type IToken, type TokenType } from 'chevrotain';
import { RecoveringParser } from './recovery';
import * as t from './tokens';

/** Parses tokens to a concrete syntax tree, starting at `rules.file`. One token of lookahead, except in rules with a gate. */
export class WeftParser extends RecoveringParser {
  constructor(config: IParserConfig = {}) {
    super([...t.tokens], { maxLookahead: 1, recoveryEnabled: true, nodeLocationTracking: 'onlyOffset', ...config });
    this.performSelfAnalysis();
  }

  // Files

  file = this.RULE('file', () => {
    this.MANY(() =>
      this.OR([
        { ALT: () => this.SUBRULE(this.importLine) },
        { ALT: () => this.SUBRULE(this.block) },
        { ALT: () => this.SUBRULE(this.model) },
        { ALT: () => this.SUBRULE(this.method) },
        { ALT: () => this.SUBRULE(this.section) },
      ]),
    );
  });

  importLine = this.RULE('importLine', () => {
    this.CONSUME(t.Import);
    this.CONSUME(t.LeftBrace);
    this.MANY(() => {
      this.SUBRULE(this.importedName);
      this.OPTION(() => this.CONSUME(t.Comma));
    });
    this.CONSUME(t.RightBrace);
    this.CONSUME(t.From);
    this.CONSUME(t.StringLiteral);
  });

  importedName = this.RULE('importedName', () => {
    this.CONSUME(t.Name);
    this.OPTION({
      GATE: () => this.isAt(2, t.Name),
      DEF: () => {
        this.CONSUME(t.As);
        this.CONSUME2(t.Name, { LABEL: 'Alias' });
      },
    });
  });

  block = this.RULE('block', () => {
    this.CONSUME(t.Block);
    this.CONSUME(t.Name);
    this.SUBRULE(this.parameters);
    this.OPTION(() => {
      this.CONSUME(t.ThinArrow);
      this.SUBRULE(this.type);
    });
    this.SUBRULE(this.body);
  });

  model = this.RULE('model', () => {
    this.CONSUME(t.Model);
    this.CONSUME(t.Name);
    this.OR([
      {
        ALT: () => {
          this.SUBRULE(this.parameters);
          this.SUBRULE(this.body);
        },
      },
      {
        ALT: () => {
          this.CONSUME(t.Equals);
          this.CONSUME2(t.Name, { LABEL: 'Base' });
          this.SUBRULE(this.args);
        },
      },
    ]);
  });

  method = this.RULE('method', () => {
    this.OR([
      { ALT: () => this.CONSUME(t.Objective) },
      { ALT: () => this.CONSUME(t.Optimizer) },
      { ALT: () => this.CONSUME(t.Solver) },
      { ALT: () => this.CONSUME(t.Guidance) },
    ]);
    this.CONSUME(t.Name);
    this.SUBRULE(this.parameters);
    this.SUBRULE(this.body);
  });

  parameters = this.RULE('parameters', () => {
    this.CONSUME(t.LeftParen);
    this.MANY(() => {
      this.SUBRULE(this.parameter);
      this.OPTION(() => this.CONSUME(t.Comma));
    });
    this.CONSUME(t.RightParen);
  });

  parameter = this.RULE('parameter', () => {
    this.CONSUME(t.Name);
    this.OPTION(() => {
      this.CONSUME(t.Colon);
      this.SUBRULE(this.type);
    });
    this.OPTION2(() => {
      this.CONSUME(t.Equals);
      this.SUBRULE(this.expression);
    });
  });

  // Types

  type = this.RULE('type', () => {
    this.OR([
      { ALT: () => this.SUBRULE(this.tensorType) },
      { ALT: () => this.SUBRULE(this.tupleType) },
      { ALT: () => this.SUBRULE(this.namedType) },
    ]);
  });

  tensorType = this.RULE('tensorType', () => {
    this.CONSUME(t.LeftBracket);
    this.MANY(() => {
      this.SUBRULE(this.dimension);
      this.OPTION(() => this.CONSUME(t.Comma));
    });
    this.CONSUME(t.RightBracket);
  });

  dimension = this.RULE('dimension', () => {
    this.OR([{ ALT: () => this.CONSUME(t.Ellipsis) }, { ALT: () => this.SUBRULE(this.expression) }]);
  });

  tupleType = this.RULE('tupleType', () => {
    this.CONSUME(t.LeftParen);
    this.MANY(() => {
      this.SUBRULE(this.type);
      this.OPTION(() => this.CONSUME(t.Comma));
    });
    this.CONSUME(t.RightParen);
  });

  namedType = this.RULE('namedType', () => {
    this.CONSUME(t.Word);
    this.OPTION({
      GATE: () => this.onSameLine(),
      DEF: () => this.SUBRULE(this.args),
    });
    this.MANY(() => {
      this.CONSUME(t.Bar);
      this.CONSUME2(t.Word, { LABEL: 'Choice' });
    });
  });

  // Statements

  body = this.RULE('body', () => {
    this.CONSUME(t.LeftBrace);
    this.MANY(() => this.SUBRULE(this.statement));
    this.CONSUME(t.RightBrace);
  });

  statement = this.RULE('statement', () => {
    const named = { GATE: () => this.isAt(2, t.Name) };
    this.OR([
      { ALT: () => this.SUBRULE(this.letStatement) },
      { ALT: () => this.SUBRULE(this.requireStatement) },
      { ...named, ALT: () => this.SUBRULE(this.tapStatement) },
      { ...named, ALT: () => this.SUBRULE(this.inputStatement) },
      { ...named, ALT: () => this.SUBRULE(this.outputStatement) },
      { ...named, ALT: () => this.SUBRULE(this.pathwayStatement) },
      { IGNORE_AMBIGUITIES: true, ALT: () => this.SUBRULE(this.conditional) },
      { ALT: () => this.SUBRULE(this.returnStatement) },
      { ALT: () => this.SUBRULE(this.expression) },
    ]);
  });

  letStatement = this.RULE('letStatement', () => {
    this.CONSUME(t.Let);
    this.OR([{ ALT: () => this.CONSUME(t.Name) }, { ALT: () => this.SUBRULE(this.names) }]);
    this.CONSUME(t.Equals);
    this.SUBRULE(this.expression);
  });

  names = this.RULE('names', () => {
    this.CONSUME(t.LeftParen);
    this.MANY(() => {
      this.CONSUME(t.Name);
      this.OPTION(() => this.CONSUME(t.Comma));
    });
    this.CONSUME(t.RightParen);
  });

  requireStatement = this.RULE('requireStatement', () => {
    this.CONSUME(t.Require);
    this.SUBRULE(this.expression);
    this.OPTION(() => {
      this.CONSUME(t.Comma);
      this.CONSUME(t.StringLiteral);
    });
  });

  tapStatement = this.RULE('tapStatement', () => {
    this.CONSUME(t.Tap);
    this.CONSUME(t.Name);
    this.CONSUME(t.Equals);
    this.SUBRULE(this.expression);
  });

  inputStatement = this.RULE('inputStatement', () => {
    this.CONSUME(t.Input);
    this.CONSUME(t.Name);
    this.CONSUME(t.Colon);
    this.SUBRULE(this.type);
  });

  outputStatement = this.RULE('outputStatement', () => {
    this.CONSUME(t.Output);
    this.CONSUME(t.Name);
    this.OPTION(() => {
      this.CONSUME(t.Colon);
      this.SUBRULE(this.type);
    });
    this.CONSUME(t.Equals);
    this.SUBRULE(this.expression);
  });

  pathwayStatement = this.RULE('pathwayStatement', () => {
    this.CONSUME(t.Pathway);
    this.CONSUME(t.Name);
    this.CONSUME(t.Colon);
    this.SUBRULE(this.expression, { LABEL: 'tokens' });
    this.CONSUME(t.Of);
    this.SUBRULE2(this.expression, { LABEL: 'width' });
    this.SUBRULE(this.body);
  });

  returnStatement = this.RULE('returnStatement', () => {
    this.CONSUME(t.Return);
    this.SUBRULE(this.expression);
  });

  conditional = this.RULE('conditional', () => {
    this.CONSUME(t.If);
    this.SUBRULE(this.expression);
    this.SUBRULE(this.body, { LABEL: 'then' });
    this.OPTION(() => {
      this.CONSUME(t.Else);
      this.OR([
        { ALT: () => this.SUBRULE2(this.body, { LABEL: 'otherwise' }) },
        { ALT: () => this.SUBRULE(this.conditional, { LABEL: 'elseIf' }) },
      ]);
    });
  });

  // Expressions

  expression = this.RULE('expression', () => {
    this.SUBRULE(this.stage);
    this.MANY(() => {
      this.CONSUME(t.Pipe);
      this.SUBRULE2(this.stage);
    });
  });

  stage = this.RULE('stage', () => {
    this.OR([
      { GATE: () => this.startsLambda(), ALT: () => this.SUBRULE(this.lambda) },
      { ALT: () => this.SUBRULE(this.operation) },
    ]);
  });

  lambda = this.RULE('lambda', () => {
    this.OR([{ ALT: () => this.CONSUME(t.Name) }, { ALT: () => this.SUBRULE(this.names) }]);
    this.CONSUME(t.FatArrow);
    this.SUBRULE(this.stage);
  });

  operation = this.RULE('operation', () => {
    this.MANY(() => this.CONSUME(t.PrefixOperator));
    this.SUBRULE(this.postfix);
    this.MANY2(() => {
      this.CONSUME(t.BinaryOperator);
      this.MANY3(() => this.CONSUME2(t.PrefixOperator));
      this.SUBRULE2(this.postfix);
    });
  });

  postfix = this.RULE('postfix', () => {
    this.SUBRULE(this.primary);
    this.MANY({
      GATE: () => this.continuesPostfix(),
      DEF: () => this.SUBRULE(this.suffix),
    });
  });

  suffix = this.RULE('suffix', () => {
    this.OR([
      { ALT: () => this.SUBRULE(this.args) },
      {
        ALT: () => {
          this.CONSUME(t.LeftBracket);
          this.SUBRULE(this.expression);
          this.CONSUME(t.RightBracket);
        },
      },
      {
        ALT: () => {
          this.CONSUME(t.Dot);
          this.CONSUME(t.Word, { LABEL: 'Member' });
        },
      },
      {
        ALT: () => {
          this.CONSUME(t.AtSign);
          this.SUBRULE(this.label);
        },
      },
    ]);
  });

  label = this.RULE('label', () => {
    this.OR([{ ALT: () => this.CONSUME(t.Word) }, { ALT: () => this.CONSUME(t.StringLiteral) }]);
  });

  args = this.RULE('args', () => {
    this.CONSUME(t.LeftParen);
    this.MANY(() => {
      this.SUBRULE(this.argument);
      this.OPTION(() => this.CONSUME(t.Comma));
    });
    this.CONSUME(t.RightParen);
  });

  argument = this.RULE('argument', () => {
    this.OPTION({
      GATE: () => this.isAt(2, t.Colon),
      DEF: () => {
        this.CONSUME(t.Word);
        this.CONSUME(t.Colon);
      },
    });
    this.SUBRULE(this.expression);
  });

  primary = this.RULE('primary', () => {
    this.OR([
      { ALT: () => this.CONSUME(t.Name) },
      { ALT: () => this.CONSUME(t.NumberLiteral) },
      { ALT: () => this.CONSUME(t.SizeLiteral) },
      { ALT: () => this.CONSUME(t.StringLiteral) },
      { ALT: () => this.CONSUME(t.True) },
      { ALT: () => this.CONSUME(t.False) },
      { ALT: () => this.SUBRULE(this.parenthesised) },
      { ALT: () => this.SUBRULE(this.list) },
      { ALT: () => this.SUBRULE(this.conditional) },
      { ALT: () => this.SUBRULE(this.repeat) },
    ]);
  });

  parenthesised = this.RULE('parenthesised', () => {
    this.CONSUME(t.LeftParen);
    this.MANY(() => {
      this.SUBRULE(this.expression);
      this.OPTION(() => this.CONSUME(t.Comma));
    });
    this.CONSUME(t.RightParen);
  });

  list = this.RULE('list', () => {
    this.CONSUME(t.LeftBracket);
    this.MANY(() => {
      this.SUBRULE(this.expression);
      this.OPTION(() => this.CONSUME(t.Comma));
    });
    this.CONSUME(t.RightBracket);
  });

  repeat = this.RULE('repeat', () => {
    this.CONSUME(t.Repeat);
    this.CONSUME(t.LeftParen);
    this.OPTION({
      GATE: () => this.isAt(2, t.In),
      DEF: () => {
        this.CONSUME(t.Name);
        this.CONSUME(t.In);
      },
    });
    this.SUBRULE(this.expression);
    this.CONSUME(t.RightParen);
    this.OR([
      { GATE: () => this.startsLambda(), ALT: () => this.SUBRULE(this.lambda) },
      { ALT: () => this.SUBRULE(this.postfix) },
    ]);
  });

  // Sections

  section = this.RULE('section', () => {
    this.OR([
      { ALT: () => this.CONSUME(t.Train) },
      { ALT: () => this.CONSUME(t.Sample) },
      { ALT: () => this.CONSUME(t.Export) },
      { ALT: () => this.CONSUME(t.Ablation) },
      { ALT: () => this.CONSUME(t.Sweep) },
    ]);
    this.OPTION({
      GATE: () => !this.isAt(1, t.Of) || this.isAt(2, t.Of),
      DEF: () => this.CONSUME(t.Name),
    });
    this.OPTION2(() => {
      this.CONSUME(t.Of);
      this.CONSUME2(t.Name, { LABEL: 'Model' });
    });
    this.SUBRULE(this.entries);
  });

  entries = this.RULE('entries', () => {
    this.CONSUME(t.LeftBrace);
    this.MANY(() => this.SUBRULE(this.entry));
    this.CONSUME(t.RightBrace);
  });

  entry = this.RULE('entry', () => {
    this.OR([
      { GATE: () => this.isAt(2, t.At), ALT: () => this.SUBRULE(this.phase) },
      { GATE: () => this.isAt(2, t.StringLiteral), ALT: () => this.SUBRULE(this.caseEntry) },
      { GATE: () => this.isAt(2, t.In), ALT: () => this.SUBRULE(this.axis) },
      { GATE: () => this.isAt(2, t.Word), ALT: () => this.SUBRULE(this.givenEntry) },
      { ALT: () => this.SUBRULE(this.setting) },
    ]);
  });

  phase = this.RULE('phase', () => {
    this.CONSUME(t.Phase);
    this.CONSUME(t.At);
    this.SUBRULE(this.expression);
    this.SUBRULE(this.entries);
  });

  caseEntry = this.RULE('caseEntry', () => {
    this.CONSUME(t.Case);
    this.CONSUME(t.StringLiteral);
    this.CONSUME(t.Equals);
    this.SUBRULE(this.expression);
  });

  axis = this.RULE('axis', () => {
    this.CONSUME(t.Word);
    this.CONSUME(t.In);
    this.SUBRULE(this.expression);
  });

  givenEntry = this.RULE('givenEntry', () => {
    this.CONSUME(t.Given);
    this.CONSUME(t.Word);
    this.CONSUME(t.Equals);
    this.SUBRULE(this.expression);
  });

  setting = this.RULE('setting', () => {
    this.CONSUME(t.Word);
    this.MANY(() => {
      this.CONSUME(t.Dot);
      this.CONSUME2(t.Word);
    });
    this.CONSUME(t.Equals);
    this.SUBRULE(this.expression);
  });

  // What a gate may look at

  private isAt(distance: number, type: TokenType): boolean {
    return tokenMatcher(this.LA(distance), type);
  }

  /** Newlines separate statements only here: a bracket on a new line starts something new instead of a call or an index. */
  private onSameLine(): boolean {
    const previous: IToken = this.LA(0);
    return previous.endLine === undefined || previous.endLine === this.LA(1).startLine;
  }

  private continuesPostfix(): boolean {
    return (!this.isAt(1, t.LeftParen) && !this.isAt(1, t.LeftBracket)) || this.onSameLine();
  }

  /** Whether a lambda starts here: `x =>`, `() =>` or `(a, b) =>`. */
  private startsLambda(): boolean {
    if (this.isAt(1, t.Name)) return this.isAt(2, t.FatArrow);
    if (!this.isAt(1, t.LeftParen)) return false;
    let at = 2;
    while (this.isAt(at, t.Name) || this.isAt(at, t.Comma)) at++;
    return this.isAt(at, t.RightParen) && this.isAt(at + 1, t.FatArrow);
  }
}
