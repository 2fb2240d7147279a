import type { Instrument, Lots, Micros, Side, Ticks, TimeInForce } from '@kb/model';
import { NO_LOTS } from '@kb/model';
import type { ExactPlace } from '../queue/exact-place.ts';
import type { QueueLevel } from '../queue/queue-level.ts';

/** What one queue model believes of an order. */
export interface QueueState {
  /** Lots ahead of us at our price: fractional, and `Infinity` while the level has never been in view. */
  ahead: number;
  /** `ahead` as it was before the market message in hand moved it; not a number when the order was done by then. */
  before: number;
  /** Lots still working; 0 when the order is done in this model. */
  remaining: Lots;
  filled: Lots;
  /** Least lots ahead that it ever had at its price. */
  least: number;
  /** What the sweep in hand had left after the queue ahead. */
  reached: number;
  /** `ahead` when the feed's last gap began, less what is known to have traded in it. */
  gapAhead: number;
  fills: number;
  /** Set when what remained was taken back, so that a later amend does not bring it to life again. */
  ended: boolean;
}

/** An own order at the venue, with one state per queue model. */
export class PaperOrder {
  readonly clientOrderId: string;
  readonly venueOrderId: string;
  readonly instrument: Instrument;
  readonly side: Side;
  readonly timeInForce: TimeInForce;
  readonly postOnly: boolean;
  /** `undefined` for a market order. */
  price: Ticks | undefined;
  /** Total asked for, filled part included. */
  size: Lots;
  /** Since when it holds its place: an earlier print cannot have met it. */
  arrivedAt: Micros;
  readonly states: readonly QueueState[];
  /** Where it rests; `undefined` before and after. */
  level: QueueLevel | undefined = undefined;
  /** False once the strategy has been told that the order ended; other models may still hold it. */
  open = true;
  /** Number of the sweep that the states' `reached` belongs to. */
  sweep = 0;
  /** Inferred orders with a lower number stood here before us. */
  mark = 0;
  /** Lots of those that are left, as far as can be inferred. */
  inferredAhead = 0;
  /** Mean hazard of a lot ahead and of one behind, when somebody here cancelled last. */
  hazardAhead = 1;
  hazardBehind = 1;
  /** Its place among the real orders, where they are told. */
  place: ExactPlace | undefined = undefined;
  /** True when it stood through a gap of the feed: its place is known between bounds only. */
  uncertain = false;
  /** Since when it rests, at whatever price; `undefined` before. */
  restedAt: Micros | undefined = undefined;
  /** Lots that printed at its price, and at worse ones, while it rested. */
  tradedAt = 0;
  tradedThrough = 0;
  /** Ticks between it and the other side's best at their closest; `Infinity` before any best was seen. */
  closest: number = Number.POSITIVE_INFINITY;

  constructor(
    ids: { readonly clientOrderId: string; readonly venueOrderId: string },
    instrument: Instrument,
    request: {
      readonly side: Side;
      readonly price: Ticks | undefined;
      readonly size: Lots;
      readonly timeInForce: TimeInForce;
      readonly postOnly: boolean;
    },
    arrivedAt: Micros,
    models: number,
  ) {
    this.clientOrderId = ids.clientOrderId;
    this.venueOrderId = ids.venueOrderId;
    this.instrument = instrument;
    this.side = request.side;
    this.timeInForce = request.timeInForce;
    this.postOnly = request.postOnly;
    this.price = request.price;
    this.size = request.size;
    this.arrivedAt = arrivedAt;
    this.states = Array.from({ length: models }, () => ({
      ahead: 0,
      before: 0,
      remaining: request.size,
      filled: NO_LOTS,
      least: Number.POSITIVE_INFINITY,
      reached: 0,
      gapAhead: 0,
      fills: 0,
      ended: false,
    }));
  }

  /** True while any queue model still has lots of it working. */
  isLive(): boolean {
    for (const state of this.states) if (state.remaining > 0) return true;
    return false;
  }

  /** Ends it in every model. */
  end(): void {
    for (const state of this.states) endState(state);
  }
}

/** Ends an order in one queue model. */
export function endState(state: QueueState): void {
  state.remaining = NO_LOTS;
  state.ended = true;
}
