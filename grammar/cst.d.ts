import type { CstNode, ICstVisitor, IToken } from 'chevrotain';

export interface FileCstNode extends CstNode {
  name: 'file';
  children: FileCstChildren;
}

export type FileCstChildren = {
  importLine?: ImportLineCstNode[];
  block?: BlockCstNode[];
  model?: ModelCstNode[];
  method?: MethodCstNode[];
  section?: SectionCstNode[];
};

export interface ImportLineCstNode extends CstNode {
  name: 'importLine';
  children: ImportLineCstChildren;
}

export type ImportLineCstChildren = {
  Import: IToken[];
  LeftBrace: IToken[];
  importedName?: ImportedNameCstNode[];
  Comma?: IToken[];
  RightBrace: IToken[];
  From: IToken[];
  StringLiteral: IToken[];
};

export interface ImportedNameCstNode extends CstNode {
  name: 'importedName';
  children: ImportedNameCstChildren;
}

export type ImportedNameCstChildren = {
  Name: IToken[];
  As?: IToken[];
  Alias?: IToken[];
};

export interface BlockCstNode extends CstNode {
  name: 'block';
  children: BlockCstChildren;
}

export type BlockCstChildren = {
  Block: IToken[];
  Name: IToken[];
  parameters: ParametersCstNode[];
  ThinArrow?: IToken[];
  type?: TypeCstNode[];
  body: BodyCstNode[];
};

export interface ModelCstNode extends CstNode {
  name: 'model';
  children: ModelCstChildren;
}

export type ModelCstChildren = {
  Model: IToken[];
  Name: IToken[];
  parameters?: ParametersCstNode[];
  body?: BodyCstNode[];
  Equals?: IToken[];
  Base?: IToken[];
  args?: ArgsCstNode[];
};

export interface MethodCstNode extends CstNode {
  name: 'method';
  children: MethodCstChildren;
}

export type MethodCstChildren = {
  Objective?: IToken[];
  Optimizer?: IToken[];
  Solver?: IToken[];
  Guidance?: IToken[];
  Name: IToken[];
  parameters: ParametersCstNode[];
  body: BodyCstNode[];
};

export interface ParametersCstNode extends CstNode {
  name: 'parameters';
  children: ParametersCstChildren;
}

export type ParametersCstChildren = {
  LeftParen: IToken[];
  parameter?: ParameterCstNode[];
  Comma?: IToken[];
  RightParen: IToken[];
};

export interface ParameterCstNode extends CstNode {
  name: 'parameter';
  children: ParameterCstChildren;
}

export type ParameterCstChildren = {
  Name: IToken[];
  Colon?: IToken[];
  type?: TypeCstNode[];
  Equals?: IToken[];
  expression?: ExpressionCstNode[];
};

export interface TypeCstNode extends CstNode {
  name: 'type';
  children: TypeCstChildren;
}

export type TypeCstChildren = {
  tensorType?: TensorTypeCstNode[];
  tupleType?: TupleTypeCstNode[];
  namedType?: NamedTypeCstNode[];
};

export interface TensorTypeCstNode extends CstNode {
  name: 'tensorType';
  children: TensorTypeCstChildren;
}

export type TensorTypeCstChildren = {
  LeftBracket: IToken[];
  dimension?: DimensionCstNode[];
  Comma?: IToken[];
  RightBracket: IToken[];
};

export interface DimensionCstNode extends CstNode {
  name: 'dimension';
  children: DimensionCstChildren;
}

export type DimensionCstChildren = {
  Ellipsis?: IToken[];
  expression?: ExpressionCstNode[];
};

export interface TupleTypeCstNode extends CstNode {
  name: 'tupleType';
  children: TupleTypeCstChildren;
}

export type TupleTypeCstChildren = {
  LeftParen: IToken[];
  type?: TypeCstNode[];
  Comma?: IToken[];
  RightParen: IToken[];
};

export interface NamedTypeCstNode extends CstNode {
  name: 'namedType';
  children: NamedTypeCstChildren;
}

export type NamedTypeCstChildren = {
  Word: IToken[];
  args?: ArgsCstNode[];
  Bar?: IToken[];
  Choice?: IToken[];
};

export interface BodyCstNode extends CstNode {
  name: 'body';
  children: BodyCstChildren;
}

export type BodyCstChildren = {
  LeftBrace: IToken[];
  statement?: StatementCstNode[];
  RightBrace: IToken[];
};

