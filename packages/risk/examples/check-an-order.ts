import { instrument, micros } from '@kb/model';
import { RiskEngine } from '@kb/risk';
import type { PlainOrder } from '@kb/risk';

const bitcoin = instrument({
  symbol: 'BTC/USD',
  pricePrecision: 1,
  qtyPrecision: 8,
  minQty: '0.00005',
  minCost: '0.5',
});
const risk = new RiskEngine({ maxOrderNotional: { USD: '500' }, maxPosition: { 'BTC/USD': '0.02' } });

function ask(seconds: number, order: PlainOrder): void {
  const now = micros(seconds * 1_000_000);
  const decision = risk.checkOrder(order, {
    instrument: bitcoin,
    now,
    position: '0.012',
    openOrders: [{ side: 'buy', price: '29900.0', qty: '0.004' }],
    mark: '30000.05',
    dataLive: true,
    bookTs: now,
  });
  console.log(`${order.side} ${order.qty}: ${decision.ok ? 'send it' : `${decision.code}, ${decision.text}`}`);
}

ask(1, { side: 'buy', price: '29950.0', qty: '0.004' });
ask(1, { side: 'buy', price: '29950.0', qty: '0.003' }); // at once: one order a second is kept for exits
ask(3, { side: 'buy', price: '29950.0', qty: '0.005' });
ask(4, { side: 'buy', price: '29950.05', qty: '0.001' });
ask(5, { side: 'sell', qty: '0.04' });
risk.kill('operator');
ask(6, { side: 'sell', qty: '0.012' });
