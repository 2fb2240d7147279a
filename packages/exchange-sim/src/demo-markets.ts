import { FLOW_PRESETS } from './flow/flow-parameters.ts';
import type { FlowParameters } from './flow/flow-parameters.ts';
import type { MarketOptions } from './exchange/market-options.ts';

/** A market like BTC/USD that moves enough to be watched: what `kb demo` trades on. */
export const DEMO_MARKET: MarketOptions = {
  instrument: {
    symbol: 'BTC/USD',
    pricePrecision: 1,
    qtyPrecision: 8,
    tickSize: '0.1',
    minQty: '0.0001',
    minCost: '0.50',
    costPrecision: 5,
  },
  flow: 'demo',
  startPrice: '60000.0',
};

/** What the local exchange lists unless told otherwise: the demo's market, and the same flow at two other price scales. */
export const DEMO_MARKETS: readonly MarketOptions[] = [
  DEMO_MARKET,
  {
    instrument: {
      symbol: 'ETH/USD',
      pricePrecision: 2,
      qtyPrecision: 8,
      tickSize: '0.01',
      minQty: '0.001',
      minCost: '0.50',
      costPrecision: 5,
    },
    flow: demoFlowScaled(20),
    startPrice: '3000.00',
  },
  {
    instrument: {
      symbol: 'XRP/USD',
      pricePrecision: 5,
      qtyPrecision: 8,
      tickSize: '0.00001',
      minQty: '1.65',
      minCost: '0.50',
      costPrecision: 5,
    },
    flow: demoFlowScaled(50_000),
    startPrice: '1.20000',
  },
];

/** The demo's flow with sizes in another base currency: so many of it are worth one bitcoin. */
function demoFlowScaled(perBitcoin: number): FlowParameters {
  const { demo } = FLOW_PRESETS;
  const { limitSize, marketSize } = demo;
  return {
    ...demo,
    limitSize: { ...limitSize, median: limitSize.median * perBitcoin },
    marketSize: { ...marketSize, median: marketSize.median * perBitcoin },
  };
}
