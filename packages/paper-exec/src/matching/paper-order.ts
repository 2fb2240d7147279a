import type { Instrument, Lots, Micros, Side, Ticks, TimeInForce } from '@kb/model';
import { NO_LOTS } from '@kb/model';
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
  /** `ahead` when the sweep in hand began. */
  sweepAhead: number;
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
  /** Number of the sweep that `sweepAt` and `sweepThrough` belong to. */
  sweep = 0;
  /** Lots that this sweep printed at our price and at worse ones. */
  sweepAt = 0;
  sweepThrough = 0;

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
      sweepAhead: 0,
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
