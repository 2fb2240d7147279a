import { FLOW_PRESETS } from '../flow/flow-parameters.ts';
import type { FlowParameters, FlowPreset } from '../flow/flow-parameters.ts';
import { ZeroIntelligence } from '../flow/zero-intelligence.ts';
import type { MakeFlow } from '../market/market.ts';
import type { TapeFeeder } from '../tape/tape-feeder.ts';
import { TapeFlow } from '../tape/tape-flow.ts';

/** What moves a market: a preset's name, parameters of your own, or a recording that holds the pair. */
export type MarketFlow = FlowPreset | FlowParameters | TapeFeeder;

/** How the flow of a market is made, at the start and again after a change of precision. */
export function flowMaker(flow: MarketFlow, seed: number): MakeFlow {
  if (typeof flow !== 'string' && 'follow' in flow) {
    return (matcher, { instrument }) => {
      const tape = new TapeFlow(matcher);
      flow.follow(instrument, tape);
      return tape;
    };
  }
  const parameters = typeof flow === 'string' ? FLOW_PRESETS[flow] : flow;
  return (matcher, { instrument }, startPrice, generation) =>
    // Another seed each time, or the market would live through the same again.
    new ZeroIntelligence({ instrument, flow: parameters, matcher, seed: seed + generation * 7919, startPrice });
}
