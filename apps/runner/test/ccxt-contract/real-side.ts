import { DEMO_MARKET, startExchange } from '@kb/exchange-sim';
import ccxt from 'ccxt';
import type { BotWorld } from './bot.ts';
import { SYMBOL } from './bot.ts';

/** ccxt as it comes from npm, told nothing but other addresses, and the local exchange without a flow. */
export async function realSide(): Promise<BotWorld & { close(): Promise<void> }> {
  const running = await startExchange({
    markets: [{ ...DEMO_MARKET, flow: 'none' }],
    accounts: [
      { name: 'alice', balances: BALANCES },
      { name: 'bob', balances: BALANCES },
      { name: 'carol', balances: BALANCES },
    ],
    seed: 5,
    rateLimits: false,
  });
  const { restUrl, wsUrl } = running;
  const kraken = new ccxt.pro.kraken({
    ...running.credentials('alice'),
    enableRateLimit: false,
    urls: {
      api: {
        public: restUrl,
        private: restUrl,
        ws: { public: wsUrl, private: wsUrl, publicV2: `${wsUrl}/v2`, privateV2: `${wsUrl}/v2` },
      },
    },
  });
  await kraken.loadHttpProxyAgent(); // ccxt refuses sockets that are not encrypted without it
  const place = (who: string, side: 'buy' | 'sell', qty: string, price: string): void => {
    const { desk } = running.exchange;
    const limitPrice = { value: price, type: 'static' } as const;
    const answer = desk.place(who, { symbol: SYMBOL, kind: 'limit', side, qty, limitPrice }, running.exchange.now());
    if (!answer.ok) throw new Error(`${who} could not ${side}`);
    running.exchange.flush();
  };
  return {
    exchange: kraken,
    open: async () => {
      place('bob', 'buy', '0.5', '60000.0');
      place('bob', 'sell', '0.9', '60000.1');
      place('carol', 'buy', '0.1', '60000.1');
    },
    sell: async () => place('carol', 'sell', '0.55', '60000.0'),
    answer: (promise) => promise,
    close: async () => {
      await kraken.close();
      await running.close();
    },
  };
}

export const BALANCES = { USD: '100000', BTC: '2' };
