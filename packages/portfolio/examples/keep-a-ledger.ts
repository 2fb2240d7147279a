import { instrument } from '@kb/model';
import { Ledger } from '@kb/portfolio';

const bitcoin = instrument({ symbol: 'BTC/USD', pricePrecision: 1, qtyPrecision: 8 });
const ledger = new Ledger({ instruments: [bitcoin], balances: { USD: '10000', BTC: '0.5' }, reporting: 'USD' });

ledger.open({ 'BTC/USD': '30000.0' }); // the 0.5 BTC count from this price on
ledger.applyTrade({ id: 't1', symbol: 'BTC/USD', side: 'buy', price: '29990.0', qty: '0.02', fee: '1.4995' });
ledger.applyTrade({ id: 't2', symbol: 'BTC/USD', side: 'sell', price: '30010.0', qty: '0.01', fee: '0.75025' });
ledger.applyTrade({ id: 't2', symbol: 'BTC/USD', side: 'sell', price: '30010.0', qty: '0.01', fee: '0.75025' }); // again

const { qty, averagePrice } = ledger.position('BTC/USD');
console.log(
  `holds ${ledger.balance('BTC').toFixed()} BTC, of which ${qty.toFixed()} bought at ${averagePrice?.toFixed()}`,
);

const pnl = ledger.pnl({ 'BTC/USD': '30100.0' });
if (pnl !== undefined) {
  console.log(`P&L ${pnl.total.toFixed()} USD on equity of ${pnl.equity.toFixed()}`);
  console.log(`= realised ${pnl.realised.toFixed()} + unrealised ${pnl.unrealised.toFixed()}`);
  console.log(`+ inventory ${pnl.inventory.toFixed()} - fees ${pnl.fees.toFixed()}`);
}
console.log(`${ledger.fills} fills, ${ledger.duplicates} repeat ignored`);
