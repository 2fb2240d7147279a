import { lots, MILLISECOND, NO_LOTS, signOf } from '@kb/model';
import type { ExecutionReport, Instrument, IntentSink, Lots, StrategyView, Ticks } from '@kb/model';
import { mayTrade } from './may-trade.ts';
import { countable, floorToLots, minimumsOf, reachesMinimums } from './minimums.ts';
import { NOT_NEGATIVE, ParamReader, POSITIVE } from './params.ts';
import type { StrategyReason } from './reasons.ts';
import { retryDelay } from './retry.ts';
import { SnapshotReader } from './snapshot.ts';
import type { Strategy, StrategyEvent } from './strategy.ts';

export interface ProbeOptions {
  /** Default `probe`. */
  readonly id?: string;
  readonly symbol: string;
  /** From one order to the next, by the venue's clock. Default 2000. */
  readonly everyMs?: number;
  /**
   * Base quantity of a buy, decimal text, cut to the pair's lot. When left out, the least that the pair allows, worth one unit
   * of quote at least, and a quarter more.
   */
  readonly size?: string;
  /** No order on a book that has not changed for longer. Default 1000. */
  readonly maxBookAgeMs?: number;
}

/**
 * Buys a little at market and sells it again, over and over: the plainest proof that a path works from end to end.
 *
 * One order at a time: the next leg waits for its period, for the fill of the last one, and for a live and fresh book. When
 * an order is refused, or ends without having traded, it waits 100 ms at least, doubling to 5 s until one trades. It pays the
 * spread and two fees each round and says so (`FEE_GATE`): it is a test, not a way to earn.
 */
export class Probe implements Strategy {
  readonly id: string;
  readonly symbol: string;
  readonly #period: number;
  readonly #size: string | undefined;
  readonly #maxBookAge: number;
  /** Bought and not sold again yet. */
  #held = 0;
  #nextAt = 0;
  /** The last order and the lots that it asked for. */
  #orderId: string | undefined;
  #asked: number = NO_LOTS;
  /** Orders in a row that came to nothing. */
  #refusals = 0;
  #notBefore = 0;
  #lastBookAt: number | undefined;
  #reason: StrategyReason | undefined;

  /** @throws StrategyError `KB_STRATEGY_BAD_PARAMS` naming all faults at once. */
  constructor(options: ProbeOptions) {
    const reader = new ParamReader('Probe', options);
    this.id = reader.text('id', 'probe');
    this.symbol = reader.text('symbol');
    this.#period = reader.number('everyMs', NOT_NEGATIVE, 2000) * MILLISECOND;
    this.#size = reader.decimalText('size');
    this.#maxBookAge = reader.number('maxBookAgeMs', POSITIVE, 1000) * MILLISECOND;
    reader.finish();
  }

