import { RestError } from '@kb/kraken';
import { instrument, micros, microsToIso, SECOND, VirtualScheduler } from '@kb/model';
import type { Candle, Instrument, Micros } from '@kb/model';
import { Backfill } from '../src/backfill/backfill.ts';
import type { BackfillOptions } from '../src/backfill/backfill.ts';
import type { BackfillEvent } from '../src/backfill/backfill-events.ts';
import type { PastBar, PastBars, PastMarket, PastTrade, PastTrades } from '../src/backfill/past-market.ts';
import type { CandlesInput, TradesInput } from '../src/core/feed-input.ts';
import { FeedCore } from '../src/core/feed-core.ts';

export const SYMBOL = 'BTC/USD';
export const pairOf = (symbol: string): Instrument => instrument({ symbol, pricePrecision: 1, qtyPrecision: 8 });
export const MINUTE: Micros = micros(60 * SECOND);
export const START: Micros = micros(Math.floor(1_795_000_000 / 300) * 300 * SECOND);

/** A REST client that a test answers by hand. */
export class Desk implements PastMarket {
  readonly asked: string[] = [];
  readonly #open: { resolve: (answer: never) => void; reject: (error: unknown) => void; signal: AbortSignal }[] = [];

  trades(symbol: string, { since, signal }: { since: string; signal: AbortSignal }): Promise<PastTrades> {
    return this.#ask(`trades ${symbol} ${(Number(since.slice(0, -3)) - START) / SECOND}`, signal);
  }

  ohlc(
    symbol: string,
    { interval, since, signal }: { interval: number; since: Micros | undefined; signal: AbortSignal },
  ): Promise<PastBars> {
    const from = since === undefined ? 'all' : (since - START) / SECOND;
    return this.#ask(`ohlc ${symbol} ${interval} ${from}`, signal);
  }

  get signal(): AbortSignal | undefined {
    return this.#open[0]?.signal;
  }

  async tell(answer: PastBars | PastTrades): Promise<void> {
    this.#open.shift()?.resolve(answer as never);
    await settled();
  }

  async refuse(error: unknown = new Error('unreachable')): Promise<void> {
    this.#open.shift()?.reject(error);
    await settled();
  }

  #ask<Answer>(call: string, signal: AbortSignal): Promise<Answer> {
    this.asked.push(call);
    return new Promise((resolve, reject) => {
      this.#open.push({ resolve, reject, signal });
    });
  }
}

export async function settled(): Promise<void> {
  for (let turn = 0; turn < 6; turn += 1) await Promise.resolve();
}

/** A core with a backfill, on a clock that is the venue's too. */
export class Stage {
  readonly scheduler: VirtualScheduler = new VirtualScheduler(START);
  readonly desk: Desk = new Desk();
  readonly events: BackfillEvent[] = [];
  readonly supplied: (CandlesInput | TradesInput)[] = [];
  readonly core: FeedCore;
  readonly backfill: Backfill;
  #tradeId = 100;

  constructor(options: Partial<BackfillOptions> = {}, symbols: readonly string[] = [SYMBOL]) {
    const candles = options.candles ?? [MINUTE];
    this.core = new FeedCore({
      symbols,
      instruments: symbols.map(pairOf),
      candles,
      onEvent: (event) => this.backfill.onEvent(event),
      onGap: (symbol, gap) => this.backfill.onGap(symbol, gap),
    });
    this.backfill = new Backfill({
      rest: this.desk,
      scheduler: this.scheduler,
      market: this.core.market,
      supply: (input) => {
        this.supplied.push(input);
        this.core.handle(input);
      },
      onBackfill: (event) => this.events.push(event),
      ...options,
      candles,
    });
  }

  /** A trade on the stream, now. */
  trade(tradeId: number, symbol: string = SYMBOL, price = '60000.0'): void {
    const at = microsToIso(this.scheduler.now());
    const data = `{"symbol":"${symbol}","side":"buy","price":${price},"qty":1.00000000,"ord_type":"limit","trade_id":${tradeId},"timestamp":"${at}"}`;
    const frame = Buffer.from(`{"channel":"trade","type":"update","data":[${data}]}`);
    this.core.handle({ type: 'frame', recvTs: this.scheduler.now(), frame });
  }

  state(state: 'closed' | 'connecting' | 'subscribing'): void {
    const recvTs = this.scheduler.now();
    this.core.handle({ type: 'state', recvTs, symbol: undefined, state, cause: 'disconnect', detail: '' });
  }

  /** Lets seconds pass, with a tick at the end of each, and the venue's time in the answer to a ping. */
  async wait(seconds: number): Promise<void> {
    for (let second = 0; second < seconds; second += 1) {
      this.scheduler.advance(micros(SECOND));
      const recvTs = this.scheduler.now();
      const time = microsToIso(recvTs);
      const pong = `{"method":"pong","req_id":1,"time_in":"${time}","time_out":"${time}"}`;
      this.core.handle({ type: 'frame', recvTs, frame: Buffer.from(pong) });
      this.core.handle({ type: 'tick', recvTs });
      this.scheduler.advance(micros(0));
      await settled();
    }
  }

  /** Has begun, with all of before repaired: nothing is asked any more. */
  async begun(): Promise<this> {
    this.trade(this.#tradeId);
    await this.wait(1);
    await this.desk.tell({ candles: [row(0, { closed: false })] });
    await this.wait(1);
    await this.desk.tell(page([99, 0], [100, 0]));
    await this.wait(1);
    this.desk.asked.length = 0;
    this.events.length = 0;
    this.supplied.length = 0;
    return this;
  }

  get candles(): Candle[] {
    return [...this.core.market.candles(SYMBOL, MINUTE)];
  }
}

/** Rows of trades: id, and seconds since the start. */
export function page(...rows: readonly (readonly [id: number, seconds: number, price?: string])[]): PastTrades {
  const trades = rows.map(([tradeId, seconds, price = '60000.00000']): PastTrade => ({
    tradeId,
    venueTs: micros(START + Math.round(seconds * SECOND)),
    price,
    size: '0.50000000',
    side: 'sell',
  }));
  return { trades, last: `${trades.at(-1)?.venueTs ?? START}999` };
}

export function row(minute: number, { closed = true, ...rest }: Partial<PastBar> = {}): PastBar {
  const price = '60000.0';
  const start = micros(START + minute * MINUTE);
  const prices = { open: price, high: price, low: price, close: price, vwap: price };
  return { start, ...prices, volume: '2.00000000', trades: 3, closed, ...rest };
}

export function refusal(retryable: boolean, retryAfter?: Micros): RestError {
  const fault = { code: 'KB_KRAKEN_REST_VENUE_ERROR', kind: 'request', outcome: 'refused', message: 'no' } as const;
  return new RestError({ ...fault, retryable, retryAfter }, 'Trades', START, 1);
}

export const kinds = (events: readonly BackfillEvent[]): string[] =>
  events.map(({ kind, outcome }) => `${kind} ${outcome}`);
