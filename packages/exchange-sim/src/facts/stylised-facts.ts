import { priceToTicks } from '@kb/model';
import { flowMaker } from '../exchange/market-flow.ts';
import { standardMarkets } from '../exchange/standard-markets.ts';
import type { FlowPreset } from '../flow/flow-parameters.ts';
import { FLOW_PRESETS } from '../flow/flow-parameters.ts';
import { QueueReactive } from '../flow/queue-reactive.ts';
import { s2For } from '../flow/s2-presets.ts';
import type { S2Style } from '../flow/s2-presets.ts';
import { DOLLARS } from '../listings/dollars.ts';
import { listingFor } from '../listings/make-listing.ts';
import { factsOf } from './facts.ts';
import type { Fact } from './facts.ts';
import { recordMarket } from './market-record.ts';

export interface StylisedFactsOptions {
  /** One of Kraken's pairs, by v2 symbol. */
  readonly pair: string;
  /** What moves it: a style of S2 or a preset of S1. */
  readonly flow: S2Style | FlowPreset;
  readonly seed: number;
  /** Simulated seconds; rows that need more are told as not applicable. */
  readonly seconds: number;
  /** Called, and waited for, now and then with the share that is done. @returns False to end it there. */
  readonly onProgress?: (share: number) => Promise<boolean>;
}

/**
 * Runs a market by itself, as fast as it goes, and computes the checklist of stylised facts from all that happened in it.
 * @returns `undefined` when `onProgress` ended it.
 * @throws SimError (rejects) `KB_SIM_UNKNOWN_SYMBOL`.
 */
export async function stylisedFacts(options: StylisedFactsOptions): Promise<Fact[] | undefined> {
  const { pair, flow, seed, seconds, onProgress } = options;
  const [market] = standardMarkets([pair], () => flow);
  if (market === undefined) return [];
  const listing = listingFor(market.instrument);
  const { instrument } = listing;
  const startPrice = priceToTicks(instrument, market.startPrice);
  const unit = 10 ** instrument.pricePrecision;
  const record = await recordMarket({
    tickSize: instrument.tickSize,
    seconds,
    ...(onProgress === undefined ? {} : { onProgress }),
    makeFlow: (matcher, metaorders) => {
      if (isPreset(flow)) return flowMaker(flow, seed)(matcher, listing, startPrice, 0);
      const scale = {
        price: startPrice / unit,
        tickSize: instrument.tickSize / unit,
        perDollar: 1 / Number(DOLLARS[instrument.quote] ?? 1),
      };
      const parameters = s2For(scale, flow);
      return new QueueReactive({ instrument, flow: parameters, matcher, seed, startPrice, metaorders });
    },
  });
  return record === undefined ? undefined : factsOf(record);
}

function isPreset(flow: S2Style | FlowPreset): flow is FlowPreset {
  return flow in FLOW_PRESETS;
}
