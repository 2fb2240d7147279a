import { lots, micros, SECOND, signOf } from '@kb/model';
import type { Lots, Micros, Side } from '@kb/model';
import type { Decimal } from 'decimal.js';
import type { Listing } from '../listings/listing.ts';
import type { FillFacts, Position } from './booking.ts';
import { ClosedSums } from './closed-part.ts';
import { ledgerAmount, Money, percentOf, rounded, ZERO } from './money.ts';
import { Portions } from './portions.ts';

/** How often a position pays for what it borrowed. @see https://support.kraken.com/articles/206161568 */
export const ROLLOVER_EVERY: Micros = micros(4 * 3_600 * SECOND);

/** What a margin fill changed: the profit to be booked (a loss below zero), in quote currency, and the fees beside the trade's. */
export interface MarginOutcome {
  readonly profit: Decimal;
  readonly openingFee: Decimal;
  readonly margin: { readonly cost: Decimal; readonly effect: 'opened' | 'closed' };
  readonly opened: OpenPosition | undefined;
}

/** What a part of a position is closed for: shares of a trade, in quote currency. */
interface ClosingTrade {
  readonly id: string;
  /** In the decimals of the ledger. */
  readonly worth: Decimal;
  readonly cost: Decimal;
  readonly fee: Decimal;
}

/** What settling asks and tells the owner of the money, position by position. */
export interface SettleSteps {
  canPay(position: OpenPosition, part: Lots, owed: Decimal): boolean;
  onSettled(position: OpenPosition, part: Lots, owed: Decimal): void;
}

/**
 * The open positions of an account: first in, first out per pair.
 *
 * A fill with leverage first closes what is open on the other side, then opens a position with its rest. Opening moves no money
 * but fees: the exchange lends what the trade costs, and closing brings the difference. A long borrows the quote currency,
 * a short the base; a short's fees are charged on the opening cost, in quote currency too (in what Kraken charges them is UNCONFIRMED).
 */
export class MarginBook {
  readonly #positions: OpenPosition[] = [];

  /** Oldest first. */
  get positions(): readonly OpenPosition[] {
    return this.#positions;
  }

  /** Signed, in lots: long above zero. */
  net(symbol: string): Lots {
    let sum = 0;
    for (const position of this.#positions) {
      if (position.symbol === symbol) sum += signOf(position.side) * position.open;
    }
    return lots(sum);
  }

  /** @param id Of the fill. @param cost Of the fill. @param tradeFee Of the fill. */
  book(facts: FillFacts, id: string, cost: Decimal, tradeFee: Decimal): MarginOutcome {
    const { listing, side, size } = facts;
    const { costPrecision } = listing.instrument;
    const worth = new Portions(ledgerAmount(cost, listing.quote), size, listing.quote.decimals);
    const [costs, fees] = [new Portions(cost, size, costPrecision), new Portions(tradeFee, size, costPrecision)];
    let [profit, freed, rest] = [ZERO, ZERO, size];
    for (const position of this.#against(listing, side)) {
      if (rest === 0) break;
      const part = lots(Math.min(rest, position.open));
      const trade = { id, worth: worth.take(part), cost: costs.take(part), fee: fees.take(part) };
      const closed = this.#close(position, part, trade);
      profit = profit.plus(closed.profit);
      freed = freed.plus(closed.margin);
      rest = lots(rest - part);
    }
    const opened = rest === 0 ? undefined : openPosition(facts, id, rest, cost, tradeFee, worth.left);
    if (opened !== undefined) this.#positions.push(opened);
    return {
      profit,
      openingFee: opened?.openingFee ?? ZERO,
      opened,
      margin:
        rest === size && opened !== undefined
          ? { cost: opened.margin, effect: 'opened' }
          : { cost: freed, effect: 'closed' },
    };
  }

  /**
   * Ends positions that an order of this side would close, by paying back what was borrowed: up to that many lots, until `canPay`
   * says no. `owed` is the opening cost of the part.
   */
  settle(listing: Listing, side: Side, size: Lots, steps: SettleSteps): Lots {
    let rest = size;
    for (const position of this.#against(listing, side)) {
      const part = lots(Math.min(rest, position.open));
      if (part === 0 || !steps.canPay(position, part, position.owed.next(part))) break;
      const { owed } = this.#close(position, part, undefined);
      rest = lots(rest - part);
      steps.onSettled(position, part, owed);
    }
    return lots(size - rest);
  }

  /** The position that has to pay next, and when. */
  get nextDue(): OpenPosition | undefined {
    let next = this.#positions[0];
    for (const position of this.#positions) {
      if (next === undefined || position.nextRolloverAt < next.nextRolloverAt) next = position;
    }
    return next;
  }

