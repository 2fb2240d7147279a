import { FLOW_PRESETS } from '../flow/flow-parameters.ts';
import type { FlowParameters, FlowPreset } from '../flow/flow-parameters.ts';
import type { Flow } from '../flow/flow.ts';
import { QueueReactive } from '../flow/queue-reactive.ts';
import type { S2Parameters } from '../flow/s2-parameters.ts';
import { s2For } from '../flow/s2-presets.ts';
import type { S2Style } from '../flow/s2-presets.ts';
import { ZeroIntelligence } from '../flow/zero-intelligence.ts';
import { DOLLARS } from '../listings/dollars.ts';
import type { MakeFlow } from '../market/market.ts';
import type { TapeFeeder } from '../tape/tape-feeder.ts';
import { TapeFlow } from '../tape/tape-flow.ts';

/**
 * What moves a market: a style of S2, sized for the pair; a preset of S1; parameters of either of your own; a recording that holds
 * the pair; or `none`: an empty book in which nothing happens but what clients send.
 */
export type MarketFlow = S2Style | S2Parameters | FlowPreset | FlowParameters | TapeFeeder | 'none';

/** How the flow of a market is made, at the start and again after a change of precision. */
export function flowMaker(flow: MarketFlow, seed: number): MakeFlow {
  if (flow === 'none') return () => NO_FLOW;
  if (typeof flow !== 'string' && 'follow' in flow) {
    return (matcher, { instrument }) => {
      const tape = new TapeFlow(matcher);
      flow.follow(instrument, tape);
      return tape;
    };
  }
  return (matcher, { instrument }, startPrice, generation): Flow => {
    // Another seed each time, or the market would live through the same again.
    const common = { instrument, matcher, seed: seed + generation * 7919, startPrice };
    if (typeof flow === 'string' && isPreset(flow))
      return new ZeroIntelligence({ ...common, flow: FLOW_PRESETS[flow] });
    if (typeof flow !== 'string') {
      return 'clustering' in flow ? new QueueReactive({ ...common, flow }) : new ZeroIntelligence({ ...common, flow });
    }
    const unit = 10 ** instrument.pricePrecision;
    const scale = {
      price: startPrice / unit,
      tickSize: instrument.tickSize / unit,
      perDollar: 1 / Number(DOLLARS[instrument.quote] ?? 1),
    };
    return new QueueReactive({ ...common, flow: s2For(scale, flow) });
  };
}

const NO_FLOW: Flow = Object.freeze({ nextAt: Infinity, step: () => undefined, reference: undefined, counts: {} });

function isPreset(name: S2Style | FlowPreset): name is FlowPreset {
  return name in FLOW_PRESETS;
}