  onEvent(event: StrategyEvent, view: StrategyView, out: IntentSink): void {
    if (event.symbol !== undefined && event.symbol !== this.symbol) return;
    if (event.type === 'book' || event.type === 'level3') this.#lastBookAt = event.venueTs;
    if ('clientOrderId' in event) this.#onReport(event, view.now);
    if (view.now < this.#nextAt) return;
    if (view.now < this.#notBefore) this.#explain('COOLDOWN', out);
    else this.#trade(view, out);
  }

  snapshot(): unknown {
    return {
      version: VERSION,
      held: this.#held,
      nextAt: this.#nextAt,
      orderId: this.#orderId ?? null,
      asked: this.#asked,
      refusals: this.#refusals,
      notBefore: this.#notBefore,
      lastBookAt: this.#lastBookAt ?? null,
      reason: this.#reason ?? null,
    };
  }

  restore(state: unknown): void {
    const reader = new SnapshotReader(this.id, state, VERSION);
    this.#held = reader.number('held');
    this.#nextAt = reader.number('nextAt');
    this.#orderId = reader.optionalText('orderId');
    this.#asked = reader.number('asked');
    this.#refusals = reader.number('refusals');
    this.#notBefore = reader.number('notBefore');
    this.#lastBookAt = reader.optionalNumber('lastBookAt');
    this.#reason = reader.reason('reason');
    reader.finish();
  }

  #onReport(report: ExecutionReport, now: number): void {
    if (report.type === 'fill') this.#held += signOf(report.side) * report.size;
    if (report.clientOrderId !== this.#orderId) return;
    if (report.type === 'fill') this.#refusals = 0;
    const ended = report.type === 'cancelled' || report.type === 'expired';
    if (report.type !== 'rejected' && !(ended && report.remaining === this.#asked)) return;
    this.#notBefore = now + retryDelay(this.#refusals);
    this.#refusals += 1;
  }

  #trade(view: StrategyView, out: IntentSink): void {
    const { market, account } = view;
    const instrument = market.instrument(this.symbol);
    const book = market.book(this.symbol);
    if (instrument === undefined || this.#lastBookAt === undefined) return this.#explain('NOT_WARM', out);
    if (!mayTrade(market.state(this.symbol), book)) return this.#explain('STALE_BOOK', out);
    if (view.now - this.#lastBookAt > this.#maxBookAge) return this.#explain('STALE_BOOK', out);
    if (market.system !== 'online' || instrument.status !== 'online') return this.#explain('HALTED', out);
    if (account.openOrders(this.symbol).length > 0) return this.#explain('AWAIT_VENUE', out);
    const bid = book.bestBid();
    const ask = book.bestAsk();
    if (bid === undefined || ask === undefined) return this.#explain('THIN_BOOK', out);
    if (bid >= ask) return this.#explain('CROSSED_BOOK', out);

    // A rest too small to be sold waits for the next buy.
    const held = lots(Math.max(0, Math.floor(this.#held / instrument.lotSize) * instrument.lotSize));
    const sells = reachesMinimums(minimumsOf(instrument), bid, held);
    const size = sells ? held : this.#buySize(instrument, ask);
    if (size === undefined) return this.#explain('PRECISION', out);
    if (!reachesMinimums(minimumsOf(instrument), sells ? bid : ask, size)) return this.#explain('MIN_SIZE', out);
    this.#nextAt = view.now + this.#period;
    this.#asked = size;
    this.#orderId = out.place(
      {
        symbol: this.symbol,
        side: sells ? 'sell' : 'buy',
        orderType: 'market',
        price: undefined,
        size,
        timeInForce: 'ioc',
        postOnly: false,
      },
      sells ? 'PROBE_SELL' : 'PROBE_BUY',
    );
    this.#explain('FEE_GATE', out);
  }

  /** @returns `undefined` when it is more than lots can count. */
  #buySize(instrument: Instrument, ask: Ticks): Lots | undefined {
    if (this.#size !== undefined) return floorToLots(instrument, this.#size);
    const { qty, cost } = minimumsOf(instrument);
    const oneUnit = 10n ** BigInt(instrument.pricePrecision + instrument.qtyPrecision);
    const worth = cost > oneUnit ? cost : oneUnit; // a recording may not say what the pair's minimums are
    const forWorth = ceilDivide(worth, BigInt(ask));
    const least = forWorth > qty ? forWorth : BigInt(qty);
    const step = BigInt(instrument.lotSize);
    return countable(ceilDivide(least * MARGIN.times, MARGIN.per * step) * step);
  }

  #explain(reason: StrategyReason, out: IntentSink): void {
    if (reason === this.#reason) return;
    this.#reason = reason;
    out.explain(this.symbol, undefined, reason);
  }
}

function ceilDivide(amount: bigint, divisor: bigint): bigint {
  return (amount + divisor - 1n) / divisor;
}

const VERSION = 2;
/** A quarter more: room for the price to fall between the legs and leave the sale above the minimum cost. */
const MARGIN = { times: 5n, per: 4n };
