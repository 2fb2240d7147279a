import type { MarketView, Micros } from '@kb/model';
import type { CandlesInput, TradesInput } from '../core/feed-input.ts';
import type { BackfillEvent } from './backfill-events.ts';
import type { PastMarket } from './past-market.ts';

/** Something that is put right by calls, one at a time. */
export interface Repair {
  /** When its next call may be made, on our clock; infinity while there is none to make. */
  readonly due: number;
  /**
   * Makes its next call.
   * @returns What to do with the answer; `undefined` when it turned out that nothing is to be asked.
   */
  ask(signal: AbortSignal): Promise<() => void> | undefined;
  /** Its call failed. */
  fail(error: unknown): void;
  /** The venue may be within reach again: what waits because of a failure is due. */
  retry(): void;
}

export interface BackfillSettings {
  /** Most calls for the trades of one gap; 10 when left out. Kraken tells 1,000 trades a call. */
  readonly pages: number;
  /** How long a bar must have been over, in venue time, before the venue is believed to have it whole; 2 s when left out. */
  readonly margin: Micros;
  /** How long after a failure to try again, unless the venue asks for longer or a reconnect comes earlier; 60 s when left out. */
  readonly retryAfter: Micros;
}

/** What the repairs of a symbol share. */
export interface RepairContext extends BackfillSettings {
  readonly symbol: string;
  readonly rest: PastMarket;
  readonly market: MarketView;
  readonly now: () => Micros;
  /** The venue's clock, as the feed knows it; `undefined` before it does. */
  readonly venueNow: () => Micros | undefined;
  readonly supply: (input: CandlesInput | TradesInput) => void;
  readonly report: (event: BackfillEvent) => void;
}
