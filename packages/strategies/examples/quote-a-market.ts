/** A market maker inside somebody else's bot: their prices in, its orders out, no engine. */
import { instrument, lots, micros, priceToTicks, qtyToLots, ticksToPrice, lotsToQty } from '@kb/model';
import type { BookView, IntentSink, Side, StrategyView } from '@kb/model';
import { breakEvenMove, SkewedMarketMaker } from '@kb/strategies';

export function quoteOnce(): string[] {
  const lines = [`a maker round trip at 0.25 % needs ${(breakEvenMove(0.0025, 0.0025) * 1e4).toFixed(2)} bp`];
  const btc = instrument({
    symbol: 'BTC/USD',
    pricePrecision: 1,
    qtyPrecision: 8,
    minQty: '0.00005',
    minCost: '0.5',
  });

  // Your book: @kb/orderbook's L2Book is one; so is anything of this shape. Here, one level a side.
  const touch = {
    buy: { price: priceToTicks(btc, '29999.9'), size: qtyToLots(btc, '0.8') },
    sell: { price: priceToTicks(btc, '30000.1'), size: qtyToLots(btc, '0.5') },
  };
  const book: BookView = {
    symbol: btc.symbol,
    pricePrecision: btc.pricePrecision,
    qtyPrecision: btc.qtyPrecision,
    depth: 1,
    levels: () => 1,
    priceAt: (side, index) => (index === 0 ? touch[side].price : undefined),
    sizeAt: (side, index) => (index === 0 ? touch[side].size : undefined),
    sizeOf: (side, price) => (touch[side].price === price ? touch[side].size : lots(0)),
    bestBid: () => touch.buy.price,
    bestAsk: () => touch.sell.price,
  };

  // Your account, and where your orders go.
  const now = micros(1_700_000_000_000_000);
  const view: StrategyView = {
    now,
    market: {
      symbols: [btc.symbol],
      instrument: () => btc,
      book: () => book,
      lastTrade: () => undefined,
      state: () => 'live',
      system: 'online',
    },
    account: {
      base: () => qtyToLots(btc, '0.1'),
      position: () => 0,
      balance: () => '5000',
      openOrders: () => [],
      fees: () => ({ maker: '0.0025', taker: '0.004' }),
    },
  };
  const say = (side: Side | undefined, text: string): number => lines.push(`${side ?? 'both'}: ${text}`);
  const out: IntentSink = {
    place: ({ side, price, size }) => {
      say(side, `${lotsToQty(btc, size)} at ${price === undefined ? 'market' : ticksToPrice(btc, price)}`);
      return `order-${lines.length}`;
    },
    amend: (id) => void say(undefined, `amend ${id}`),
    cancel: (id) => void say(undefined, `cancel ${id}`),
    cancelAll: () => void say(undefined, 'cancel all'),
    flatten: () => void say(undefined, 'flatten'),
    explain: (_symbol, side, reason) => void say(side, reason),
  };

  const maker = new SkewedMarketMaker({ symbol: btc.symbol, orderSizeUsd: 100, maxPositionUsd: 500 });
  const none = { bidCount: 0, bidPrices: [], bidSizes: [], askCount: 0, askPrices: [], askSizes: [] };
  maker.onEvent(
    {
      type: 'book',
      seq: 1,
      symbol: btc.symbol,
      venueTs: now,
      recvTs: now,
      book,
      changes: { snapshot: true, ...none },
      snapshot: true,
      verified: true,
    },
    view,
    out,
  );
  return lines;
}

if (import.meta.main) console.log(quoteOnce().join('\n'));
