import { Probe, SkewedMarketMaker } from '@kb/strategies';
import type { Strategy } from '@kb/strategies';

/** Which strategy runs on which pair. */
export interface StrategyConfig {
  /** Up to eight letters and digits; order ids start with it. */
  readonly id: string;
  readonly use: StrategyName;
  readonly symbol: string;
  /** The strategy's own parameters; what is left out takes its default. */
  readonly params: Readonly<Record<string, unknown>>;
}

export const STRATEGY_NAMES = ['maker', 'probe'] as const;
export type StrategyName = (typeof STRATEGY_NAMES)[number];

/** Makes a strategy from its configuration. @throws StrategyError when a parameter is wrong. */
export function createStrategy({ id, use, symbol, params }: StrategyConfig): Strategy {
  switch (use) {
    case 'maker':
      return new SkewedMarketMaker({ ...params, id, symbol });
    case 'probe':
      return new Probe({ ...params, id, symbol });
  }
}
