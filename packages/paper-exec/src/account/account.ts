import { NO_LOTS, notional } from '@kb/model';
import type { AccountReport, FeeRates, Instrument, Lots, MarginFill, Micros, Side, Ticks } from '@kb/model';
import type { Refusal } from '../checks.ts';
import { amountText, feeText } from './amounts.ts';
import { FeeBook } from './fee-book.ts';
import type { TieredFees } from './fee-book.ts';
import { Funds } from './funds.ts';
import type { Fee, Need } from './funds.ts';
import { isAtMost, isOnMargin, Margin } from './margin.ts';
import type { Terms } from './margin.ts';
import { checkMargin } from './margin-options.ts';
import type { MarginOptions } from './margin-options.ts';
import { UsdPrices } from './usd-prices.ts';

type Draft<Report> = Report extends AccountReport ? Omit<Report, 'seq' | 'recvTs'> : never;
/** A report on its way to us: not numbered, not received. */
export type AccountDraft = Draft<AccountReport>;

export interface AccountOptions {
  readonly balances: Readonly<Record<string, string>>;
  readonly fees: FeeRates | TieredFees;
  readonly usdPrices: Readonly<Record<string, string>>;
  readonly margin: MarginOptions | undefined;
  /** Middle of a pair's book at the venue, with margin as it was last seen, as a count of 10^-30 of the quote currency. */
  midOf(symbol: string): bigint | undefined;
  report(draft: AccountDraft): void;
}

/** An order that the venue sends to close positions. */
export interface Liquidation {
  readonly symbol: string;
  readonly side: Side;
  readonly size: Lots;
}

/** What a fill cost, and what it did to positions. */
export interface BookedFill {
  readonly fee: Fee;
  readonly margin?: MarginFill;
}

/** What of a fill the account needs. */
export interface AccountFill {
  readonly price: Ticks;
  readonly size: Lots;
  readonly liquidity: 'maker' | 'taker';
  readonly at: Micros;
}

/**
 * The money side of the paper account: what orders may cost, what fills do to balances and positions, and what the venue
 * does when margin runs out. It moves with the followed queue model alone.
 */
export class Account {
  readonly funds: Funds;
  readonly fees: FeeBook;
  readonly margin: Margin | undefined;
  readonly #options: AccountOptions;
  /** Counts what has changed balances or positions. */
  #changes = 0;
  /** Set from a margin call until the level has been above it again. */
  #isCalled = false;
  /** Set while positions are being closed: what those fills do is looked at when they are done. */
  #isClosing = false;

  /** @throws PaperError `KB_PAPER_BAD_OPTION`. */
  constructor(options: AccountOptions) {
    this.#options = options;
    const prices = new UsdPrices(options.usdPrices, (symbol) => options.midOf(symbol));
    this.fees = new FeeBook(options.fees, prices);
    this.funds = new Funds(options.balances, this.fees);
    if (options.margin !== undefined) this.margin = new Margin(checkMargin(options.margin), this.funds, prices);
  }

  /** Counts up whenever balances or positions have changed. */
  get changes(): number {
    return this.#changes;
  }

  /** Signed lots of the margin position in a pair. */
  position(symbol: string): number {
    return this.margin?.position(symbol) ?? 0;
  }

  /** Why an order with a limit cannot be paid for. @param holder Whose own hold counts as free, when it is an amend. */
  refusalOf(instrument: Instrument, terms: Terms, price: Ticks, size: Lots, holder?: string): Refusal | undefined {
    if (isOnMargin(terms)) return this.#refusalOnMargin(instrument, terms, notional(price, size), size, holder);
    return this.#refusalOfNeed(this.funds.needOf(instrument, terms.side, price, size, terms.feeIn), holder);
  }

  /** The same of one that takes at any price. @param walked How much of it the book has, and its price × size in steps of both. */
  refusalOfWalk(
    instrument: Instrument,
    terms: Terms,
    walked: { readonly notional: bigint; readonly size: Lots },
    size: Lots,
    holder?: string,
  ): Refusal | undefined {
    if (isOnMargin(terms)) return this.#refusalOnMargin(instrument, terms, walked.notional, walked.size, holder);
    const { side, feeIn } = terms;
    const need =
      side === 'buy'
        ? this.funds.needOfWalk(instrument, walked.notional, feeIn)
        : this.funds.needOfSale(instrument, size, feeIn);
    return this.#refusalOfNeed(need, holder);
  }