export interface StatementCstNode extends CstNode {
  name: 'statement';
  children: StatementCstChildren;
}

export type StatementCstChildren = {
  letStatement?: LetStatementCstNode[];
  requireStatement?: RequireStatementCstNode[];
  tapStatement?: TapStatementCstNode[];
  inputStatement?: InputStatementCstNode[];
  outputStatement?: OutputStatementCstNode[];
  pathwayStatement?: PathwayStatementCstNode[];
  conditional?: ConditionalCstNode[];
  returnStatement?: ReturnStatementCstNode[];
  expression?: ExpressionCstNode[];
};

export interface LetStatementCstNode extends CstNode {
  name: 'letStatement';
  children: LetStatementCstChildren;
}

export type LetStatementCstChildren = {
  Let: IToken[];
  Name?: IToken[];
  names?: NamesCstNode[];
  Equals: IToken[];
  expression: ExpressionCstNode[];
};

export interface NamesCstNode extends CstNode {
  name: 'names';
  children: NamesCstChildren;
}

export type NamesCstChildren = {
  LeftParen: IToken[];
  Name?: IToken[];
  Comma?: IToken[];
  RightParen: IToken[];
};

export interface RequireStatementCstNode extends CstNode {
  name: 'requireStatement';
  children: RequireStatementCstChildren;
}

export type RequireStatementCstChildren = {
  Require: IToken[];
  expression: ExpressionCstNode[];
  Comma?: IToken[];
  StringLiteral?: IToken[];
};

export interface TapStatementCstNode extends CstNode {
  name: 'tapStatement';
  children: TapStatementCstChildren;
}

export type TapStatementCstChildren = {
  Tap: IToken[];
  Name: IToken[];
  Equals: IToken[];
  expression: ExpressionCstNode[];
};

export interface InputStatementCstNode extends CstNode {
  name: 'inputStatement';
  children: InputStatementCstChildren;
}

export type InputStatementCstChildren = {
  Input: IToken[];
  Name: IToken[];
  Colon: IToken[];
  type: TypeCstNode[];
};

export interface OutputStatementCstNode extends CstNode {
  name: 'outputStatement';
  children: OutputStatementCstChildren;
}

export type OutputStatementCstChildren = {
  Output: IToken[];
  Name: IToken[];
  Colon?: IToken[];
  type?: TypeCstNode[];
  Equals: IToken[];
  expression: ExpressionCstNode[];
};

export interface PathwayStatementCstNode extends CstNode {
  name: 'pathwayStatement';
  children: PathwayStatementCstChildren;
}

export type PathwayStatementCstChildren = {
  Pathway: IToken[];
  Name: IToken[];
  Colon: IToken[];
  tokens: ExpressionCstNode[];
  Of: IToken[];
  width: ExpressionCstNode[];
  body: BodyCstNode[];
};

export interface ReturnStatementCstNode extends CstNode {
  name: 'returnStatement';
  children: ReturnStatementCstChildren;
}

export type ReturnStatementCstChildren = {
  Return: IToken[];
  expression: ExpressionCstNode[];
};

export interface ConditionalCstNode extends CstNode {
  name: 'conditional';
  children: ConditionalCstChildren;
}

export type ConditionalCstChildren = {
  If: IToken[];
  expression: ExpressionCstNode[];
  then: BodyCstNode[];
  Else?: IToken[];
  otherwise?: BodyCstNode[];
  elseIf?: ConditionalCstNode[];
};

export interface ExpressionCstNode extends CstNode {
  name: 'expression';
  children: ExpressionCstChildren;
}

export type ExpressionCstChildren = {
  stage: StageCstNode[];
  Pipe?: IToken[];
};

export interface StageCstNode extends CstNode {
  name: 'stage';
  children: StageCstChildren;
}

export type StageCstChildren = {
  lambda?: LambdaCstNode[];
  operation?: OperationCstNode[];
};

export interface LambdaCstNode extends CstNode {
  name: 'lambda';
  children: LambdaCstChildren;
}

export type LambdaCstChildren = {
  Name?: IToken[];
  names?: NamesCstNode[];
  FatArrow: IToken[];
  stage: StageCstNode[];
};

export interface OperationCstNode extends CstNode {
  name: 'operation';
  children: OperationCstChildren;
}

