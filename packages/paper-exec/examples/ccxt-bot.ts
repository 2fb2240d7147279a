import { ccxt } from '@kb/paper-exec'; // was: import ccxt from 'ccxt';

const exchange = new ccxt.pro.kraken({
  pairs: [{ symbol: 'BTC/USD', pricePrecision: 1, qtyPrecision: 8 }],
  balances: { USD: '10000' },
  fees: { maker: '0.0025', taker: '0.0040' },
  latencyMs: { feed: 10, entry: 20, ack: 10 },
});

async function bot(symbol: string): Promise<void> {
  const { bids } = await exchange.fetchOrderBook(symbol);
  const order = await exchange.createLimitBuyOrder(symbol, 0.1, bids[0]?.[0] ?? 0, { postOnly: true });
  const [trade] = await exchange.watchMyTrades(symbol);
  console.log(trade?.takerOrMaker, trade?.price, trade?.amount);
  await exchange.cancelOrder(order.id, symbol);
  console.log((await exchange.fetchBalance())['BTC']);
}

// The market, which would come from your feed: `exchange.follow(fanOut)`, or books and trades as ccxt has them.
const [symbol, start] = ['BTC/USD', Date.UTC(2026, 0, 1)];
const turn = (): Promise<unknown> => new Promise((resolve) => setImmediate(resolve));

exchange.onBook({ symbol, timestamp: start, bids: [[60000, 0.5]], asks: [[60000.1, 0.8]] });
const finished = bot(symbol);
await turn();
exchange.onTrade({ symbol, timestamp: start + 400, side: 'sell', price: 60000, amount: 0.54 });
exchange.onBook({ symbol, timestamp: start + 400, bids: [], asks: [[60000.1, 0.8]] });
for (let seconds = 1; seconds < 4; seconds += 1) {
  exchange.onTime(start + seconds * 1000);
  await turn();
}
await finished;
