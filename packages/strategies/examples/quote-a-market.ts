import { SkewedMarketMaker, StandaloneStrategy } from '@kb/strategies';
import type { PlainIntent } from '@kb/strategies';

const bot = new StandaloneStrategy({
  strategy: new SkewedMarketMaker({ symbol: 'BTC/USD', orderSizeUsd: 100, maxPositionUsd: 500 }),
  pair: { symbol: 'BTC/USD', pricePrecision: 1, qtyPrecision: 8, minQty: '0.00005', minCost: '0.5' },
  balances: { USD: '5000', BTC: '0.1' },
  fees: { maker: '0.0025', taker: '0.004' },
});
const send = (intents: PlainIntent[]): void => {
  for (const intent of intents) console.log(JSON.stringify(intent)); // your way to the exchange
};

send(bot.onBook({ time: '2026-01-01T00:00:00Z', snapshot: true, bids: [['29999.9', 0.8]], asks: [['30000.1', 0.5]] }));
send(bot.onReport({ type: 'accepted', clientOrderId: 'maker-1' }));
send(bot.onReport({ type: 'fill', clientOrderId: 'maker-1', side: 'buy', price: '29923.3', size: '0.00333333' }));
