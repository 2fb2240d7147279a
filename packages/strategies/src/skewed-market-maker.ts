import { assertNever, lots, MILLISECOND, signOf, ticks } from '@kb/model';
import type { BookView, ExecutionReport, Instrument, IntentSink, OwnOrder, Side, StrategyView } from '@kb/model';
import { fairValue, referenceLevel } from './fair-value.ts';
import { mayTrade } from './may-trade.ts';
import { minimumsOf, reachesMinimums } from './minimums.ts';
import type { Minimums } from './minimums.ts';
import { ParamReader } from './params.ts';
import { ceilToStep, floorToStep, losesToFees, requoteDistance, skewedQuote, worstCase } from './quote.ts';
import type { RawQuote } from './quote.ts';
import { QuoteSide } from './quote-side.ts';
import type { RequoteRule, Target } from './quote-side.ts';
import type { StrategyReason } from './reasons.ts';
import { ALIASES, readParams } from './skewed-market-maker-params.ts';
import type { SkewedMarketMakerInput, SkewedMarketMakerParams } from './skewed-market-maker-params.ts';
import { SnapshotReader } from './snapshot.ts';
import type { Strategy, StrategyEvent } from './strategy.ts';

export type SkewedMarketMakerOptions = SkewedMarketMakerInput & {
  /** Default `maker`. */
  readonly id?: string;
  readonly symbol: string;
};

/**
 * Quotes both sides of one symbol around its fair value, shifted and sized against its inventory: one post-only limit order
 * a side, amended when the market has moved far enough, withdrawn at once when quoting is not safe.
 *
 * It looks at the market again when the touch or the fair value changed, when something happened to its own orders, and
 * when a deadline passed (book too old, a quote that may tighten now, a pause after a refusal); other events cost a few
 * comparisons. The floor under its spread (`feeFloor`) is its fee gate; without it, it says `FEE_GATE` when it cannot earn.
 */
export class SkewedMarketMaker implements Strategy {
  readonly id: string;
  readonly symbol: string;
  readonly params: SkewedMarketMakerParams;
  readonly #buy: QuoteSide;
  readonly #sell: QuoteSide;

  /** Derived from the instrument; made again when that changes. */
  #instrument: Instrument | undefined;
  #minimums: Minimums | undefined;
  #priceScale = 1;
  #qtyScale = 1;
  #minLevel = 0;

  /** What the last look saw. In ticks; 0 is none. */
  #fair = 0;
  #bestBid = 0;
  #bestAsk = 0;
  #lastBookAt: number | undefined;
  /** Set when the next look must not be skipped. */
  #dirty = true;
  #wakeAt = Infinity;
  /** Quote balance, read again after each own report. */
  #cash: number | undefined;
  #makerFeeText = '';
  #makerFee = 0;
  #losesToFees = false;

  /** @throws StrategyError `KB_STRATEGY_BAD_PARAMS` naming all faults at once. */
  constructor(options: SkewedMarketMakerOptions) {
    const reader = new ParamReader('SkewedMarketMaker', options, ALIASES);
    this.id = reader.text('id', 'maker');
    this.symbol = reader.text('symbol');
    this.params = readParams(reader);
    reader.finish();
    this.#buy = new QuoteSide(this.symbol, 'buy');
    this.#sell = new QuoteSide(this.symbol, 'sell');
  }

  onEvent(event: StrategyEvent, view: StrategyView, out: IntentSink): void {
    if (event.symbol !== undefined && event.symbol !== this.symbol) return;
    switch (event.type) {
      case 'book':
      case 'level3':
        this.#lastBookAt = event.venueTs;
        if (this.#dirty || view.now >= this.#wakeAt || this.#touchMoved(event.book)) this.#look(view, out);
        return;
      case 'trade':
      case 'ticker':
      case 'candle':
      case 'timer':
        if (view.now >= this.#wakeAt || (!this.#dirty && this.#isBookOld(view))) this.#look(view, out);
        return;
      case 'feed':
      case 'status':
      case 'instrument':
        this.#look(view, out);
        return;
      case 'accepted':
      case 'rejected':
      case 'fill':
      case 'amended':
      case 'amend-rejected':
      case 'cancel-rejected':
      case 'triggered':
      case 'cancelled':
      case 'expired':
      case 'unknown':
        this.#onReport(event, view, out);
        return;
      default:
        assertNever(event);
    }
  }

  snapshot(): unknown {
    return {
      version: VERSION,
      fair: this.#fair,
      bestBid: this.#bestBid,
      bestAsk: this.#bestAsk,
      lastBookAt: this.#lastBookAt ?? null,
      dirty: this.#dirty,
      wakeAt: this.#wakeAt === Infinity ? null : this.#wakeAt,
      cash: this.#cash ?? null,
      losesToFees: this.#losesToFees,
      buy: this.#buy.snapshot(),
      sell: this.#sell.snapshot(),
    };
  }

  restore(state: unknown): void {
    const reader = new SnapshotReader(this.id, state, VERSION);
    this.#fair = reader.number('fair');
    this.#bestBid = reader.number('bestBid');
    this.#bestAsk = reader.number('bestAsk');
    this.#lastBookAt = reader.optionalNumber('lastBookAt');
    this.#dirty = reader.boolean('dirty');
    this.#wakeAt = reader.optionalNumber('wakeAt') ?? Infinity;
    this.#cash = reader.optionalNumber('cash');
    this.#losesToFees = reader.boolean('losesToFees');
    reader.finish();
    this.#buy.restore(this.id, reader.field('buy'));
    this.#sell.restore(this.id, reader.field('sell'));
  }

  #onReport(report: ExecutionReport, view: StrategyView, out: IntentSink): void {
    this.#buy.onReport(report, view.now);
    this.#sell.onReport(report, view.now);
    this.#cash = undefined;
    this.#look(view, out);
  }

  #isBookOld(view: StrategyView): boolean {
    return this.#lastBookAt !== undefined && view.now - this.#lastBookAt > this.params.maxBookAgeMs * MILLISECOND;
  }

