import { assertNever, instrument, lots, micros, priceToTicks, qtyToLots, NO_HISTORY } from '@kb/model';
import type {
  FeedState,
  FlattenIntent,
  Instrument,
  InstrumentSpec,
  Intent,
  Micros,
  PlaceIntent,
  Side,
  StrategyView,
  TradeEvent,
} from '@kb/model';
import { bookChanges, L2Book } from '@kb/orderbook';
import type { PlainLevel } from '@kb/orderbook';
import { StrategyError } from './errors.ts';
import { plainIntent } from './plain-intent.ts';
import type { PlainIntent } from './plain-intent.ts';
import { modelReport } from './plain-report.ts';
import type { PlainReport } from './plain-report.ts';
import { amountOf, timeOf } from './plain-values.ts';
import type { PlainNumber, PlainTime } from './plain-values.ts';
import { StandaloneAccount } from './standalone-account.ts';
import { StandaloneOrders } from './standalone-orders.ts';
import { StandaloneOutbox } from './standalone-outbox.ts';
import type { ExplainListener } from './standalone-outbox.ts';
import type { Strategy, StrategyEvent } from './strategy.ts';

export interface StandaloneOptions {
  /** A fresh one. If it has a `symbol`, that of the pair. */
  readonly strategy: Strategy & { readonly symbol?: string };
  readonly pair: InstrumentSpec;
  /** What the account holds now, by asset; what is not named is none. */
  readonly balances: Readonly<Record<string, PlainNumber>>;
  /** Fractions: `0.0025` is 0.25 %. */
  readonly fees: { readonly maker: PlainNumber; readonly taker: PlainNumber };
  /** Client order ids are this, a dash and a count from 1; the strategy's id when left out. Take another one for each run. */
  readonly idPrefix?: string;
  /** Book levels that your source keeps a side; 1000 when left out. */
  readonly depth?: number;
  /** Hears why a side (`undefined`: both) is or is not quoted, once a change. */
  readonly onExplain?: ExplainListener;
}

/** One message of the public book. Levels are `[price, size]`, decimal text or numbers; size zero removes. */
export interface PlainBook {
  readonly symbol?: string;
  readonly time: PlainTime;
  /** True when the levels are the whole book (ccxt's books always are). */
  readonly snapshot: boolean;
  readonly bids: readonly PlainLevel[];
  readonly asks: readonly PlainLevel[];
}

/** One public trade. */
export interface PlainTrade {
  readonly symbol?: string;
  readonly time: PlainTime;
  readonly price: PlainNumber;
  readonly size: PlainNumber;
  /** The taker's side. */
  readonly side: Side;
  /** The venue's id, counting up; counted here when left out. */
  readonly tradeId?: number;
}

/**
 * Any strategy inside any bot: plain market data and reports go in, plain intents come out, one pair an object.
 *
 * Bring everything in the order in which you receive it, send each intent that a call returns, and bring what becomes of it
 * to `onReport`. It keeps the book, the balances and the working orders, so that the strategy sees what it would see in kb's
 * engine. A call that throws for a bad value has changed nothing; when the strategy itself throws, nothing that it wanted in
 * that call counts as sent.
 */
export class StandaloneStrategy {
  readonly #strategy: Strategy;
  readonly #pair: Instrument;
  readonly #depth: number;
  readonly #orders = new StandaloneOrders();
  readonly #account: StandaloneAccount;
  readonly #outbox: StandaloneOutbox;
  readonly #view: StrategyView;
  /** On their way for the strategy, and not handed out yet: left over only when it threw. */
  #sent: PlainIntent[] = [];
  #book: L2Book | undefined;
  #state: FeedState = 'subscribing';
  #lastTrade: TradeEvent | undefined;
  #now: Micros = micros(0);
  #seq = 0;