export type OperationCstChildren = {
  PrefixOperator?: IToken[];
  postfix: PostfixCstNode[];
  BinaryOperator?: IToken[];
};

export interface PostfixCstNode extends CstNode {
  name: 'postfix';
  children: PostfixCstChildren;
}

export type PostfixCstChildren = {
  primary: PrimaryCstNode[];
  suffix?: SuffixCstNode[];
};

export interface SuffixCstNode extends CstNode {
  name: 'suffix';
  children: SuffixCstChildren;
}

export type SuffixCstChildren = {
  args?: ArgsCstNode[];
  LeftBracket?: IToken[];
  expression?: ExpressionCstNode[];
  RightBracket?: IToken[];
  Dot?: IToken[];
  Member?: IToken[];
  AtSign?: IToken[];
  label?: LabelCstNode[];
};

export interface LabelCstNode extends CstNode {
  name: 'label';
  children: LabelCstChildren;
}

export type LabelCstChildren = {
  Word?: IToken[];
  StringLiteral?: IToken[];
};

export interface ArgsCstNode extends CstNode {
  name: 'args';
  children: ArgsCstChildren;
}

export type ArgsCstChildren = {
  LeftParen: IToken[];
  argument?: ArgumentCstNode[];
  Comma?: IToken[];
  RightParen: IToken[];
};

export interface ArgumentCstNode extends CstNode {
  name: 'argument';
  children: ArgumentCstChildren;
}

export type ArgumentCstChildren = {
  Word?: IToken[];
  Colon?: IToken[];
  expression: ExpressionCstNode[];
};

export interface PrimaryCstNode extends CstNode {
  name: 'primary';
  children: PrimaryCstChildren;
}

export type PrimaryCstChildren = {
  Name?: IToken[];
  NumberLiteral?: IToken[];
  SizeLiteral?: IToken[];
  StringLiteral?: IToken[];
  True?: IToken[];
  False?: IToken[];
  parenthesised?: ParenthesisedCstNode[];
  list?: ListCstNode[];
  conditional?: ConditionalCstNode[];
  repeat?: RepeatCstNode[];
};

export interface ParenthesisedCstNode extends CstNode {
  name: 'parenthesised';
  children: ParenthesisedCstChildren;
}

export type ParenthesisedCstChildren = {
  LeftParen: IToken[];
  expression?: ExpressionCstNode[];
  Comma?: IToken[];
  RightParen: IToken[];
};

export interface ListCstNode extends CstNode {
  name: 'list';
  children: ListCstChildren;
}

export type ListCstChildren = {
  LeftBracket: IToken[];
  expression?: ExpressionCstNode[];
  Comma?: IToken[];
  RightBracket: IToken[];
};

export interface RepeatCstNode extends CstNode {
  name: 'repeat';
  children: RepeatCstChildren;
}

export type RepeatCstChildren = {
  Repeat: IToken[];
  LeftParen: IToken[];
  Name?: IToken[];
  In?: IToken[];
  expression: ExpressionCstNode[];
  RightParen: IToken[];
  lambda?: LambdaCstNode[];
  postfix?: PostfixCstNode[];
};

export interface SectionCstNode extends CstNode {
  name: 'section';
  children: SectionCstChildren;
}

export type SectionCstChildren = {
  Train?: IToken[];
  Sample?: IToken[];
  Export?: IToken[];
  Ablation?: IToken[];
  Sweep?: IToken[];
  Name?: IToken[];
  Of?: IToken[];
  Model?: IToken[];
  entries: EntriesCstNode[];
};

export interface EntriesCstNode extends CstNode {
  name: 'entries';
  children: EntriesCstChildren;
}

export type EntriesCstChildren = {
  LeftBrace: IToken[];
  entry?: EntryCstNode[];
  RightBrace: IToken[];
};

export interface EntryCstNode extends CstNode {
  name: 'entry';
  children: EntryCstChildren;
}

export type EntryCstChildren = {
  phase?: PhaseCstNode[];
  caseEntry?: CaseEntryCstNode[];
  axis?: AxisCstNode[];
  givenEntry?: GivenEntryCstNode[];
  setting?: SettingCstNode[];
};

export interface PhaseCstNode extends CstNode {
  name: 'phase';
  children: PhaseCstChildren;
}

export type PhaseCstChildren = {
  Phase: IToken[];
  At: IToken[];
  expression: ExpressionCstNode[];
  entries: EntriesCstNode[];
};

