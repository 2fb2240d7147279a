import { SECOND } from '@kb/model';
import { QuotedMarket } from './quoted-market.ts';
import type { QuotedMarketOptions } from './quoted-market.ts';

export type TwinRunOptions = Omit<QuotedMarketOptions, 'isReal'>;

/**
 * The same market twice, from the same seeds: in one the strategy's orders are really there, in the other they are on paper only.
 * Both are the same until the first effect of an own order on others.
 */
export class TwinRun {
  readonly real: QuotedMarket;
  readonly paper: QuotedMarket;
  /** Seconds from the first quote until the mids differed; `undefined` while they do not. */
  divergedAfter: number | undefined;
  #firstQuote: number | undefined;

  constructor(options: TwinRunOptions) {
    this.real = new QuotedMarket({ ...options, isReal: true });
    this.paper = new QuotedMarket({ ...options, isReal: false, windows: [0], orders: false });
  }

  /** Runs both until their mids differ, at most until that time. */
  runToDivergence(until: number): void {
    for (let at = SECOND; at <= until && this.divergedAfter === undefined; at += SECOND) this.run(at);
  }

  /** Runs both until that time, in microseconds. */
  run(until: number): void {
    const { real, paper } = this;
    for (;;) {
      const at = Math.min(real.nextAt, paper.nextAt);
      if (at >= until) return;
      if (real.nextAt === at && real.isQuoteNext) this.#firstQuote ??= at;
      while (real.nextAt === at) real.step();
      while (paper.nextAt === at) paper.step();
      if (this.divergedAfter === undefined && this.#firstQuote !== undefined && real.mid !== paper.mid) {
        this.divergedAfter = (at - this.#firstQuote) / SECOND;
      }
    }
  }
}
