/** The typed syntax tree. Every node has the span it was parsed from; `kind` tells the nodes apart. */
import type { Span } from '../source';

interface Node<K extends string> {
  readonly kind: K;
  readonly span: Span;
}

export interface Identifier {
  readonly name: string;
  readonly span: Span;
}

export interface File extends Node<'file'> {
  readonly imports: readonly Import[];
  readonly declarations: readonly Declaration[];
}

/** `import { a, b as c } from "std/nn"` */
export interface Import extends Node<'import'> {
  readonly names: readonly { readonly name: Identifier; readonly alias: Identifier | null }[];
  readonly from: StringLiteral;
}

export type Declaration =
  BlockDeclaration | ModelDeclaration | VariantDeclaration | MethodDeclaration | SectionDeclaration;

/** `block Name(parameters) -> result { statements }`; `doc` is the text of the `///` lines above. */
export interface BlockDeclaration extends Node<'block'> {
  readonly doc: string;
  readonly name: Identifier;
  readonly parameters: readonly Parameter[];
  readonly result: TypeNode | null;
  readonly body: Body;
}

/** `model Name(parameters) { statements }` */
export interface ModelDeclaration extends Node<'model'> {
  readonly doc: string;
  readonly name: Identifier;
  readonly parameters: readonly Parameter[];
  readonly body: Body;
}

/** `model Name = Base(width: 1024)` */
export interface VariantDeclaration extends Node<'variant'> {
  readonly doc: string;
  readonly name: Identifier;
  readonly base: Identifier;
  readonly args: readonly Argument[];
}

/** A method: a declaration that defines a part of training or sampling. */
export type MethodDeclaration = ObjectiveDeclaration | OptimizerDeclaration | SolverDeclaration | GuidanceDeclaration;

/** `objective Name(parameters) { statements }`: the loss of one image, which training minimises. */
export type ObjectiveDeclaration = Method<'objective'>;

/** `optimizer Name(parameters) { statements }`: outputs the new value of a weight, and the state kept for it. */
export type OptimizerDeclaration = Method<'optimizer'>;

/** `solver Name(steps: Int) { statements }`: one step from noise towards an image; outputs its result and the state to keep. */
export type SolverDeclaration = Method<'solver'>;

/** `guidance Name(parameters) { statements }`: computes the velocity that a solver follows from the velocities of the model. */
export type GuidanceDeclaration = Method<'guidance'>;

interface Method<K extends 'objective' | 'optimizer' | 'solver' | 'guidance'> extends Node<K> {
  readonly doc: string;
  readonly name: Identifier;
  readonly parameters: readonly Parameter[];
  readonly body: Body;
}

/** `train name of Model { entries }`, likewise `sample`, `export`, `ablation`, `sweep`. `name` may be absent. */
export interface SectionDeclaration extends Node<'section'> {
  readonly doc: string;
  readonly section: 'train' | 'sample' | 'export' | 'ablation' | 'sweep';
  readonly name: Identifier | null;
  readonly model: Identifier | null;
  readonly entries: readonly Entry[];
}

export type Entry = SettingEntry | PhaseEntry | AxisEntry | CaseEntry | GivenEntry;
/** `optimizer.rate = expression` */
export interface SettingEntry extends Node<'setting'> {
  readonly path: readonly Identifier[];
  readonly value: Expression;
}
/** `phase at 800k { settings }` */
export interface PhaseEntry extends Node<'phase'> {
  readonly at: Expression;
  readonly entries: readonly Entry[];
}
/** In a sweep: `compaction in [16:1, 64:1, 256:1]` */
export interface AxisEntry extends Node<'axis'> {
  readonly name: Identifier;
  readonly values: Expression;
}
/** The source of a model input: `given low = downsample(image, 4)` */
export interface GivenEntry extends Node<'given'> {
  readonly name: Identifier;
  readonly value: Expression;
}
/** In an ablation: `case "no compaction" = PixelDiT(compaction: 1:1)` */
export interface CaseEntry extends Node<'case'> {
  readonly name: StringLiteral;
  readonly value: Expression;
}

/** `name: type = default` */
export interface Parameter extends Node<'parameter'> {
  readonly name: Identifier;
  readonly type: TypeNode | null;
  readonly default: Expression | null;
}

export type TypeNode = TensorTypeNode | NamedTypeNode | ChoiceTypeNode | TupleTypeNode;
/** `[n, d]`: every dimension is an expression; a name that is not bound yet is a dimension variable. The batch axis is not written. */
export interface TensorTypeNode extends Node<'tensor-type'> {
  readonly dims: readonly Expression[];
}
/** `Int`, `Size`, `Block`, and for inputs and outputs `image(size, channels: 3)`, `scalar`, `class(n)`. */
export interface NamedTypeNode extends Node<'named-type'> {
  readonly name: Identifier;
  readonly args: readonly Argument[];
}
/** `pre | post`: a closed set of words. */
export interface ChoiceTypeNode extends Node<'choice-type'> {
  readonly words: readonly Identifier[];
}
/** `([n, d], [m, d])` */
export interface TupleTypeNode extends Node<'tuple-type'> {
  readonly items: readonly TypeNode[];
}