export interface CaseEntryCstNode extends CstNode {
  name: 'caseEntry';
  children: CaseEntryCstChildren;
}

export type CaseEntryCstChildren = {
  Case: IToken[];
  StringLiteral: IToken[];
  Equals: IToken[];
  expression: ExpressionCstNode[];
};

export interface AxisCstNode extends CstNode {
  name: 'axis';
  children: AxisCstChildren;
}

export type AxisCstChildren = {
  Word: IToken[];
  In: IToken[];
  expression: ExpressionCstNode[];
};

export interface GivenEntryCstNode extends CstNode {
  name: 'givenEntry';
  children: GivenEntryCstChildren;
}

export type GivenEntryCstChildren = {
  Given: IToken[];
  Word: IToken[];
  Equals: IToken[];
  expression: ExpressionCstNode[];
};

export interface SettingCstNode extends CstNode {
  name: 'setting';
  children: SettingCstChildren;
}

export type SettingCstChildren = {
  Word: IToken[];
  Dot?: IToken[];
  Equals: IToken[];
  expression: ExpressionCstNode[];
};

export interface ICstNodeVisitor<IN, OUT> extends ICstVisitor<IN, OUT> {
  file(children: FileCstChildren, param?: IN): OUT;
  importLine(children: ImportLineCstChildren, param?: IN): OUT;
  importedName(children: ImportedNameCstChildren, param?: IN): OUT;
  block(children: BlockCstChildren, param?: IN): OUT;
  model(children: ModelCstChildren, param?: IN): OUT;
  method(children: MethodCstChildren, param?: IN): OUT;
  parameters(children: ParametersCstChildren, param?: IN): OUT;
  parameter(children: ParameterCstChildren, param?: IN): OUT;
  type(children: TypeCstChildren, param?: IN): OUT;
  tensorType(children: TensorTypeCstChildren, param?: IN): OUT;
  dimension(children: DimensionCstChildren, param?: IN): OUT;
  tupleType(children: TupleTypeCstChildren, param?: IN): OUT;
  namedType(children: NamedTypeCstChildren, param?: IN): OUT;
  body(children: BodyCstChildren, param?: IN): OUT;
  statement(children: StatementCstChildren, param?: IN): OUT;
  letStatement(children: LetStatementCstChildren, param?: IN): OUT;
  names(children: NamesCstChildren, param?: IN): OUT;
  requireStatement(children: RequireStatementCstChildren, param?: IN): OUT;
  tapStatement(children: TapStatementCstChildren, param?: IN): OUT;
  inputStatement(children: InputStatementCstChildren, param?: IN): OUT;
  outputStatement(children: OutputStatementCstChildren, param?: IN): OUT;
  pathwayStatement(children: PathwayStatementCstChildren, param?: IN): OUT;
  returnStatement(children: ReturnStatementCstChildren, param?: IN): OUT;
  conditional(children: ConditionalCstChildren, param?: IN): OUT;
  expression(children: ExpressionCstChildren, param?: IN): OUT;
  stage(children: StageCstChildren, param?: IN): OUT;
  lambda(children: LambdaCstChildren, param?: IN): OUT;
  operation(children: OperationCstChildren, param?: IN): OUT;
  postfix(children: PostfixCstChildren, param?: IN): OUT;
  suffix(children: SuffixCstChildren, param?: IN): OUT;
  label(children: LabelCstChildren, param?: IN): OUT;
  args(children: ArgsCstChildren, param?: IN): OUT;
  argument(children: ArgumentCstChildren, param?: IN): OUT;
  primary(children: PrimaryCstChildren, param?: IN): OUT;
  parenthesised(children: ParenthesisedCstChildren, param?: IN): OUT;
  list(children: ListCstChildren, param?: IN): OUT;
  repeat(children: RepeatCstChildren, param?: IN): OUT;
  section(children: SectionCstChildren, param?: IN): OUT;
  entries(children: EntriesCstChildren, param?: IN): OUT;
  entry(children: EntryCstChildren, param?: IN): OUT;
  phase(children: PhaseCstChildren, param?: IN): OUT;
  caseEntry(children: CaseEntryCstChildren, param?: IN): OUT;
  axis(children: AxisCstChildren, param?: IN): OUT;
  givenEntry(children: GivenEntryCstChildren, param?: IN): OUT;
  setting(children: SettingCstChildren, param?: IN): OUT;
}
