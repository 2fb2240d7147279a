import { lotsToQty, ticksToPrice } from '@kb/model';
import type { BookView, FeeRates, Instrument, Side } from '@kb/model';
import type { CcxtMarket, CcxtOrderBook } from './structures.ts';

/**
 * A pair as ccxt's kraken class describes it. Its `id` is its altname, as nobody told another.
 * @param maxLeverage 1 without margin.
 */
export function ccxtMarket(pair: Instrument, fees: FeeRates | undefined, maxLeverage: number): CcxtMarket {
  const { base, quote, symbol } = pair;
  const altname = `${base}${quote}`;
  return {
    id: altname,
    lowercaseId: undefined,
    symbol,
    base,
    quote,
    settle: undefined,
    baseId: base,
    quoteId: quote,
    settleId: undefined,
    type: 'spot',
    spot: true,
    margin: maxLeverage > 1,
    swap: false,
    future: false,
    option: false,
    index: undefined,
    active: pair.status === 'online',
    contract: false,
    linear: undefined,
    inverse: undefined,
    subType: undefined,
    taker: fees === undefined ? undefined : Number(fees.taker),
    maker: fees === undefined ? undefined : Number(fees.maker),
    contractSize: undefined,
    expiry: undefined,
    expiryDatetime: undefined,
    strike: undefined,
    optionType: undefined,
    precision: { amount: Number(`1e-${pair.qtyPrecision}`), price: Number(`1e-${pair.pricePrecision}`) },
    limits: {
      leverage: { min: 1, max: maxLeverage },
      amount: { min: Number(lotsToQty(pair, pair.minQty)), max: undefined },
      price: { min: undefined, max: undefined },
      cost: { min: Number(pair.minCost), max: undefined },
    },
    marginModes: { cross: undefined, isolated: undefined },
    created: undefined,
    info: pair,
    tierBased: true,
    percentage: true,
    wsId: symbol,
    altname,
  };
}

/** The best levels of a book as it stands now. */
export function ccxtOrderBook(book: BookView, limit: number | undefined): CcxtOrderBook {
  const sideOf = (side: Side): [number, number][] => {
    const levels: [number, number][] = [];
    const count = Math.min(book.levels(side), limit ?? DEFAULT_LEVELS);
    for (let index = 0; index < count; index += 1) {
      const price = book.priceAt(side, index);
      const size = book.sizeAt(side, index);
      if (price === undefined || size === undefined) break;
      levels.push([Number(ticksToPrice(book, price)), Number(lotsToQty(book, size))]);
    }
    return levels;
  };
  const { symbol } = book;
  return {
    symbol,
    bids: sideOf('buy'),
    asks: sideOf('sell'),
    timestamp: undefined,
    datetime: undefined,
    nonce: undefined,
  };
}

/** Kraken's own default. */
const DEFAULT_LEVELS = 100;
