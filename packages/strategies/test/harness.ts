/** A market, an account and an obedient venue to play events to a strategy; nothing in it moves by itself. */
import { instrument, lots, micros, MILLISECOND, NO_LOTS, priceToTicks, qtyToLots, ticks, NO_HISTORY } from '@kb/model';
import type {
  BookChanges,
  BookView,
  ExecutionReport,
  FeedState,
  FillReport,
  Instrument,
  IntentSink,
  Lots,
  OrderRequest,
  OwnOrder,
  OwnOrderState,
  RejectReason,
  Side,
  StrategyView,
  SystemStatus,
  Ticks,
} from '@kb/model';
import type { Strategy, StrategyEvent } from '../src/index.ts';

export const BTC: Instrument = instrument({
  symbol: 'BTC/USD',
  pricePrecision: 1,
  qtyPrecision: 8,
  minQty: '0.00005',
  minCost: '0.5',
});

/** A level as people write it: price, quantity. */
type Level = readonly [string, string];

export class FakeBook implements BookView {
  readonly symbol: string = BTC.symbol;
  readonly pricePrecision: number = BTC.pricePrecision;
  readonly qtyPrecision: number = BTC.qtyPrecision;
  readonly depth = 10;
  #sides: Record<Side, readonly { price: Ticks; size: Lots }[]> = { buy: [], sell: [] };

  set(bids: readonly Level[], asks: readonly Level[]): void {
    const read = ([price, qty]: Level): { price: Ticks; size: Lots } => ({
      price: priceToTicks(BTC, price),
      size: qtyToLots(BTC, qty),
    });
    this.#sides = { buy: bids.map(read), sell: asks.map(read) };
  }

  levels(side: Side): number {
    return this.#sides[side].length;
  }
  priceAt(side: Side, index: number): Ticks | undefined {
    return this.#sides[side][index]?.price;
  }
  sizeAt(side: Side, index: number): Lots | undefined {
    return this.#sides[side][index]?.size;
  }
  sizeOf(side: Side, price: Ticks): Lots {
    return this.#sides[side].find((level) => level.price === price)?.size ?? NO_LOTS;
  }
  bestBid(): Ticks | undefined {
    return this.#sides.buy[0]?.price;
  }
  bestAsk(): Ticks | undefined {
    return this.#sides.sell[0]?.price;
  }
}

type MutableOrder = { -readonly [Key in keyof OwnOrder]: OwnOrder[Key] };

const NO_CHANGES: BookChanges = {
  snapshot: false,
  bidCount: 0,
  bidPrices: [],
  bidSizes: [],
  askCount: 0,
  askPrices: [],
  askSizes: [],
};

/** Plays events to one strategy and keeps what it said, one line of text an intent. */
export class Stage {
  readonly book: FakeBook = new FakeBook();
  readonly said: string[] = [];
  orders: MutableOrder[] = [];
  instrument: Instrument | undefined = BTC;
  state: FeedState = 'live';
  /** Whether the feed shows books that are `unverified`. */
  allowsUnverified = false;
  system: SystemStatus = 'online';
  base = 100_000_000;
  position = 0;
  cash = '100000';
  makerFee = '0';
  now = 1_000_000_000;
  #seq = 0;
  #ids = 0;
  strategy: Strategy;

  constructor(strategy: Strategy) {
    this.strategy = strategy;
  }

  /** Moves time, sets the touch (one fat level a side unless levels are given) and tells of it. */
  quote(afterMs: number, bids: string | readonly Level[], asks: string | readonly Level[]): string[] {
    this.book.set(typeof bids === 'string' ? [[bids, '5']] : bids, typeof asks === 'string' ? [[asks, '5']] : asks);
    return this.bookEvent(afterMs);
  }

  /** A book message that leaves the book as it is. */
  bookEvent(afterMs = 0): string[] {
    return this.tell({
      type: 'book',
      symbol: BTC.symbol,
      book: this.book,
      changes: NO_CHANGES,
      snapshot: false,
      verified: true,
      ...this.#stamp(afterMs),
    });
  }

