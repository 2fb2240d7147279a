import {
  instrument,
  KeyedRandom,
  lotsToQty,
  ModelError,
  notional,
  priceToTicks,
  qtyToLots,
  ticksToPrice,
} from '@kb/model';

const bitcoin = instrument({
  symbol: 'BTC/USD',
  pricePrecision: 1,
  qtyPrecision: 8,
  tickSize: '0.1',
  minQty: '0.00005',
});

const price = priceToTicks(bitcoin, '45285.2'); // 452852, a whole number of ticks
const size = qtyToLots(bitcoin, '0.00100000'); // 100000 lots
console.log(
  `${ticksToPrice(bitcoin, price)} × ${lotsToQty(bitcoin, size)} = ${notional(price, size)} steps of 10^-9 USD`,
);

try {
  priceToTicks(bitcoin, '45285.25');
} catch (error) {
  if (error instanceof ModelError) console.log(`${error.code}: ${error.message}`);
}

const latency = new KeyedRandom(42, 'latency');
console.log(`order 7 draws ${latency.at(7).toFixed(6)}, whatever was drawn before: ${latency.at(7).toFixed(6)}`);
