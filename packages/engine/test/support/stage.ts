import { instrument, lots, micros, ticks, NO_HISTORY } from '@kb/model';
import type {
  BookEvent,
  CancelIntent,
  ExecutionReport,
  FillReport,
  Instrument,
  IntentSink,
  Lots,
  MarketEvent,
  MarketView,
  Micros,
  OrderRequest,
  Side,
  StrategyView,
  Venue,
  VenueCommand,
} from '@kb/model';
import { bookChanges, L2Book } from '@kb/orderbook';
import { Ledger } from '@kb/portfolio';
import { RiskEngine } from '@kb/risk';
import type { RiskLimits } from '@kb/risk';
import type { Strategy, StrategyEvent } from '@kb/strategies';
import { Engine } from '../../src/index.ts';
import type { EngineOptions, OutputRecord, OutputSink } from '../../src/index.ts';

export const SECOND = 1_000_000;

/** One decimal each way; 0.1 at the least. */
export function pair(symbol: string): Instrument {
  return instrument({ symbol, pricePrecision: 1, qtyPrecision: 1, minQty: '0.1' });
}

/** A venue that does nothing by itself: it notes what it is told, and hands over the reports that the test wrote. */
export class ScriptedVenue implements Venue {
  readonly commands: VenueCommand[] = [];
  readonly #log: (entry: string) => void;
  #reports: ExecutionReport[] = [];
  #seq = 0;

  constructor(log: (entry: string) => void) {
    this.#log = log;
  }

  onEvent(event: MarketEvent): void {
    this.#log(`venue hears ${event.type}`);
  }

  submit(command: VenueCommand, decidedAt: Micros): void {
    this.commands.push(command);
    this.#log(`venue takes ${command.type} ${command.clientOrderId} at ${decidedAt / SECOND}`);
  }

  drain(_now: Micros, _recvTs: Micros, sink: (report: ExecutionReport) => void): void {
    const due = this.#reports;
    this.#reports = [];
    for (const report of due) {
      this.#log(`venue reports ${report.type} ${report.clientOrderId}`);
      sink(report);
    }
  }

  ownDisplayed(): Lots {
    return lots(0);
  }

  /** Lays a report out for the next event. */
  answer(clientOrderId: string, body: ReportBody, symbol = 'BTC/USD'): void {
    this.#seq += 1;
    const at = { seq: this.#seq, symbol, venueTs: micros(0), recvTs: micros(0) };
    this.#reports.push({ ...at, clientOrderId, venueOrderId: `V-${clientOrderId}`, ...body });
  }

  accept(clientOrderId: string): void {
    this.answer(clientOrderId, { type: 'accepted', side: 'buy', price: ticks(999), size: lots(10) });
  }

  fill(
    clientOrderId: string,
    side: Side,
    size: number,
    { remaining = 0, price = 1000 }: { readonly remaining?: number; readonly price?: number } = {},
  ): void {
    this.answer(clientOrderId, {
      type: 'fill',
      fillId: `${clientOrderId} ${this.#seq}`,
      side,
      price: ticks(price),
      size: lots(size),
      remaining: lots(remaining),
      liquidity: 'maker',
      fee: '0.01',
      feeAsset: 'USD',
      rule: 'F5',
      evidence: { tradeIds: [], bookSeq: 0 },
      ahead: {},
    });
  }
}

type Body<Report> = Report extends ExecutionReport
  ? Omit<Report, 'seq' | 'symbol' | 'venueTs' | 'recvTs' | 'clientOrderId' | 'venueOrderId'>
  : never;
export type ReportBody = Body<ExecutionReport>;

type Part = (event: StrategyEvent, out: IntentSink, view: StrategyView) => void;

/** A strategy that follows a script. */
export class Actor implements Strategy {
  readonly id: string;
  readonly heard: StrategyEvent[] = [];
  part: Part;

  constructor(id: string, part: Part = () => {}) {
    this.id = id;
    this.part = part;
  }

  onEvent(event: StrategyEvent, view: StrategyView, out: IntentSink): void {
    this.heard.push(event);
    this.part(event, out, view);
  }

  get heardTypes(): string[] {
    return this.heard.map(({ type }) => type);
  }

  snapshot(): unknown {
    return {};
  }

  restore(): void {}
}

export function limitOrder(side: Side, price: number, size: number, symbol = 'BTC/USD'): OrderRequest {
  return {
    symbol,
    side,
    orderType: 'limit',
    price: ticks(price),
    size: lots(size),
    timeInForce: 'gtc',
    postOnly: true,
  };
}

interface StageOptions {
  readonly strategies?: readonly Strategy[];
  readonly limits?: Partial<RiskLimits>;
  readonly symbols?: readonly string[];
  readonly output?: Partial<OutputSink>;
  readonly engine?: Partial<EngineOptions>;
}

/** An engine with everything around it scripted, and one log of who did what in which order. */
export class Stage {
  readonly log: string[] = [];
  readonly records: OutputRecord[] = [];
  readonly venue: ScriptedVenue;
  readonly engine: Engine;
  readonly ledger: Ledger;
  readonly #books = new Map<string, L2Book>();
  #seq = 0;

