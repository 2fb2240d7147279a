import type { AmendIntent, CancelIntent, PlaceIntent } from './intent.ts';
import type { ExecutionReport } from './execution-report.ts';
import type { MarketEvent } from './market-event.ts';
import type { Side } from './side.ts';
import type { Lots, Micros, Ticks } from './units.ts';

/** What a venue takes: intents that name one order. */
export type VenueCommand = PlaceIntent | AmendIntent | CancelIntent;

/**
 * Where orders go: paper, shadow or the real exchange behind one interface.
 *
 * Nothing is answered at once: a command travels, and its reports come back through `drain` when they are due.
 */
export interface Venue {
  /** Moves the venue on by one public market event; a paper venue matches its resting orders here. */
  onEvent(event: MarketEvent): void;
  /** Sends a command decided while handling an event of venue time `decidedAt`; the venue adds its own latency legs. */
  submit(command: VenueCommand, decidedAt: Micros): void;
  /**
   * Hands over every report that has reached us by the time an event of venue time `now` does, in order.
   * @param recvTs Our clock at that moment; becomes the reports' `recvTs`.
   */
  drain(now: Micros, recvTs: Micros, sink: (report: ExecutionReport) => void): void;
  /** How much of the public book at a price is our own; 0 where the public book does not hold our orders. */
  ownDisplayed(symbol: string, side: Side, price: Ticks): Lots;
}