/** Statements, then the value: `return e`, or a last expression without `let`. Models end in outputs and have no value. */
export interface Body extends Node<'body'> {
  readonly statements: readonly Statement[];
  readonly result: Expression | null;
}

export type Statement = Let | Require | Tap | Input | Output | Pathway | IfStatement;
/** `let x = e`, `let (a, b) = e`. A later `let` of the same name shadows the earlier one. */
export interface Let extends Node<'let'> {
  readonly names: readonly Identifier[];
  /** True for `let (a) = e` and for longer tuples. */
  readonly tuple: boolean;
  readonly value: Expression;
}
/** `require condition, "message with {expressions}"` */
export interface Require extends Node<'require'> {
  readonly condition: Expression;
  readonly message: StringLiteral | null;
}
/** `tap name = e`: names a value for alignment and verification, and binds `name` to it. */
export interface Tap extends Node<'tap'> {
  readonly name: Identifier;
  readonly value: Expression;
}
/** `input noisy: image(size, channels: 3)` */
export interface Input extends Node<'input'> {
  readonly name: Identifier;
  readonly type: TypeNode;
}
/** `output velocity: image(size) = e` */
export interface Output extends Node<'output'> {
  readonly name: Identifier;
  readonly type: TypeNode | null;
  readonly value: Expression;
}
/** `pathway patch: grid of width { body }`: binds `patch` to the body's value, the tokens of a grid, each of `width` elements. */
export interface Pathway extends Node<'pathway'> {
  readonly name: Identifier;
  readonly tokens: Expression;
  readonly width: Expression;
  readonly body: Body;
}
/** A static condition around statements; names bound inside are visible after it only if both branches bind them. */
export interface IfStatement extends Node<'if-statement'> {
  readonly condition: Expression;
  readonly then: Body;
  readonly otherwise: Body | null;
}

export type Expression =
  | NumberLiteral
  | StringLiteral
  | BooleanLiteral
  | SizeLiteral
  | Name
  | Member
  | Index
  | Call
  | Labelled
  | Unary
  | Binary
  | Pipe
  | Repeat
  | Lambda
  | IfExpression
  | TupleExpression
  | ListExpression
  | Missing;

/** `400k` has value 400000; `isInteger` is false for `1.0` and `1e-4`. */
export interface NumberLiteral extends Node<'number'> {
  readonly value: number;
  readonly isInteger: boolean;
}
export interface StringLiteral extends Node<'string'> {
  readonly value: string;
}
export interface BooleanLiteral extends Node<'boolean'> {
  readonly value: boolean;
}
/** `256x256`: height x width. */
export interface SizeLiteral extends Node<'size'> {
  readonly height: number;
  readonly width: number;
}
export interface Name extends Node<'name'> {
  readonly name: string;
}
/** `grid.height` */
export interface Member extends Node<'member'> {
  readonly object: Expression;
  readonly property: Identifier;
}
/** `patch_blocks[8]` */
export interface Index extends Node<'index'> {
  readonly object: Expression;
  readonly index: Expression;
}
export interface Argument {
  readonly name: Identifier | null;
  readonly value: Expression;
  readonly span: Span;
}
export interface Call extends Node<'call'> {
  readonly callee: Expression;
  readonly args: readonly Argument[];
}
/** `e @label` or `e @"quoted.label"`: the weights made by `e` are named under this path. */
export interface Labelled extends Node<'labelled'> {
  readonly value: Expression;
  readonly label: Identifier;
}
export interface Unary extends Node<'unary'> {
  readonly operator: '-' | 'not';
  readonly operand: Expression;
}
export type BinaryOperator =
  '+' | '-' | '*' | '/' | '%' | '^' | ':' | '==' | '!=' | '<' | '<=' | '>' | '>=' | 'and' | 'or';
/** Two operands and the operator between them; `a : b` is a ratio. */
export interface Binary extends Node<'binary'> {
  readonly operator: BinaryOperator;
  readonly left: Expression;
  readonly right: Expression;
}
/** `value |> stage`: the value becomes the first argument of the stage (a call, a repeat, a lambda or a block's name). */
export interface Pipe extends Node<'pipe'> {
  readonly value: Expression;
  readonly stage: Expression;
}
/** `repeat(count) stage`: only as a stage; the i-th copy's weights are named under `label.i`. `index` names the counter: `repeat(i in 12)`. */
export interface Repeat extends Node<'repeat'> {
  readonly index: Identifier | null;
  readonly count: Expression;
  readonly stage: Expression;
}
/** `x => e`, `(image, text) => e` */
export interface Lambda extends Node<'lambda'> {
  readonly parameters: readonly Identifier[];
  readonly body: Expression;
}
/** `if c { a } else { b }` with a static condition. */
export interface IfExpression extends Node<'if'> {
  readonly condition: Expression;
  readonly then: Body;
  readonly otherwise: Body;
}
export interface TupleExpression extends Node<'tuple'> {
  readonly items: readonly Expression[];
}
export interface ListExpression extends Node<'list'> {
  readonly items: readonly Expression[];
}
/** Fills a place where error recovery found nothing; the parser has already reported it. */
export interface Missing extends Node<'missing'> {}
