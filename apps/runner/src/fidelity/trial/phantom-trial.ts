import { KeyedRandom, lots, SECOND, ticks } from '@kb/model';
import type { Instrument } from '@kb/model';
import type { TrialOrder } from '../estimate/estimator.ts';
import { LOOKS, OutcomeTable } from '../measure/outcome-table.ts';
import type { ContextName, Outcome } from '../measure/outcome-table.ts';
import type { BookSide, OrderRow } from '../order-row.ts';
import { TrueBook } from '../truth/true-book.ts';
import { TruePhantoms } from '../truth/true-phantoms.ts';
import type { TruePhantom } from '../truth/true-phantoms.ts';
import { ActionQueue } from './action-queue.ts';
import { Audience } from './audience.ts';
import type { Column } from './audience.ts';
import { MidHistory } from './mid-history.ts';
import { TakerProbes } from './taker-probes.ts';

export interface PhantomTrialOptions {
  readonly pair: Instrument;
  /** Microseconds over which the public book is merged, each a stream of its own; 0 merges nothing. */
  readonly windows: readonly number[];
  readonly seed: number;
  /** Phantoms a second, on average. */
  readonly perSecond: number;
  /** When the first may be placed, in microseconds of the rows. */
  readonly from: number;
  /** Time at which the first block of five minutes begins. */
  readonly start: number;
}

/** An audience with the place of its first column, and the takers that read the same stream. */
interface Seat {
  readonly audience: Audience;
  readonly first: number;
  readonly probes: TakerProbes;
}

interface Phantom {
  readonly order: TrialOrder;
  readonly truth: TruePhantom;
  readonly placedAt: number;
  readonly endsAt: number;
  readonly context: Omit<Record<ContextName, number>, 'move'>;
  /** By column: microseconds of the first fill, lots filled, and queue errors by look. */
  readonly filledAt: Float64Array;
  readonly filled: Float64Array;
  readonly queue: readonly Float64Array[];
}

/**
 * Orders that are not there, placed at random into a market of which every order is known; beside the truth, what each
 * estimator makes of them from the public stream. One pass over the rows; only orders that wait are kept.
 *
 * Half of them join the best, three of ten stand one or two ticks behind it, and two of ten inside the spread where there is
 * room. Four of five are cancelled after 30 s, one after 300 s.
 */
export class PhantomTrial {
  readonly table: OutcomeTable;
  /** Rows, and public messages over all streams. */
  rows = 0;
  readonly #options: PhantomTrialOptions;
  readonly #random: KeyedRandom;
  readonly #book = new TrueBook();
  readonly #truth = new TruePhantoms(this.#book);
  readonly #mids = new MidHistory(400 * SECOND);
  readonly #actions = new ActionQueue();
  readonly #phantoms = new Map<number, Phantom>();
  readonly #seats: readonly Seat[];
  readonly #columns: number;
  #number = 0;
  #now = 0;
  #rate = 0;
  /** Hidden executions at the price of a waiting phantom or a worse one, which are no fills. */
  hiddenMeetings = 0;
  hiddenExecutions = 0;

  constructor(options: PhantomTrialOptions) {
    this.#options = options;
    this.#random = new KeyedRandom(options.seed, 'phantoms');
    const columns: Column[] = [];
    this.#seats = options.windows.map((window) => this.#open(window, columns));
    this.#columns = columns.length;
    this.table = new OutcomeTable(columns);
    this.#now = options.start;
    this.#actions.add(options.from, (time) => this.#place(time));
    this.#actions.add(options.from + PROBE_EVERY, (time) => this.#probe(time));
  }

  get messages(): number {
    return this.#seats.reduce((sum, { audience }) => sum + audience.stream.messages, 0);
  }

  get executions(): number {
    return this.#book.executions;
  }

  get outOfTurn(): number {
    return this.#book.outOfTurn;
  }

  get probes(): readonly TakerProbes[] {
    return this.#seats.map(({ probes }) => probes);
  }

