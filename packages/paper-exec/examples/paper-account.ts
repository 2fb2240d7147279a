import { PaperAccount } from '@kb/paper-exec';

const account = new PaperAccount({
  pairs: [{ symbol: 'BTC/USD', pricePrecision: 1, qtyPrecision: 8 }],
  balances: { USD: '10000', BTC: '0.1' },
  fees: { maker: '0.0025', taker: '0.0040' },
  latencyMs: { feed: 10, entry: 20, ack: 10 },
  onReport: (report) => console.log(report),
});

const symbol = 'BTC/USD';
const at = (ms: number): string => new Date(Date.UTC(2026, 0, 1) + ms).toISOString();

account.onBook({ symbol, time: at(0), snapshot: true, bids: [['60000.0', '0.5']], asks: [['60000.1', '0.8']] });
account.place({ symbol, side: 'buy', price: '60000.0', size: '0.1', postOnly: true }); // joins behind 0.5
account.onTrade({ symbol, time: at(400), side: 'sell', price: '60000.0', size: '0.54' }); // 0.04 past the queue
account.onBook({ symbol, time: at(400), snapshot: false, bids: [['60000.0', '0']], asks: [] });
account.onTime(at(1_000));
console.log(account.balances());