  constructor({ strategies = [], limits = {}, symbols = ['BTC/USD'], output = {}, engine = {} }: StageOptions = {}) {
    this.venue = new ScriptedVenue((entry) => this.log.push(entry));
    const instruments = new Map(symbols.map((symbol) => [symbol, pair(symbol)]));
    for (const symbol of symbols) {
      const book = new L2Book(symbol, pair(symbol), 10);
      book.apply(bookChanges({ snapshot: true, bids: [['100.0', '5']], asks: [['100.2', '5']] }, pair(symbol)));
      this.#books.set(symbol, book);
    }
    const market: MarketView = {
      ...NO_HISTORY,
      symbols,
      instrument: (symbol) => instruments.get(symbol),
      book: (symbol) => this.#books.get(symbol),
      lastTrade: () => undefined,
      state: () => 'live',
      system: 'online',
    };
    const bases = [...instruments.values()].map(({ base }) => [base, '10']);
    const balances: Record<string, string> = { ...Object.fromEntries(bases), USD: '10000' };
    this.ledger = new Ledger({ instruments: instruments.values(), balances, reporting: 'USD' });
    this.engine = new Engine({
      market,
      instruments,
      strategies,
      risk: new RiskEngine({
        maxOrderNotional: { USD: '100000' },
        maxPositionNotional: { USD: '100000' },
        ordersPerSecond: 100,
        ordersPerMinute: 1000,
        ...limits,
      }),
      ledger: this.ledger,
      venue: this.venue,
      fees: { maker: '0.0025', taker: '0.004' },
      output: {
        append: (record) => {
          this.records.push(record);
          this.log.push(`output ${record.type}`);
        },
        durable: () => {
          this.log.push('output durable');
        },
        ...output,
      },
      ...engine,
    });
  }

  /** The next book event, `at` seconds of venue time. */
  book(at: number, symbol = 'BTC/USD'): this {
    this.engine.process(this.bookEvent(at, symbol));
    return this;
  }

  bookEvent(at: number, symbol = 'BTC/USD'): BookEvent {
    const book = this.#books.get(symbol);
    if (book === undefined) throw new Error(`no ${symbol} on this stage`);
    const changes = bookChanges({ snapshot: false, bids: [], asks: [] }, book);
    const base = { seq: (this.#seq += 1), venueTs: micros(at * SECOND), recvTs: micros(at * SECOND + 5) };
    return { type: 'book', ...base, symbol, book, changes, snapshot: false, verified: true };
  }

  /** Moves the touch. */
  move(bid: string, ask: string, symbol = 'BTC/USD'): this {
    const book = this.#books.get(symbol);
    book?.apply(bookChanges({ snapshot: true, bids: [[bid, '5']], asks: [[ask, '5']] }, book));
    return this;
  }

  timer(at: number): this {
    const base = { seq: (this.#seq += 1), venueTs: micros(at * SECOND), recvTs: micros(at * SECOND) };
    this.engine.process({ type: 'timer', ...base, symbol: undefined });
    return this;
  }

  instrument(at: number, changed: Instrument): this {
    const base = { seq: (this.#seq += 1), venueTs: micros(at * SECOND), recvTs: micros(at * SECOND) };
    this.engine.process({ type: 'instrument', ...base, symbol: changed.symbol, instrument: changed });
    return this;
  }

  recordsOf<Type extends OutputRecord['type']>(type: Type): Extract<OutputRecord, { readonly type: Type }>[] {
    return this.records.filter(
      (record): record is Extract<OutputRecord, { readonly type: Type }> => record.type === type,
    );
  }

  cancels(): CancelIntent[] {
    return this.venue.commands.filter((command) => command.type === 'cancel');
  }

  places(): Extract<VenueCommand, { readonly type: 'place' }>[] {
    return this.venue.commands.filter((command) => command.type === 'place');
  }
}

/** A fill for tests of the account, by hand. */
export function fillOf(symbol: string, side: Side, size: number, price: number, id: string): FillReport {
  return {
    type: 'fill',
    seq: 1,
    symbol,
    venueTs: micros(0),
    recvTs: micros(0),
    clientOrderId: id,
    venueOrderId: id,
    fillId: id,
    side,
    price: ticks(price),
    size: lots(size),
    remaining: lots(0),
    liquidity: 'taker',
    fee: '0.123',
    feeAsset: symbol.split('/')[1] ?? 'USD',
    rule: 'F2',
    evidence: { tradeIds: [], bookSeq: 0 },
    ahead: {},
  };
}
