/** Error recovery in time that grows with the text alone, however many errors it has: chevrotain's own looks ahead anew at each. */
import { CstParser, tokenMatcher, type IRecognitionException, type IToken, type TokenType } from 'chevrotain';

/** Errors after which the rest of the text is not read: each costs time, and those in one list cost stack as well. */
const mostErrors = 1000;

/** What chevrotain's parsers are made of, beyond what their types tell. */
interface Internals {
  recoveryEnabled: boolean;
  RULE_STACK: readonly number[];
  RULE_OCCURRENCE_STACK: readonly number[];
  RULE_STACK_IDX: number;
  exportLexerState(): number;
  findReSyncTokenType(): TokenType;
  LA(distance: number): IToken;
  SAVE_ERROR(error: IRecognitionException): IRecognitionException;
}

type Constructor<T> = new (...args: ConstructorParameters<typeof CstParser>) => T;

const Base = CstParser as unknown as Constructor<CstParser & Internals>;

/** From any place up to `to`, the nearest token to go on from, which is there. */
interface Found {
  readonly from: number;
  readonly to: number;
  readonly type: TokenType;
}

/** A parser to write rules in; recovery is to be enabled. */
export class RecoveringParser extends Base {
  /** Answers by the rules being parsed, which decide what to go on from. */
  private readonly found = new Map<string, Found>();

  override reset(): void {
    // The parser's constructor resets it before there are fields.
    this.found?.clear();
    this.recoveryEnabled = true;
    super.reset();
  }

  override findReSyncTokenType(): TokenType {
    const here = this.exportLexerState();
    const depth = this.RULE_STACK_IDX + 1;
    const rules = `${this.RULE_STACK.slice(0, depth)} ${this.RULE_OCCURRENCE_STACK.slice(0, depth)}`;
    const known = this.found.get(rules);
    if (known && known.from <= here && here < known.to) return known.type;
    const type = super.findReSyncTokenType();
    let distance = 1;
    while (!tokenMatcher(this.LA(distance), type)) distance++;
    this.found.set(rules, { from: here, to: here + distance, type });
    return type;
  }

  override SAVE_ERROR(error: IRecognitionException): IRecognitionException {
    if (this.errors.length >= mostErrors) this.recoveryEnabled = false;
    return super.SAVE_ERROR(error);
  }
}