  /** A copy: closing removes from the list. */
  #against(listing: Listing, side: Side): OpenPosition[] {
    return this.#positions.filter(
      (position) => position.symbol === listing.instrument.symbol && position.side !== side,
    );
  }

  #close(position: OpenPosition, part: Lots, trade: ClosingTrade | undefined): ReturnType<OpenPosition['close']> {
    const parts = position.close(part, trade);
    if (position.open === 0) this.#positions.splice(this.#positions.indexOf(position), 1);
    return parts;
  }
}

/** A position and what is owed for it. Live: closing changes it. */
export class OpenPosition implements Position {
  readonly id: string;
  readonly orderId: string;
  readonly symbol: string;
  readonly side: Side;
  readonly openedAt: Micros;
  readonly leverage: number;
  readonly size: Lots;
  readonly cost: Decimal;
  readonly fee: Decimal;
  readonly terms: string;
  readonly listing: Listing;
  readonly openingFee: Decimal;
  /** Opening cost in the decimals of the quote currency's ledger: what closing is measured against. */
  readonly owed: Portions;
  readonly closedPart: ClosedSums = new ClosedSums();
  /** Percent per rollover: a position keeps the rate it was opened with. */
  readonly #rate: Decimal;
  readonly #margin: Portions;
  #nextRolloverAt: Micros;

  constructor(
    facts: Pick<FillFacts, 'orderId' | 'listing' | 'at' | 'side' | 'leverage'>,
    terms: { readonly id: string; readonly size: Lots; readonly rate: Decimal; readonly margin: Decimal } & {
      readonly cost: Decimal;
      readonly owed: Decimal;
      readonly tradeFee: Decimal;
      readonly openingFee: Decimal;
    },
  ) {
    const { listing } = facts;
    const { size, rate } = terms;
    this.id = terms.id;
    this.orderId = facts.orderId;
    this.symbol = listing.instrument.symbol;
    this.side = facts.side;
    this.openedAt = facts.at;
    this.leverage = facts.leverage;
    this.size = size;
    this.cost = terms.cost;
    this.fee = terms.tradeFee.plus(terms.openingFee);
    this.terms = `${rate.toFixed(4)}% per 4 hours`;
    this.listing = listing;
    this.openingFee = terms.openingFee;
    this.owed = new Portions(terms.owed, size, listing.quote.decimals);
    this.#rate = rate;
    this.#margin = new Portions(terms.margin, size, listing.instrument.costPrecision);
    this.#nextRolloverAt = micros(facts.at + ROLLOVER_EVERY);
  }

  get closed(): Lots {
    return this.closedPart.size;
  }

  get open(): Lots {
    return lots(this.size - this.closed);
  }

  get margin(): Decimal {
    return this.#margin.left;
  }

  get nextRolloverAt(): Micros {
    return this.#nextRolloverAt;
  }

  /** Closes a part, by a trade or, where there is none, by settling it for what is owed. */
  close(
    part: Lots,
    trade: ClosingTrade | undefined,
  ): { readonly owed: Decimal; readonly margin: Decimal; readonly profit: Decimal } {
    const owed = this.owed.take(part);
    const profit = trade === undefined ? ZERO : trade.worth.minus(owed).times(signOf(this.side));
    this.closedPart.add({
      size: part,
      cost: trade?.cost ?? owed,
      fee: trade?.fee ?? ZERO,
      profit,
      tradeId: trade?.id,
    });
    return { owed, margin: this.#margin.take(part), profit };
  }

  /** Goes on to the next rollover. @returns The fee of the one that is due, in quote currency. */
  rollOver(): Decimal {
    this.#nextRolloverAt = micros(this.#nextRolloverAt + ROLLOVER_EVERY);
    return percentOf(this.owed.left, this.#rate, this.listing.quote.decimals);
  }
}

/** What is borrowed costs this many percent at opening and at every rollover; `undefined`: it cannot be borrowed. */
export function borrowingRate({ base, quote }: Listing, side: Side): Decimal | undefined {
  const { marginRate } = side === 'buy' ? quote : base;
  return marginRate === undefined ? undefined : new Money(marginRate);
}

/** The position of the last `size` lots of a fill. */
function openPosition(
  facts: FillFacts,
  id: string,
  size: Lots,
  fillCost: Decimal,
  fillFee: Decimal,
  owed: Decimal,
): OpenPosition {
  const { costPrecision } = facts.listing.instrument;
  const shareOf = (amount: Decimal): Decimal => rounded(amount.times(size).div(facts.size), costPrecision);
  const cost = shareOf(fillCost);
  const rate = borrowingRate(facts.listing, facts.side) ?? ZERO;
  return new OpenPosition(facts, {
    id,
    size,
    rate,
    cost,
    owed,
    margin: rounded(cost.div(facts.leverage), costPrecision),
    tradeFee: shareOf(fillFee),
    openingFee: percentOf(cost, rate, costPrecision),
  });
}