  trade(afterMs = 0): string[] {
    return this.tell({
      type: 'trade',
      symbol: BTC.symbol,
      tradeId: 1,
      price: ticks(1),
      size: lots(1),
      taker: 'buy',
      historical: false,
      ...this.#stamp(afterMs),
    });
  }

  timer(afterMs = 0): string[] {
    return this.tell({ type: 'timer', symbol: undefined, ...this.#stamp(afterMs) });
  }

  feed(state: FeedState, afterMs = 0): string[] {
    this.state = state;
    return this.tell({
      type: 'feed',
      symbol: BTC.symbol,
      state,
      cause: 'checksum',
      detail: '',
      ...this.#stamp(afterMs),
    });
  }

  status(system: SystemStatus): string[] {
    this.system = system;
    return this.tell({ type: 'status', symbol: undefined, system, ...this.#stamp(0) });
  }

  /** Tells of something; what the strategy answered comes back, and is kept. */
  tell(event: StrategyEvent): string[] {
    const from = this.said.length;
    this.strategy.onEvent(event, this.#view, this.#sink);
    return this.said.slice(from);
  }

  /** Answers everything that waits for an answer with yes. */
  acknowledge(afterMs = 10): string[] {
    const from = this.said.length;
    for (const order of this.orders.slice()) {
      if (order.state === 'pending') this.accept(order, afterMs);
      else if (order.state === 'amending') this.amended(order, afterMs);
      else if (order.state === 'cancelling') this.cancelled(order, afterMs);
    }
    return this.said.slice(from);
  }

  accept(order: MutableOrder, afterMs = 0): string[] {
    if (order.state === 'pending') order.state = 'open';
    const { side, price, size } = order;
    return this.tell({ type: 'accepted', side, price, size, ...this.#report(order, afterMs) });
  }

  amended(order: MutableOrder, afterMs = 0): string[] {
    const change = this.#changes.get(order.clientOrderId);
    order.price = change?.price ?? order.price;
    order.size = change?.size ?? order.size;
    order.state = 'open';
    const { price, size } = order;
    const remaining = lots(size - order.filled);
    return this.tell({ type: 'amended', price, size, remaining, keptPriority: false, ...this.#report(order, afterMs) });
  }

  cancelled(order: MutableOrder, afterMs = 0): string[] {
    this.#drop(order);
    const remaining = lots(order.size - order.filled);
    return this.tell({ type: 'cancelled', remaining, reason: 'requested', ...this.#report(order, afterMs) });
  }

  rejected(order: MutableOrder, reason: RejectReason, afterMs = 0): string[] {
    this.#drop(order);
    return this.tell({ type: 'rejected', reason, text: reason, ...this.#report(order, afterMs) });
  }

  amendRejected(order: MutableOrder, reason: RejectReason, afterMs = 0): string[] {
    order.state = 'open';
    return this.tell({ type: 'amend-rejected', reason, text: reason, ...this.#report(order, afterMs) });
  }

  cancelRejected(order: MutableOrder, reason: RejectReason, afterMs = 0): string[] {
    order.state = 'open';
    return this.tell({ type: 'cancel-rejected', reason, text: reason, ...this.#report(order, afterMs) });
  }

  unknown(order: MutableOrder): string[] {
    order.state = 'unknown';
    return this.tell({ type: 'unknown', text: 'no answer', ...this.#report(order, 0) });
  }

  fill(order: MutableOrder, size: number, afterMs = 0): string[] {
    order.filled = lots(order.filled + size);
    const sign = order.side === 'buy' ? 1 : -1;
    this.position += sign * size;
    this.base += sign * size;
    const remaining = lots(order.size - order.filled);
    if (remaining === 0) this.#drop(order);
    const fill: Omit<FillReport, keyof ReturnType<Stage['reportOf']>> = {
      type: 'fill',
      fillId: `f${this.#seq}`,
      side: order.side,
      price: order.price ?? ticks(1),
      size: lots(size),
      remaining,
      liquidity: 'maker',
      fee: '0',
      feeAsset: 'USD',
      rule: 'F5',
      evidence: { tradeIds: [], bookSeq: 0 },
      ahead: {},
    };
    return this.tell({ ...fill, ...this.#report(order, afterMs) });
  }

  order(side: Side): MutableOrder {
    const order = this.orders.find((candidate) => candidate.side === side);
    if (order === undefined) throw new Error(`no ${side} order`);
    return order;
  }

  reportOf(
    order: MutableOrder,
  ): Pick<ExecutionReport, 'seq' | 'symbol' | 'venueTs' | 'recvTs' | 'clientOrderId' | 'venueOrderId'> {
    return { ...this.#stamp(0), symbol: order.symbol, clientOrderId: order.clientOrderId, venueOrderId: 'v' };
  }

  readonly #changes = new Map<string, { price?: Ticks; size?: Lots }>();

  readonly #view: StrategyView = viewOf(this);

  readonly #sink: IntentSink = {
    place: (order, reason) => {
      this.#ids += 1;
      const id = `o${this.#ids}`;
      this.said.push(`place ${id} ${describe(order)} ${reason}`);
      this.orders.push({
        ...order,
        clientOrderId: id,
        strategyId: this.strategy.id,
        filled: NO_LOTS,
        state: 'pending',
        sentAt: micros(this.now),
      });
      return id;
    },
    amend: (id, change, reason) => {
      this.said.push(`amend ${id} ${change.price ?? '='} ${change.size ?? '='} ${reason}`);
      this.#changes.set(id, change);
      this.#mark(id, 'amending');
    },
    cancel: (id, reason) => {
      this.said.push(`cancel ${id} ${reason}`);
      this.#mark(id, 'cancelling');
    },
    cancelAll: (symbol, reason) => void this.said.push(`cancelAll ${symbol} ${reason}`),
    flatten: (symbol, reason) => void this.said.push(`flatten ${symbol} ${reason}`),
    explain: (_symbol, side, reason) => void this.said.push(`${side ?? 'both'}: ${reason}`),
  };

  #mark(id: string, state: OwnOrderState): void {
    for (const order of this.orders) {
      if (order.clientOrderId !== id) continue;
      order.state = state;
      order.sentAt = micros(this.now);
    }
  }

  #drop(order: MutableOrder): void {
    this.orders = this.orders.filter((other) => other !== order);
  }

  #stamp(afterMs: number): { seq: number; venueTs: ReturnType<typeof micros>; recvTs: ReturnType<typeof micros> } {
    this.now += afterMs * MILLISECOND;
    this.#seq += 1;
    return { seq: this.#seq, venueTs: micros(this.now), recvTs: micros(this.now) };
  }

  #report(order: MutableOrder, afterMs: number): ReturnType<Stage['reportOf']> {
    this.now += afterMs * MILLISECOND;
    return this.reportOf(order);
  }
}

function viewOf(stage: Stage): StrategyView {
  return {
    get now() {
      return micros(stage.now);
    },
    market: {
      ...NO_HISTORY,
      symbols: [BTC.symbol],
      instrument: () => stage.instrument,
      book: () =>
        stage.state === 'live' || (stage.state === 'unverified' && stage.allowsUnverified) ? stage.book : undefined,
      lastTrade: () => undefined,
      state: () => stage.state,
      get system() {
        return stage.system;
      },
    },
    account: {
      base: () => stage.base,
      position: () => stage.position,
      balance: () => stage.cash,
      openOrders: () => stage.orders,
      fees: () => ({ maker: stage.makerFee, taker: '0.004' }),
    },
  };
}

function describe(order: OrderRequest): string {
  return `${order.side} ${order.orderType} ${order.price ?? '-'} ${order.size}${order.postOnly ? ' post-only' : ''}`;
}
