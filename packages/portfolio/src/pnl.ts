import type { Instrument } from '@kb/model';
import type { Decimal } from 'decimal.js';
import type { AverageCost } from './average-cost.ts';
import type { Books } from './books.ts';
import { ZERO } from './exact.ts';
import type { Valuation } from './valuation.ts';

/**
 * Profit and loss since the start, in the reporting currency. Exactly:
 * `total = equity − startEquity = realised + unrealised + inventory − fees`.
 */
export interface Pnl {
  readonly equity: Decimal;
  /** The starting balances at the first marks. */
  readonly startEquity: Decimal;
  readonly total: Decimal;
  /** `realised + unrealised`: what trading made, before fees. */
  readonly trading: Decimal;
  readonly realised: Decimal;
  /** What the traded positions would gain at these marks. */
  readonly unrealised: Decimal;
  /** What holding the starting balances made: balance × (mark now − first mark), over all assets. */
  readonly inventory: Decimal;
  /** Positive when paid; on margin what opening and holding positions cost is among them. */
  readonly fees: Decimal;
}

/** All balances, and what margin positions would gain if closed; `undefined` while something held has no price. */
export function equityOf(books: Books, valuation: Valuation): Decimal | undefined {
  return sum([
    ...books.balances.entries().map(([asset, amount]) => valuation.worth(asset, amount)),
    ...[...books.margin].map(([symbol, position]) => unrealisedOf(position, books.instrument(symbol), valuation)),
  ]);
}

function unrealisedOf(
  { cost, qty }: AverageCost,
  { base, quote }: Instrument,
  valuation: Valuation,
): Decimal | undefined {
  const worth = valuation.worth(base, qty);
  const paid = valuation.worth(quote, cost);
  return worth && paid && gainOf(worth, qty, paid);
}

/** The starting balances at their first prices. An asset that has none yet takes the one of this valuation. */
export function startEquityOf(books: Books, valuation: Valuation): Decimal | undefined {
  const worths = [...books.start].map(([asset, amount]) => {
    if (amount.isZero()) return ZERO;
    const price = books.startPrices.get(asset) ?? valuation.priceOf(asset);
    if (price !== undefined) books.startPrices.set(asset, price);
    return price?.times(amount);
  });
  return sum(worths);
}

/** `undefined` while something that counts in it has no price. */
export function pnlOf(books: Books, valuation: Valuation): Pnl | undefined {
  const startEquity = startEquityOf(books, valuation);
  const equity = equityOf(books, valuation);
  const inventory = inventoryOf(books, valuation);
  const realised = sum(byPair(books, ({ realised: gain }, { quote }) => valuation.worth(quote, gain)));
  const unrealised = sum(byPair(books, (position, instrument) => unrealisedOf(position, instrument, valuation)));
  const fees = sum([
    ...byPair(books, ({ fees: paid }, { quote }) => valuation.worth(quote, paid)),
    ...books.otherFees.entries().map(([asset, amount]) => valuation.worth(asset, amount)),
  ]);
  if (!startEquity || !equity || !inventory || !realised || !unrealised || !fees) return undefined;
  return {
    equity,
    startEquity,
    total: equity.minus(startEquity),
    trading: realised.plus(unrealised),
    realised,
    unrealised,
    inventory,
    fees,
  };
}

/** What a position is worth (signed) less what it cost, or for a short, what it brought less what it takes to close. */
export function gainOf(worth: Decimal, qty: Decimal, cost: Decimal): Decimal {
  return qty.isNegative() ? worth.plus(cost) : worth.minus(cost);
}

/** Σ start balance × (price now − first price); the first prices have been seen to. */
function inventoryOf(books: Books, valuation: Valuation): Decimal | undefined {
  const moves = [...books.start].map(([asset, amount]) => {
    const first = books.startPrices.get(asset) ?? ZERO; // missing only where the balance is zero, or the sum undefined
    return valuation.worth(asset, amount)?.minus(first.times(amount));
  });
  return sum(moves);
}

type PairFigure = (position: AverageCost, instrument: Instrument) => Decimal | undefined;

function byPair(books: Books, figure: PairFigure): (Decimal | undefined)[] {
  return [...books.positions, ...books.margin].map(([symbol, position]) => figure(position, books.instrument(symbol)));
}

/** `undefined` as soon as one part is. */
function sum(parts: readonly (Decimal | undefined)[]): Decimal | undefined {
  let total = ZERO;
  for (const part of parts) {
    if (part === undefined) return undefined;
    total = total.plus(part);
  }
  return total;
}