  row(row: OrderRow): void {
    const { time, kind } = row;
    if (time > this.#now) this.#until(time);
    this.rows += 1;
    this.#truth.before(row);
    if (kind === 'hidden') {
      this.hiddenExecutions += 1;
      return;
    }
    this.#book.apply(row);
    const total = this.#book.total(row.side, row.price);
    for (const { audience } of this.#seats) audience.row(row, total);
    const mid = this.#book.mid();
    if (mid !== undefined) this.#mids.add(time, mid);
    this.#rate += 1 / RATE_SECONDS;
  }

  /** Does what is due before a time; what is due at an instant comes after all that happened in it. */
  #until(time: number): void {
    while (this.#actions.nextAt < time) {
      this.#advance(this.#actions.nextAt);
      this.#actions.run();
    }
    this.#advance(time);
    this.#rate *= Math.exp((this.#now - time) / (RATE_SECONDS * SECOND));
    this.#now = time;
  }

  #advance(time: number): void {
    for (const { audience } of this.#seats) audience.stream.advance(time);
  }

  #place(at: number): void {
    const random = this.#random;
    const number = this.#number;
    this.#number += 1;
    const gap = (-Math.log(1 - random.at(number, 0)) / this.#options.perSecond) * SECOND;
    this.#actions.add(at + Math.max(1, Math.round(gap)), (time) => this.#place(time));
    const side: BookSide = random.at(number, 1) < 0.5 ? 'buy' : 'sell';
    const [bid, ask] = [this.#book.best('buy'), this.#book.best('sell')];
    if (bid === undefined || ask === undefined || bid >= ask) return;
    const tick = this.#options.pair.tickSize;
    const spread = Math.round((ask - bid) / tick);
    const distance = distanceAt(random.at(number, 2), spread);
    const price = side === 'buy' ? bid - distance * tick : ask + distance * tick;
    const life = random.at(number, 3) < 0.8 ? 30 : 300;
    const order: TrialOrder = { number, side, price: ticks(price), size: lots(1) };
    const truth = this.#truth.place(side, price, order.size);
    const context = {
      block: Math.floor((at - this.#options.start) / BLOCK),
      life,
      distance,
      spread,
      ahead: this.#truth.ahead(truth),
      rate: this.#rate * Math.exp((this.#now - at) / (RATE_SECONDS * SECOND)),
      volatility: this.#mids.moved(at - 60 * SECOND),
    };
    const columns = (value: number): Float64Array => new Float64Array(this.#columns).fill(value);
    const queue = LOOKS.map(() => columns(Number.NaN));
    const endsAt = at + life * SECOND;
    const phantom = {
      order,
      truth,
      placedAt: at,
      endsAt,
      context,
      filledAt: columns(Number.NaN),
      filled: columns(0),
      queue,
    };
    this.#phantoms.set(number, phantom);
    for (const { audience } of this.#seats) audience.place(order, at);
    for (const [look, seconds] of LOOKS.entries()) {
      if (seconds < life) this.#actions.add(at + seconds * SECOND, () => this.#lookAtQueue(phantom, look));
    }
    this.#actions.add(endsAt, (time) => this.#end(phantom, time));
  }

  /** How far the estimated places are from the true one, while it waits in both. */
  #lookAtQueue({ order, truth, queue }: Phantom, look: number): void {
    if (truth.left === 0) return;
    const ahead = this.#truth.ahead(truth);
    const total = this.#book.total(truth.side, truth.price);
    if (total === 0) return;
    const errors = queue[look];
    if (errors === undefined) return;
    for (const { audience, first } of this.#seats) {
      audience.aheads(order, (column, estimate) => {
        errors[first + column] = (estimate - ahead) / total;
      });
    }
  }

  #end(phantom: Phantom, at: number): void {
    this.#truth.cancel(phantom.truth);
    this.hiddenMeetings += phantom.truth.hidden;
    for (const { audience } of this.#seats) audience.cancel(phantom.order, at);
    // By then the mid after the last possible fill is known, and estimators that wait for messages have heard them.
    this.#actions.add(at + (LAST_LOOK + 1) * SECOND, () => this.#resolve(phantom));
  }

  #resolve(phantom: Phantom): void {
    const { order, truth, placedAt, context } = phantom;
    this.#phantoms.delete(order.number);
    const move = this.#moveFrom(placedAt, 30, order.side);
    this.table.push(
      { ...context, move },
      this.#outcome(phantom, truth.filledAt, truth.size - truth.left, []),
      Array.from({ length: this.#columns }, (_, column) =>
        this.#outcome(
          phantom,
          phantom.filledAt[column] ?? Number.NaN,
          phantom.filled[column] ?? 0,
          phantom.queue.map((errors) => errors[column] ?? Number.NaN),
        ),
      ),
    );
  }

  #outcome({ order, placedAt }: Phantom, filledAt: number, filled: number, queue: readonly number[]): Outcome {
    return {
      fill: (filledAt - placedAt) / SECOND,
      share: filled / order.size,
      marks: LOOKS.map((seconds) => this.#moveFrom(filledAt, seconds, order.side)),
      queue,
    };
  }

  /** How the mid moved from just before a time, in ticks towards the profit of that side. */
  #moveFrom(time: number, seconds: number, side: BookSide): number {
    if (Number.isNaN(time)) return Number.NaN;
    const move = this.#mids.before(time + seconds * SECOND) - this.#mids.before(time);
    return (side === 'buy' ? move : -move) / this.#options.pair.tickSize;
  }

  #probe(at: number): void {
    // Off the whole seconds, at which the ends of windows lie.
    const gap = PROBE_EVERY + Math.floor(this.#random.at(at, 12) * SECOND);
    this.#actions.add(at + gap, (time) => this.#probe(time));
    const side: BookSide = this.#random.at(at, 10) < 0.5 ? 'buy' : 'sell';
    const facing = side === 'buy' ? 'sell' : 'buy';
    const best = this.#book.best(facing);
    if (best === undefined) return;
    // From a tenth of the best level to three times of it.
    const size = Math.max(1, Math.round(this.#book.total(facing, best) * (0.1 + 2.9 * this.#random.at(at, 11))));
    const average = this.#book.averagePrice(facing, size);
    if (average === undefined) return;
    for (const { probes, audience } of this.#seats) probes.send(audience.stream, side, size, average, at);
  }

  #open(window: number, columns: Column[]): Seat {
    const { pair } = this.#options;
    const first = columns.length;
    const probes = new TakerProbes(pair, window);
    const onFill = (number: number, column: number, at: number, size: number): void =>
      this.#filled(number, first + column, at, size);
    const audience = new Audience({ pair, window, orders: true, apart: true, onFill, others: [probes] });
    columns.push(...audience.columns);
    return { audience, first, probes };
  }

  #filled(number: number, column: number, at: number, size: number): void {
    const phantom = this.#phantoms.get(number);
    if (phantom === undefined || at > phantom.endsAt) return;
    if (Number.isNaN(phantom.filledAt[column])) phantom.filledAt[column] = at;
    phantom.filled[column] = (phantom.filled[column] ?? 0) + size;
  }
}

const BLOCK = 300 * SECOND;
const PROBE_EVERY = 20 * SECOND;
const RATE_SECONDS = 10;
const LAST_LOOK = LOOKS[2];

/** Ticks behind the best for a uniform number; −1 is inside the spread. */
function distanceAt(u: number, spread: number): number {
  if (u < 0.2) return spread > 1 ? -1 : 0;
  if (u < 0.7) return 0;
  return u < 0.85 ? 1 : 2;
}
