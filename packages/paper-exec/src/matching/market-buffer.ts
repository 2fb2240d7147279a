// oxlint-disable typescript/no-non-null-assertion -- hot path: the ring's bounds prove every index
import { micros, NO_LOTS, ticks } from '@kb/model';
import type {
  BookChanges,
  BookEvent,
  Level3Change,
  Level3Changes,
  Level3Event,
  Lots,
  Micros,
  Side,
  Ticks,
  TradeEvent,
} from '@kb/model';

/** A copy of one book message, waiting for its turn; reused. */
export class BufferedBook implements BookChanges {
  /** Venue time, never less than that of the message before: a channel's own sequence is never changed. */
  time: Micros = micros(0);
  seq = 0;
  snapshot = false;
  bidCount = 0;
  bidPrices: Ticks[] = [];
  bidSizes: Lots[] = [];
  askCount = 0;
  askPrices: Ticks[] = [];
  askSizes: Lots[] = [];

  copy(event: BookEvent, time: Micros): void {
    const { changes } = event;
    this.time = time;
    this.seq = event.seq;
    this.snapshot = changes.snapshot;
    const { bidCount, askCount } = changes;
    this.bidCount = bidCount;
    this.askCount = askCount;
    // A snapshot's long arrays are not kept in every slot that one has ever passed through.
    if (this.bidPrices.length > KEPT_LEVELS) {
      this.bidPrices = [];
      this.bidSizes = [];
    }
    if (this.askPrices.length > KEPT_LEVELS) {
      this.askPrices = [];
      this.askSizes = [];
    }
    for (let index = 0; index < bidCount; index += 1) {
      this.bidPrices[index] = changes.bidPrices[index]!;
      this.bidSizes[index] = changes.bidSizes[index]!;
    }
    for (let index = 0; index < askCount; index += 1) {
      this.askPrices[index] = changes.askPrices[index]!;
      this.askSizes[index] = changes.askSizes[index]!;
    }
  }
}

/** A copy of one message about single orders, waiting for its turn; reused. */
export class BufferedLevel3 implements Level3Changes {
  /** As that of `BufferedBook`. */
  time: Micros = micros(0);
  seq = 0;
  snapshot = false;
  readonly bids: Level3Change[] = [];
  readonly asks: Level3Change[] = [];
  /** Copies of changes that are not in use. */
  readonly #spare: ChangeCopy[] = [];

  copy(event: Level3Event, changes: Level3Changes, time: Micros): void {
    this.time = time;
    this.seq = event.seq;
    this.snapshot = changes.snapshot;
    this.#fill(this.bids, changes.bids);
    this.#fill(this.asks, changes.asks);
  }

  #fill(copies: Level3Change[], changes: readonly Level3Change[]): void {
    while (copies.length > changes.length) {
      const spare = copies.pop();
      if (spare !== undefined && this.#spare.length < KEPT_LEVELS) this.#spare.push(spare);
    }
    for (let index = 0; index < changes.length; index += 1) {
      const copy: ChangeCopy = copies[index] ?? this.#spare.pop() ?? { ...changes[index]! };
      Object.assign(copy, changes[index]!);
      copies[index] = copy;
    }
  }
}

type ChangeCopy = { -readonly [Key in keyof Level3Change]: Level3Change[Key] };

/** A copy of one print, waiting for its turn; reused. */
export class BufferedTrade {
  time: Micros = micros(0);
  /** As the venue said it, also when it came late. */
  venueTs: Micros = micros(0);
  tradeId = 0;
  price: Ticks = ticks(0);
  size: Lots = NO_LOTS;
  taker: Side = 'buy';

  copy(event: Pick<TradeEvent, 'venueTs' | 'tradeId' | 'price' | 'size' | 'taker'>, time: Micros): void {
    this.time = time;
    this.venueTs = event.venueTs;
    this.tradeId = event.tradeId;
    this.price = event.price;
    this.size = event.size;
    this.taker = event.taker;
  }
}

/** First in, first out, in slots that are made once and reused. Grows; who pushes keeps the bound. */
export class SlotQueue<Slot> {
  length = 0;
  readonly #make: () => Slot;
  #slots: Slot[];
  #head = 0;

  constructor(make: () => Slot) {
    this.#make = make;
    this.#slots = Array.from({ length: 16 }, make);
  }

  /** The oldest. */
  peek(): Slot | undefined {
    return this.length === 0 ? undefined : this.#slots[this.#head];
  }

  /** Adds a slot at the end, to be filled in by the caller. */
  push(): Slot {
    if (this.length === this.#slots.length) this.#grow();
    const slot = this.#slots[(this.#head + this.length) & (this.#slots.length - 1)]!;
    this.length += 1;
    return slot;
  }

  /** Removes the oldest; it stays as it is until the queue has gone round. */
  shift(): void {
    if (this.length === 0) return;
    this.#head = (this.#head + 1) & (this.#slots.length - 1);
    this.length -= 1;
  }

  #grow(): void {
    const old = this.#slots;
    const inOrder = [...old.slice(this.#head), ...old.slice(0, this.#head)];
    this.#slots = [...inOrder, ...Array.from({ length: old.length }, this.#make)];
    this.#head = 0;
  }
}

const KEPT_LEVELS = 256;
