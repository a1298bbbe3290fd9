/** Error recovery in time linear in the length of the text, however many errors it has: chevrotain's own scans ahead again at each error. */
import { CstParser, tokenMatcher, type IRecognitionException, type IToken, type TokenType } from 'chevrotain';

/** After this many errors the rest of the text is not read. Each error costs time, and errors in one list cost stack too. */
const mostErrors = 1000;

/** Members of chevrotain's parsers that its published types leave out. */
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

/** From every position in `from` (inclusive) to `to` (exclusive), the nearest token at which parsing can resume; it is at `to`. */
interface Found {
  readonly from: number;
  readonly to: number;
  readonly type: TokenType;
}

/** The base class of the grammar, with error recovery enabled. */
export class RecoveringParser extends Base {
  /** Resume points found so far, by the stack of rules being parsed: the stack decides which tokens can be resumed at. */
  private readonly found = new Map<string, Found>();

  override reset(): void {
    // The constructor of the base class calls this before the fields exist.
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
