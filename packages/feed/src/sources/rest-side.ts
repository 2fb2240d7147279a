import { micros, SECOND } from '@kb/model';
import type { Micros, SystemStatus } from '@kb/model';
import type { BackfillEvent } from '../backfill/backfill-events.ts';
import type { PastMarket } from '../backfill/past-market.ts';
import type { RestDepth } from '../delta/delta-monitor.ts';
import type { SyncFailures } from '../health/feed-health.ts';

/** What a `KrakenMarketFeed` asks over REST; `KrakenRest` is one. What a client cannot answer is not asked. */
export interface MarketRest extends PastMarket {
  /** @param options.deadline How long it may take with all its waits and repeats. */
  depth?(symbol: string, options: { readonly count: number; readonly deadline: Micros }): Promise<RestDepth>;
  systemStatus?(options: { readonly deadline: Micros }): Promise<{ readonly system: SystemStatus }>;
}

/** An answer that is older says nothing of the book as it is now. */
const DEADLINE = micros(10 * SECOND);

/** The client of a `KrakenMarketFeed`, whose failures are counted by what was asked. */
export class RestSide {
  readonly client: MarketRest;
  readonly #failedChecks = new Map<string, number>();
  readonly #failedBackfills = new Map<string, number>();

  constructor(client: MarketRest) {
    this.client = client;
  }

  get hasDepth(): boolean {
    return this.client.depth !== undefined;
  }

  get hasStatus(): boolean {
    return this.client.systemStatus !== undefined;
  }

  /** Asks for the best levels of a book. */
  async depth(symbol: string, count: number): Promise<RestDepth> {
    try {
      const asked = this.client.depth?.(symbol, { count, deadline: DEADLINE });
      if (asked === undefined) throw new TypeError('this client cannot ask for books');
      return await asked;
    } catch (error) {
      countOne(this.#failedChecks, symbol);
      throw error;
    }
  }

  async systemStatus(): Promise<SystemStatus> {
    const asked = this.client.systemStatus?.({ deadline: DEADLINE });
    if (asked === undefined) throw new TypeError('this client cannot ask for the state of the venue');
    return (await asked).system;
  }

  onBackfill({ symbol, outcome }: BackfillEvent): void {
    if (outcome === 'failed') countOne(this.#failedBackfills, symbol);
  }

  failuresOf(symbol: string): SyncFailures {
    return { crossChecks: this.#failedChecks.get(symbol) ?? 0, backfills: this.#failedBackfills.get(symbol) ?? 0 };
  }
}

function countOne(counts: Map<string, number>, symbol: string): void {
  counts.set(symbol, (counts.get(symbol) ?? 0) + 1);
}