  /**
   * @throws StrategyError `KB_STRATEGY_BAD_PARAMS` naming every balance or fee that is no decimal number, and a strategy of
   *   another symbol; ModelError for a pair that makes no sense; BookError `KB_BOOK_BAD_DEPTH`.
   */
  constructor(options: StandaloneOptions) {
    const { strategy, fees } = options;
    const pair = instrument(options.pair);
    const balances = checked(options, pair);
    this.#strategy = strategy;
    this.#pair = pair;
    this.#depth = options.depth ?? 1_000;
    void new L2Book(pair.symbol, pair, this.#depth); // refuses a depth that cannot be
    this.#account = new StandaloneAccount(pair, this.#orders, { maker: String(fees.maker), taker: String(fees.taker) });
    for (const [asset, amount] of balances) this.#account.setBalance(asset, amount);
    this.#outbox = new StandaloneOutbox(strategy, options.idPrefix ?? strategy.id, pair.symbol, options.onExplain);
    this.#view = this.#makeView();
  }

  /**
   * A message of the public book.
   * @throws StrategyError `KB_STRATEGY_NO_SNAPSHOT`, `KB_STRATEGY_BAD_INPUT` (another symbol); BookError or ModelError for a
   *   bad level or time.
   */
  onBook({ symbol, time, snapshot, bids, asks }: PlainBook): PlainIntent[] {
    this.#checkSymbol(symbol);
    const changes = bookChanges({ snapshot, bids, asks }, this.#pair);
    if (this.#book === undefined && !snapshot) {
      const text = 'an update came before the first snapshot';
      throw new StrategyError('KB_STRATEGY_NO_SNAPSHOT', this.#pair.symbol, [text]);
    }
    const venueTs = timeOf(time);
    this.#book ??= new L2Book(this.#pair.symbol, this.#pair, this.#depth);
    this.#book.apply(changes);
    if (this.#state !== 'live') this.#changeState('live', venueTs);
    const message = { symbol: this.#pair.symbol, book: this.#book, changes, snapshot, verified: false };
    this.#tell({ type: 'book', ...this.#stamp(venueTs), ...message });
    return this.#takeSent();
  }

  /** A public trade. @throws StrategyError `KB_STRATEGY_BAD_INPUT` (another symbol); ModelError for a bad price, size or time. */
  onTrade({ symbol, time, price, size, side, tradeId }: PlainTrade): PlainIntent[] {
    this.#checkSymbol(symbol);
    const pair = this.#pair;
    const trade = { price: priceToTicks(pair, String(price)), size: qtyToLots(pair, String(size)), taker: side };
    const stamp = this.#stamp(timeOf(time));
    const id = tradeId ?? (this.#lastTrade?.tradeId ?? 0) + 1;
    this.#lastTrade = { type: 'trade', ...stamp, symbol: pair.symbol, ...trade, tradeId: id, historical: false };
    this.#tell(this.#lastTrade);
    return this.#takeSent();
  }

  /** Nothing happened, but time went on: call it in quiet markets, a few times a second. @throws ModelError for a bad time. */
  onTime(time: PlainTime): PlainIntent[] {
    this.#tell({ type: 'timer', ...this.#stamp(timeOf(time)), symbol: undefined });
    return this.#takeSent();
  }

  /** Your data has a gap: the book is not to be trusted until the next snapshot. */
  onGap(): PlainIntent[] {
    this.#book = undefined;
    this.#changeState('resyncing', this.#now);
    return this.#takeSent();
  }

  /**
   * What became of an order of this strategy; other orders' reports are not for here. Each fill once.
   * @throws StrategyError `KB_STRATEGY_BAD_INPUT` (another symbol, a side that is none); ModelError for a bad value or time.
   */
  onReport(report: PlainReport): PlainIntent[] {
    this.#checkSymbol(report.symbol);
    const venueTs = report.time === undefined ? this.#now : timeOf(report.time);
    const { clientOrderId } = report;
    const order = this.#orders.get(clientOrderId);
    const asked = this.#orders.amendOf(clientOrderId);
    const stamp = { seq: this.#seq + 1, venueTs, recvTs: venueTs };
    const event = modelReport(report, order, asked, this.#pair, stamp);
    if (event === undefined) return [];
    this.#stamp(venueTs);
    if (event.type === 'fill') this.#account.book(event);
    this.#orders.apply(event);
    this.#tell(event);
    return this.#takeSent();
  }

  /**
   * Sets what the account holds of these assets: after a deposit, or to follow the venue's own figures. The position, which
   * is what trading has brought, stays.
   * @throws StrategyError `KB_STRATEGY_BAD_PARAMS` naming every amount that is no decimal number; then nothing has changed.
   */
  setBalances(balances: Readonly<Record<string, PlainNumber>>): void {
    const problems: string[] = [];
    const amounts = readAmounts('balances', balances, problems);
    if (problems.length > 0) throw new StrategyError('KB_STRATEGY_BAD_PARAMS', 'StandaloneStrategy', problems);
    for (const [asset, amount] of amounts) this.#account.setBalance(asset, amount);
  }

  /** What the account holds of an asset as far as this knows, decimal text. */
  balance(asset: string): string {
    return this.#account.balance(asset);
  }

  #changeState(state: FeedState, venueTs: Micros): void {
    this.#state = state;
    const cause = state === 'live' ? 'snapshot' : 'disconnect';
    this.#tell({ type: 'feed', ...this.#stamp(venueTs), symbol: this.#pair.symbol, state, cause, detail: '' });
  }

  /** Calls the strategy; what it wrote is on its way when this returns. */
  #tell(event: StrategyEvent): void {
    try {
      this.#strategy.onEvent(event, this.#view, this.#outbox);
    } catch (error) {
      this.#outbox.take();
      throw error;
    }
    for (const intent of this.#outbox.take()) this.#send(intent);
  }

  #takeSent(): PlainIntent[] {
    const sent = this.#sent;
    this.#sent = [];
    return sent;
  }

  #send(intent: Intent): void {
    switch (intent.type) {
      case 'place':
      case 'amend':
      case 'cancel':
        if (this.#orders.sent(intent, this.#now)) this.#sent.push(plainIntent(intent, this.#pair));
        return;
      case 'cancelAll':
        this.#cancelAll(intent);
        return;
      case 'flatten':
        this.#cancelAll(intent);
        this.#tradeBack(intent);
        return;
      default:
        assertNever(intent);
    }
  }

  #cancelAll({ strategyId, reason, confidence }: Intent): void {
    for (const { clientOrderId, symbol, state, orderType } of this.#orders.open) {
      if (state === 'cancelling' || orderType === 'market') continue; // a market order ends by itself
      this.#send({ type: 'cancel', strategyId, reason, confidence, symbol, clientOrderId });
    }
  }

  /** Trades the position back at market, less what is on its way back already. */
  #tradeBack({ strategyId, reason, confidence, symbol }: FlattenIntent): void {
    const position = this.#account.position(symbol);
    const side = position > 0 ? 'sell' : 'buy';
    let size = Math.abs(position);
    for (const order of this.#orders.open) {
      if (order.orderType === 'market' && order.side === side) size -= order.size - order.filled;
    }
    size -= size % this.#pair.lotSize;
    if (size <= 0) return;
    const order: PlaceIntent = {
      type: 'place',
      strategyId,
      reason,
      confidence,
      clientOrderId: this.#outbox.nextId(),
      symbol,
      side,
      orderType: 'market',
      price: undefined,
      size: lots(size),
      timeInForce: 'ioc',
      postOnly: false,
    };
    this.#send(order);
  }

  /** Data may be older than what came before it on another channel; our own time only goes on. */
  #stamp(venueTs: Micros): { readonly seq: number; readonly venueTs: Micros; readonly recvTs: Micros } {
    if (venueTs > this.#now) this.#now = venueTs;
    this.#seq += 1;
    return { seq: this.#seq, venueTs, recvTs: venueTs };
  }

  #checkSymbol(symbol: string | undefined): void {
    if (symbol === undefined || symbol === this.#pair.symbol) return;
    const text = `expected ${this.#pair.symbol}, was ${JSON.stringify(symbol)}`;
    throw new StrategyError('KB_STRATEGY_BAD_INPUT', 'StandaloneStrategy', [text]);
  }

  #makeView(): StrategyView {
    const { symbol } = this.#pair;
    const now = (): Micros => this.#now;
    return {
      get now() {
        return now();
      },
      account: this.#account,
      market: {
        ...NO_HISTORY,
        symbols: [symbol],
        instrument: (asked) => (asked === symbol ? this.#pair : undefined),
        book: (asked) => (asked === symbol ? this.#book : undefined),
        lastTrade: (asked) => (asked === symbol ? this.#lastTrade : undefined),
        state: (asked) => (asked === symbol ? this.#state : 'closed'),
        system: 'online',
      },
    };
  }
}

/** Starting balances, all of the options being good. */
function checked({ strategy, balances, fees }: StandaloneOptions, { symbol }: Instrument): Map<string, bigint> {
  const problems: string[] = [];
  if (strategy.symbol !== undefined && strategy.symbol !== symbol) {
    problems.push(`expected a strategy for ${symbol}, was one for ${strategy.symbol}`);
  }
  const amounts = readAmounts('balances', balances, problems);
  readAmounts('fees', { maker: fees.maker, taker: fees.taker }, problems);
  if (problems.length > 0) throw new StrategyError('KB_STRATEGY_BAD_PARAMS', 'StandaloneStrategy', problems);
  return amounts;
}

function readAmounts(
  path: string,
  amounts: Readonly<Record<string, PlainNumber>>,
  problems: string[],
): Map<string, bigint> {
  const read = new Map<string, bigint>();
  for (const [name, value] of Object.entries(amounts)) {
    try {
      read.set(name, amountOf(value));
    } catch (error) {
      problems.push(`${path}.${name}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return read;
}