  #touchMoved(book: BookView): boolean {
    return (
      (book.bestBid() ?? 0) !== this.#bestBid ||
      (book.bestAsk() ?? 0) !== this.#bestAsk ||
      this.#fairOf(book) !== this.#fair
    );
  }

  #fairOf(book: BookView): number {
    const bid = referenceLevel(book, 'buy', this.#minLevel);
    const ask = referenceLevel(book, 'sell', this.#minLevel);
    return fairValue(book, this.params.fairValue, bid, ask) ?? 0;
  }

  /** Brings both sides to what the market and the inventory ask for now. */
  #look(view: StrategyView, out: IntentSink): void {
    const orders = view.account.openOrders(this.symbol);
    const obstacle = this.#survey(view);
    this.#dirty = obstacle !== undefined;
    if (obstacle !== undefined) {
      this.#buy.withdraw(orders, obstacle, obstacle, view.now, out);
      this.#sell.withdraw(orders, obstacle, obstacle, view.now, out);
    } else {
      this.#quote(view, orders, out);
    }
    this.#wakeAt = Math.min(this.#buy.wakeAt, this.#sell.wakeAt);
  }

  /** Takes in the market. @returns Why nothing can be quoted in it, or `undefined` when something can. */
  #survey(view: StrategyView): StrategyReason | undefined {
    const { market } = view;
    const instrument = market.instrument(this.symbol);
    if (instrument === undefined) return 'NOT_WARM';
    if (instrument !== this.#instrument) this.#adopt(instrument);
    const book = market.book(this.symbol);
    const state = market.state(this.symbol);
    if (state !== 'live' && !mayTrade(state, book)) return this.#lastBookAt === undefined ? 'NOT_WARM' : 'STALE_BOOK';
    if (!TAKES_ORDERS.has(market.system) || !TAKES_ORDERS.has(instrument.status)) return 'HALTED';
    if (book === undefined || this.#lastBookAt === undefined) return 'NOT_WARM';
    if (this.#isBookOld(view)) return 'STALE_BOOK';

    this.#bestBid = book.bestBid() ?? 0;
    this.#bestAsk = book.bestAsk() ?? 0;
    this.#fair = this.#fairOf(book);
    if (this.#bestBid === 0 || this.#bestAsk === 0) return 'THIN_BOOK';
    if (this.#bestBid >= this.#bestAsk) return 'CROSSED_BOOK';
    if (this.#fair === 0) return 'THIN_BOOK';
    if (this.#bestAsk - this.#bestBid > requoteDistance(this.params.maxSpreadBps, this.#fair)) return 'SPREAD_TOO_WIDE';
    return undefined;
  }

  #adopt(instrument: Instrument): void {
    this.#instrument = instrument;
    this.#minimums = minimumsOf(instrument);
    this.#priceScale = 10 ** instrument.pricePrecision;
    this.#qtyScale = 10 ** instrument.qtyPrecision;
    this.#minLevel = this.params.minLevelNotionalUsd * this.#priceScale * this.#qtyScale;
  }

  #quote(view: StrategyView, orders: readonly OwnOrder[], out: IntentSink): void {
    const makerFee = this.#readMakerFee(view);
    this.#sayIfFeesEatIt(makerFee, out);
    const fair = this.#fair / this.#priceScale;
    const inventory = this.#inventory(view);
    const quote = skewedQuote(this.params, fair, inventory, makerFee);
    const rule = {
      distance: requoteDistance(this.params.requoteThresholdBps, this.#fair),
      sizeTolerance: this.params.sizeTolerance,
      minQuoteLife: this.params.minQuoteLifeMs * MILLISECOND,
    };
    this.#steer(this.#buy, quote, inventory, rule, view, orders, out);
    this.#steer(this.#sell, quote, inventory, rule, view, orders, out);
  }

  #steer(
    side: QuoteSide,
    quote: RawQuote,
    inventory: number,
    rule: RequoteRule,
    view: StrategyView,
    orders: readonly OwnOrder[],
    out: IntentSink,
  ): void {
    const target = this.#target(side.side, quote, inventory, view);
    if (typeof target === 'string') {
      side.withdraw(orders, target, target, view.now, out);
    } else if (this.#wouldCross(side.working(orders))) {
      side.withdraw(orders, 'AWAIT_VENUE', 'WOULD_CROSS', view.now, out);
    } else if (this.#passesCap(side, inventory, orders)) {
      side.withdraw(orders, 'POSITION_LIMIT', 'POSITION_LIMIT', view.now, out);
    } else {
      side.steer(orders, target, rule, view.now, out);
    }
  }

  /** The order that a side should have, rounded and within cap, balance and minimums; or why it should have none. */
  #target(side: Side, quote: RawQuote, inventory: number, view: StrategyView): Target | StrategyReason {
    const instrument = this.#instrument;
    const minimums = this.#minimums;
    if (instrument === undefined || minimums === undefined) return 'NOT_WARM';
    const { tickSize, lotSize } = instrument;
    const price =
      side === 'buy'
        ? floorToStep(Math.min(quote.bid * this.#priceScale, this.#bestAsk - tickSize), tickSize)
        : ceilToStep(Math.max(quote.ask * this.#priceScale, this.#bestBid + tickSize), tickSize);
    if (price <= 0) return 'MIN_SIZE';

    const wanted = side === 'buy' ? quote.bidQty : quote.askQty;
    const room = this.params.maxPositionUsd / (this.#fair / this.#priceScale) - signOf(side) * inventory;
    if (wanted <= 0 || room <= 0) return 'POSITION_LIMIT';
    const capped = Math.min(wanted, room) * this.#qtyScale;
    const affordable = this.#affordable(side, price, view);

    const size = lots(floorToStep(Math.min(capped, affordable), lotSize));
    if (reachesMinimums(minimums, ticks(price), size)) return { price: ticks(price), size };
    if (affordable < capped) return 'BALANCE';
    return room < wanted ? 'POSITION_LIMIT' : 'MIN_SIZE';
  }

  /** Lots that the balance pays for at a price, maker fee included. */
  #affordable(side: Side, price: number, view: StrategyView): number {
    if (side === 'sell') return view.account.base(this.symbol);
    this.#cash ??= Number(view.account.balance(this.#instrument?.quote ?? ''));
    const costOfLot = (price / this.#priceScale / this.#qtyScale) * (1 + Math.max(0, this.#makerFee));
    return Math.max(0, (this.#cash / costOfLot) * (1 - CASH_MARGIN));
  }

  /** Base beyond the target. */
  #inventory(view: StrategyView): number {
    const target = this.params.targetBaseQty;
    if (target === undefined) return view.account.position(this.symbol) / this.#qtyScale;
    return view.account.base(this.symbol) / this.#qtyScale - target;
  }

  #wouldCross(order: OwnOrder | undefined): boolean {
    if (order?.price === undefined) return false;
    return order.side === 'buy' ? order.price >= this.#bestAsk : order.price <= this.#bestBid;
  }

  #passesCap(side: QuoteSide, inventory: number, orders: readonly OwnOrder[]): boolean {
    const open = side.exposure(orders) / this.#qtyScale;
    if (open === 0) return false;
    const cap = this.params.maxPositionUsd * (1 + CAP_FORBEARANCE);
    const worst = worstCase(inventory, open, open, this.#fair / this.#priceScale);
    return side.side === 'buy' ? worst.long > cap : worst.short < -cap;
  }

  #readMakerFee(view: StrategyView): number {
    const { maker } = view.account.fees(this.symbol);
    if (maker !== this.#makerFeeText) {
      this.#makerFeeText = maker;
      this.#makerFee = Number(maker);
    }
    return this.#makerFee;
  }

  #sayIfFeesEatIt(makerFee: number, out: IntentSink): void {
    const loses = losesToFees(this.params, makerFee);
    if (loses === this.#losesToFees) return;
    this.#losesToFees = loses;
    out.explain(this.symbol, undefined, loses ? 'FEE_GATE' : 'FEES_COVERED');
  }
}

const VERSION = 1;
const TAKES_ORDERS: ReadonlySet<string> = new Set(['online', 'post_only', 'limit_only']);
/** Doubles stand in for balances here: leave what their last bits, and the venue's rounding of a fee, could ask for. */
const CASH_MARGIN = 1e-6;
/** An order sized to the cap exactly must not be over it by a last bit. */
const CAP_FORBEARANCE = 1e-9;