  /** Sets what an open order may still cost; nothing when its size is zero. */
  hold(instrument: Instrument, terms: Terms, price: Ticks, remaining: Lots): void {
    this.margin?.note(instrument, terms, price, remaining);
    const { clientOrderId, side, feeIn } = terms;
    if (!isOnMargin(terms)) this.funds.hold(clientOrderId, instrument, side, price, remaining, feeIn);
  }

  /** What a fill would cost; on margin always in the quote currency. */
  feeOf(instrument: Instrument, terms: Terms, { price, size, liquidity }: AccountFill): Fee {
    return this.funds.fee(instrument, price, size, liquidity, isOnMargin(terms) ? 'quote' : terms.feeIn);
  }

  /** Takes a fill in. */
  book(instrument: Instrument, terms: Terms, fill: AccountFill): BookedFill {
    const { price, size, at } = fill;
    this.fees.advance(at);
    this.#changes += 1;
    const fee = this.feeOf(instrument, terms, fill);
    const cost = this.funds.costOf(instrument, price, size);
    this.fees.count(instrument, cost);
    if (!isOnMargin(terms) || this.margin === undefined) {
      this.funds.settle(instrument, terms.side, price, size, fee);
      return { fee };
    }
    this.rollOver(instrument.symbol, at);
    const { closed, opened, realised, openingFee } = this.margin.trade(instrument, terms, price, size, at);
    this.funds.charge(fee.asset, fee.amount);
    return { fee, margin: { closed, opened, realised: amountText(realised), openingFee: feeText(openingFee) } };
  }

  /** Charges the rollovers of a pair that are due by a time. */
  rollOver(symbol: string, until: Micros): void {
    for (const { positionId, at, fee, asset } of this.margin?.rollOver(symbol, until) ?? []) {
      this.#changes += 1;
      this.#options.report({
        type: 'rollover',
        venueTs: at,
        symbol,
        positionId,
        fee: feeText(fee),
        feeAsset: asset,
      });
    }
  }

  /**
   * Looks at the margin level: warns at the call level, closes pair after pair from the stop level down until it is above that
   * again, or nothing more can be closed now.
   * @param close Sends the venue's order, after `tell` said which. Does nothing where the pair cannot be traded now.
   * @returns False where positions still have to be closed.
   */
  watch(at: Micros, close: (order: Liquidation, tell: (clientOrderId: string) => void) => void): boolean {
    const { margin } = this;
    if (margin === undefined || this.#isClosing) return true;
    if (!margin.isOpen) {
      this.#isCalled = false;
      return true;
    }
    const { callLevel, stopLevel } = margin.options;
    let figures = margin.figures();
    if (figures.unpriced.length > 0 && figures.m === 0n) return true; // nothing of it can be valued
    if (!isAtMost(figures, callLevel)) {
      this.#isCalled = false;
      return true;
    }
    if (!this.#isCalled) {
      this.#isCalled = true;
      this.#options.report({ type: 'margin-call', venueTs: at, balance: margin.balance() });
    }
    const tried = new Set<string>();
    this.#isClosing = true;
    while (figures.m > 0n && isAtMost(figures, stopLevel)) {
      const next = margin.nextToClose((symbol) => !tried.has(symbol));
      if (next === undefined) break;
      tried.add(next.symbol);
      close(next, (clientOrderId) => {
        this.#options.report({ type: 'liquidation', venueTs: at, clientOrderId, ...next, balance: margin.balance() });
      });
      figures = margin.figures();
    }
    this.#isClosing = false;
    return figures.m === 0n || !isAtMost(figures, stopLevel);
  }

  #refusalOnMargin(
    instrument: Instrument,
    terms: Terms,
    steps: bigint,
    size: Lots,
    holder: string | undefined,
  ): Refusal | undefined {
    if (this.margin === undefined) return { reason: 'invalid-order', text: 'this account has no margin' };
    return size === NO_LOTS ? undefined : this.margin.refusalOf(instrument, terms, steps, size, holder);
  }

  #refusalOfNeed(need: Need, holder: string | undefined): Refusal | undefined {
    const own = holder === undefined ? undefined : this.funds.holdOf(holder);
    const free = this.funds.free(need.asset) + (own?.asset === need.asset ? own.amount : 0n);
    if (need.amount <= free) return undefined;
    const text = `needs ${amountText(need.amount)} ${need.asset}, ${amountText(free)} is free`;
    return { reason: 'insufficient-funds', text };
  }
}
