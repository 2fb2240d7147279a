import type { Instrument, Lots, Micros, PlaceIntent, Side, Ticks, TimeInForce } from '@kb/model';
import { NO_LOTS } from '@kb/model';
import type { ExactPlace } from '../queue/exact-place.ts';
import type { Trigger } from '../orders/trigger.ts';
import type { QueueLevel } from '../queue/queue-level.ts';
import type { Due } from './due-list.ts';
import type { Lane } from './lane.ts';

/** What one queue model believes of an order. */
export interface QueueState {
  /** Lots ahead of us at our price: fractional, and `Infinity` while the level has never been in view. */
  ahead: number;
  /** `ahead` as it was before the market message in hand moved it; not a number when the order was done by then. */
  before: number;
  /** Lots still working; 0 when the order is done in this model. */
  remaining: Lots;
  filled: Lots;
  /** Lots of it that hold its place: the slice that an iceberg shows, else all that remains. */
  slice: number;
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
  /** Where it stands. */
  readonly lane: Lane;
  readonly side: Side;
  readonly timeInForce: TimeInForce;
  readonly postOnly: boolean;
  /** As it was asked for. */
  readonly request: PlaceIntent;
  /** Lots that an iceberg shows; `undefined` for others. */
  displaySize: Lots | undefined;
  /** `undefined` where it has no limit, or none yet. */
  price: Ticks | undefined;
  /** The last price at which it trades where it has no limit; `undefined`: as far as anything is displayed. */
  protection: Ticks | undefined = undefined;
  /** Total asked for, filled part included. */
  size: Lots;
  /** Lots beyond the position that it may reduce: kept from the market while it takes, gone once it has. */
  withheld: Lots = NO_LOTS;
  /** Since when it holds its place, or waits for its trigger as it is: an earlier print cannot have met it. */
  arrivedAt: Micros;
  /** When it was created or last amended: touching a young order costs more. */
  changedAt: Micros;
  readonly states: readonly QueueState[];
  /** Where it rests; `undefined` before and after. */
  level: QueueLevel | undefined = undefined;
  /** What it waits for; `undefined` when it never did, or has been triggered. */
  trigger: Trigger | undefined = undefined;
  /** Set from its trigger on until it goes to the market. */
  isReleased = false;
  /** Its expiry, while that lies ahead. */
  expiry: Due | undefined = undefined;
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
    lane: Lane,
    request: PlaceIntent,
    arrivedAt: Micros,
    models: number,
  ) {
    this.clientOrderId = ids.clientOrderId;
    this.venueOrderId = ids.venueOrderId;
    this.instrument = instrument;
    this.lane = lane;
    this.side = request.side;
    this.timeInForce = request.timeInForce;
    this.postOnly = request.postOnly;
    this.request = request;
    this.displaySize = request.displaySize;
    this.price = request.price;
    this.size = request.size;
    this.arrivedAt = arrivedAt;
    this.changedAt = arrivedAt;
    const states: QueueState[] = [];
    for (let model = 0; model < models; model += 1) states.push(newState(request.size));
    this.states = states;
  }

  /** True while it waits out of the book: for its trigger, or to go to the market after it. */
  get isParked(): boolean {
    return this.trigger !== undefined || this.isReleased;
  }

  /** True while any queue model still has lots of it working. */
  isLive(): boolean {
    for (const state of this.states) if (state.remaining > 0) return true;
    return false;
  }

  /** Shows a slice in every model, as big as it may be: the order is about to rest. */
  showSlices(): void {
    const { displaySize } = this;
    if (displaySize === undefined) return;
    for (const state of this.states) state.slice = Math.min(displaySize, state.remaining);
  }

  /** Ends it in every model. */
  end(): void {
    for (const state of this.states) endState(state);
  }
}

function newState(remaining: Lots): QueueState {
  return {
    ahead: 0,
    before: 0,
    remaining,
    filled: NO_LOTS,
    slice: Number.POSITIVE_INFINITY,
    least: Number.POSITIVE_INFINITY,
    reached: 0,
    gapAhead: 0,
    fills: 0,
    ended: false,
  };
}

/** Ends an order in one queue model. */
export function endState(state: QueueState): void {
  state.remaining = NO_LOTS;
  state.ended = true;
}
