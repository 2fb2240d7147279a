import { DEMO_MARKET } from '@kb/exchange-sim';
import { ccxt, KRAKEN_MARGIN_RATES } from '@kb/paper-exec';
import type { BotWorld } from './bot.ts';
import { SYMBOL } from './bot.ts';
import { BALANCES } from './real-side.ts';

/** The paper exchange, and a public feed of what the others do on the other side. */
export function paperSide(): BotWorld {
  const exchange = new ccxt.pro.kraken({
    pairs: [DEMO_MARKET.instrument],
    balances: BALANCES,
    fees: { maker: '0.0025', taker: '0.0040' },
    latencyMs: { feed: 10, entry: 20, ack: 10 },
    margin: { rates: KRAKEN_MARGIN_RATES },
  });
  let now = Date.UTC(2026, 0, 1);
  const pass = async (): Promise<void> => {
    exchange.onTime((now += 100));
    await turn();
  };
  const bids: [number, number][] = [[60_000, 0.5]];
  return {
    exchange,
    open: async () => {
      exchange.onBook({ symbol: SYMBOL, timestamp: now, bids, asks: [[60_000.1, 0.9]] });
      exchange.onTrade({ symbol: SYMBOL, timestamp: now, side: 'buy', price: 60_000.1, amount: 0.1 });
      exchange.onBook({ symbol: SYMBOL, timestamp: now, bids, asks: [[60_000.1, 0.8]] });
      await pass();
    },
    sell: async () => {
      exchange.onTrade({ symbol: SYMBOL, timestamp: now, side: 'sell', price: 60_000, amount: 0.55 });
      exchange.onBook({ symbol: SYMBOL, timestamp: now, bids: [], asks: [[60_000.1, 0.8]] });
      for (let steps = 0; steps < 5; steps += 1) await pass();
    },
    answer: async (promise) => {
      let isSettled = false;
      const settled = (): void => void (isSettled = true);
      promise.then(settled, settled);
      await turn();
      for (let steps = 0; !isSettled && steps < 100; steps += 1) await pass();
      if (!isSettled) throw new Error('no answer within ten seconds of fed time');
      return promise;
    },
  };
}

function turn(): Promise<unknown> {
  return new Promise((resolve) => setImmediate(resolve));
}
