import { KeyedRandom, micros, SECOND, ticks } from '@kb/model';
import type { Instrument, Lots, Micros, Side, Ticks } from '@kb/model';
import type { Matcher } from '../matching/matcher.ts';
import { exp, ln, power } from './arithmetic.ts';
import { checkFlow } from './flow-parameters.ts';
import type { FlowParameters } from './flow-parameters.ts';
import type { Flow } from './flow.ts';
import { lifetimeTable, normalTable, WeightedPick } from './quantile-table.ts';
import type { QuantileTable } from './quantile-table.ts';
import { SizeSource } from './size-source.ts';
import { TimerHeap } from './timer-heap.ts';

/** How many events of each kind have happened. A type, not an interface: only that may stand for a `Record`. */
export type FlowCounts = {
  limits: number;
  markets: number;
  cancels: number;
  partialCancels: number;
  sweeps: number;
  referenceSteps: number;
  /** Orders that takers sent to follow the reference. */
  arbitrages: number;
  /** Orders added because a side had too few levels. */
  refills: number;
};

export interface ZeroIntelligenceOptions {
  readonly instrument: Instrument;
  readonly flow: FlowParameters;
  /** Where orders go. The generator shares it with whoever else trades there. */
  readonly matcher: Matcher;
  readonly seed: number;
  /** Where the market starts. */
  readonly startPrice: Ticks;
  /** Time of the first book; 0 when left out. */
  readonly start?: Micros;
}

/**
 * Order flow without intent (S1): limit orders by distance, market orders in runs of one sign, cancels biased to young
 * orders. Seeded: the next event, and when it comes, are a function of the state and the seed alone.
 *
 * Arrivals are a Poisson process with a rate that jumps at market orders and decays, sampled exactly by thinning; each order
 * draws its lifetime when it is placed, so that a cancel costs a heap operation and no search. Source: Cont, Stoikov and
 * Talreja (2010), with the extensions that `FlowParameters` names.
 */
export class ZeroIntelligence implements Flow {
  readonly counts: FlowCounts = {
    limits: 0,
    markets: 0,
    cancels: 0,
    partialCancels: 0,
    sweeps: 0,
    referenceSteps: 0,
    arbitrages: 0,
    refills: 0,
  };
  readonly #flow: FlowParameters;
  readonly #matcher: Matcher;
  readonly #arrivals: KeyedRandom;
  readonly #orders: KeyedRandom;
  readonly #cancelDraws: KeyedRandom;
  readonly #tick: number;

  readonly #distance: WeightedPick;
  /** Distance k in ticks, and one past the last. */
  readonly #distanceTicks: Float64Array;
  readonly #limitSizes: SizeSource;
  readonly #marketSizes: SizeSource;
  readonly #lifetimes: QuantileTable;
  readonly #normal: QuantileTable;
  readonly #limitsPerSecond: number;
  readonly #flowPerSecond: number;
  readonly #stepsPerSecond: number;
  readonly #sweepsPerSecond: number;

  readonly #cancels = new TimerHeap();
  #arrival = 0;
  #arrivalAt: number;
  #arrivalBound = 0;
  /** x of the excitation, as of `#excitedAt`. */
  #excitement = 0;
  #excitedAt: number;
  #takerSide: Side = 'buy';
  #runLeft = 0;
  #referenceTicks: number;

  /** Places the first book. @throws SimError `KB_SIM_BAD_OPTION`. */
  constructor({ instrument, flow, matcher, seed, startPrice, start = micros(0) }: ZeroIntelligenceOptions) {
    checkFlow(flow);
    this.#flow = flow;
    this.#matcher = matcher;
    this.#arrivals = new KeyedRandom(seed, `${instrument.symbol} arrivals`);
    this.#orders = new KeyedRandom(seed, `${instrument.symbol} orders`);
    this.#cancelDraws = new KeyedRandom(seed, `${instrument.symbol} cancels`);
    this.#tick = instrument.tickSize;

    const ranks = Array.from({ length: flow.distances }, (_, index) => index + 1);
    this.#distance = new WeightedPick(ranks.map((k) => power(k, -flow.distanceExponent)));
    this.#distanceTicks = distances(flow.distances, flow.distanceGrowth);
    this.#limitSizes = new SizeSource(instrument, flow.limitSize, flow.roundSizeShare);
    this.#marketSizes = new SizeSource(instrument, flow.marketSize, 0);
    this.#lifetimes = lifetimeTable(flow.cancelRate, flow.youngCancelMultiple, flow.youngCancelSeconds);
    this.#normal = normalTable();
    this.#limitsPerSecond = 2 * flow.limitRate * this.#distance.total;
    this.#flowPerSecond = this.#limitsPerSecond + 2 * flow.marketRate;
    this.#stepsPerSecond = flow.reference?.stepsPerSecond ?? 0;
    this.#sweepsPerSecond = flow.sweeps?.rate ?? 0;

    this.#arrivalAt = start;
    this.#excitedAt = start;
    this.#referenceTicks = startPrice;
    this.#placeFirstBook(start, startPrice);
    this.#drawArrival();
  }

  /** When the next event is due. */
  get nextAt(): Micros {
    this.#dropFilled();
    return micros(Math.min(this.#arrivalAt, this.#cancels.nextTime));
  }

  /** The reference price in ticks, with a fraction; `undefined` where the flow has none. */
  get reference(): number | undefined {
    return this.#flow.reference === undefined ? undefined : this.#referenceTicks;
  }

  /** Sends the next event's orders to the matcher. Some events (an arrival thinned away) send none. */
  step(): void {
    this.#dropFilled();
    const at = Math.min(this.#arrivalAt, this.#cancels.nextTime);
    if (this.#cancels.nextTime <= this.#arrivalAt) this.#cancel(at);
    else this.#arrive(at);
    this.#refill(at, 'buy');
    this.#refill(at, 'sell');
  }

  #arrive(at: number): void {
    const { excitation } = this.#flow;
    this.#excitement *= exp((this.#excitedAt - at) / (excitation.decaySeconds * SECOND));
    this.#excitedAt = at;

    const factor = 1 + this.#excitement;
    let pick = this.#arrivals.at(this.#arrival, 1) * this.#arrivalBound;
    if (pick < this.#limitsPerSecond * factor) this.#limit(at);
    else if (pick < this.#flowPerSecond * factor) this.#market();
    else {
      pick -= this.#flowPerSecond * factor;
      if (pick < this.#stepsPerSecond) this.#moveReference();
      else if (pick < this.#stepsPerSecond + this.#sweepsPerSecond) this.#sweep();
      // else: thinned away, because the excitement has decayed since the arrival was drawn
    }
    this.#drawArrival();
  }

  #drawArrival(): void {
    this.#arrival += 1;
    const rate = this.#flowPerSecond * (1 + this.#excitement) + this.#stepsPerSecond + this.#sweepsPerSecond;
    this.#arrivalBound = rate;
    this.#arrivalAt += Math.round((-ln(1 - this.#arrivals.at(this.#arrival, 0)) / rate) * SECOND);
  }

  #limit(at: number): void {
    const u = 2 * this.#arrivals.at(this.#arrival, 2);
    const side = u < 1 ? 'buy' : 'sell';
    const rank = this.#distance.at(u < 1 ? u : u - 1);
    const near = this.#distanceTicks[rank] ?? 1;
    const next = this.#distanceTicks[rank + 1] ?? near + 1;
    const jitter = next - near > 1 ? Math.floor(this.#arrivals.at(this.#arrival, 3) * (next - near)) : 0;
    const price = this.#priceAt(side, near + jitter);
    if (price === undefined) return;
    this.counts.limits += 1;
    this.#place(at, side, price);
  }

  /** The price that many ticks from the anchor; `undefined` when it would not be above zero. */
  #priceAt(side: Side, distance: number): Ticks | undefined {
    const tick = this.#tick;
    let price: number;
    if (this.#flow.reference === undefined) {
      const opposite = this.#matcher.best(side === 'buy' ? 'sell' : 'buy');
      if (opposite === undefined) return undefined;
      price = side === 'buy' ? opposite - distance * tick : opposite + distance * tick;
    } else {
      const below = Math.floor(this.#referenceTicks / tick) * tick;
      price = side === 'buy' ? below - (distance - 1) * tick : below + distance * tick;
    }
    return price > 0 ? ticks(price) : undefined;
  }

  #place(at: number, side: Side, price: Ticks): void {
    const id = this.#matcher.newOrderId();
    const size = this.#limitSizes.at(this.#orders.at(id, 0), this.#orders.at(id, 1));
    if (this.#matcher.limit(id, side, price, size) !== 'resting') return;
    this.#cancels.push(at + this.#lifetime(this.#orders.at(id, 2)), id);
  }

  #lifetime(u: number): number {
    return Math.ceil(this.#lifetimes.at(u) * SECOND);
  }

  #cancel(at: number): void {
    const id = this.#cancels.nextId;
    this.#cancels.pop();
    const nth = this.counts.cancels + this.counts.partialCancels;
    const order = this.#cancelDraws.at(nth, 0) < this.#flow.partialCancelShare ? this.#matcher.order(id) : undefined;
    const half = order === undefined ? undefined : this.#limitSizes.half(order.remaining);
    if (order !== undefined && half !== undefined && half < order.remaining) {
      this.counts.partialCancels += 1;
      this.#matcher.amend(id, order.price, half);
      this.#cancels.push(at + this.#lifetime(this.#cancelDraws.at(nth, 1)), id);
      return;
    }
    this.counts.cancels += 1;
    this.#matcher.cancel(id);
  }

  #market(): void {
    if (this.#runLeft === 0) {
      const u = this.#arrivals.at(this.#arrival, 2);
      this.#takerSide = u < 0.5 ? 'buy' : 'sell';
      const tail = power(1 - this.#arrivals.at(this.#arrival, 3), -1 / this.#flow.signRunExponent);
      this.#runLeft = Math.min(Math.ceil(tail), LONGEST_RUN);
    }
    this.#runLeft -= 1;
    const { excitation } = this.#flow;
    this.#excitement = Math.min(this.#excitement + excitation.jump, excitation.cap);
    this.counts.markets += 1;
    const size = this.#marketSizes.at(this.#arrivals.at(this.#arrival, 4), 0.5);
    this.#matcher.market(this.#matcher.newOrderId(), this.#takerSide, size);
  }

  #moveReference(): void {
    const { reference } = this.#flow;
    if (reference === undefined) return;
    const step = reference.sigmaBpPerSqrtSecond * 1e-4 * this.#normal.at(this.#arrivals.at(this.#arrival, 2));
    const moved = this.#referenceTicks * (1 + step / Math.sqrt(reference.stepsPerSecond));
    this.#referenceTicks = Math.min(Math.max(moved, 2 * this.#tick), HIGHEST_PRICE);
    this.counts.referenceSteps += 1;
    const below = ticks(Math.floor(this.#referenceTicks / this.#tick) * this.#tick);
    if (this.#takeTo('buy', below) || this.#takeTo('sell', ticks(below + this.#tick))) this.counts.arbitrages += 1;
  }

  #sweep(): void {
    const { sweeps } = this.#flow;
    const middle = this.reference ?? this.#mid();
    if (sweeps === undefined || middle === undefined) return;
    const side = this.#arrivals.at(this.#arrival, 2) < 0.5 ? 'buy' : 'sell';
    const drawn = -ln(1 - this.#arrivals.at(this.#arrival, 3)) * sweeps.meanReachBp;
    const reach = middle * Math.min(drawn, sweeps.maxReachBp) * 1e-4;
    const limit = Math.floor((side === 'buy' ? middle + reach : middle - reach) / this.#tick) * this.#tick;
    this.counts.sweeps += 1;
    if (limit > 0) this.#takeTo(side, ticks(limit));
  }

  /** Takes all that rests up to a price. @returns False when that is nothing. */
  #takeTo(side: Side, limit: Ticks): boolean {
    const makers = side === 'buy' ? 'sell' : 'buy';
    const best = this.#matcher.best(makers);
    if (best === undefined || (side === 'buy' ? best > limit : best < limit)) return false;
    const volume: Lots = this.#matcher.volumeTo(makers, limit);
    this.#matcher.limit(this.#matcher.newOrderId(), side, limit, volume, 'ioc');
    return true;
  }

  #mid(): number | undefined {
    const bid = this.#matcher.best('buy');
    const ask = this.#matcher.best('sell');
    return bid === undefined || ask === undefined ? undefined : (bid + ask) / 2;
  }

  /** Adds orders behind the worst level until the side has its least number of levels. */
  #refill(at: number, side: Side): void {
    const direction = side === 'buy' ? -this.#tick : this.#tick;
    while (this.#matcher.levels(side) < this.#flow.minLevels) {
      const worst = this.#matcher.worst(side) ?? this.#matcher.best(side === 'buy' ? 'sell' : 'buy');
      const behind = (worst ?? Math.floor(this.#referenceTicks / this.#tick) * this.#tick) + direction;
      if (behind <= 0 || behind >= HIGHEST_PRICE) return;
      this.counts.refills += 1;
      this.#place(at, side, ticks(behind));
    }
  }

  #placeFirstBook(at: number, startPrice: Ticks): void {
    const below = Math.floor(startPrice / this.#tick) * this.#tick;
    for (let rank = 0; rank < this.#flow.distances; rank += 1) {
      const distance = this.#distanceTicks[rank] ?? 1;
      const bid = below - (distance - 1) * this.#tick;
      if (bid > 0) this.#place(at, 'buy', ticks(bid));
      this.#place(at, 'sell', ticks(below + distance * this.#tick));
    }
    this.#refill(at, 'buy');
    this.#refill(at, 'sell');
  }

  /** Forgets the cancels of orders that have traded meanwhile. */
  #dropFilled(): void {
    while (this.#cancels.size > 0 && !this.#matcher.isResting(this.#cancels.nextId)) this.#cancels.pop();
  }
}

/** One sign seldom runs longer; without an end, one draw in a thousand would make a market of one side for minutes. */
const LONGEST_RUN = 10_000;

const HIGHEST_PRICE = 2 ** 52;

function distances(count: number, growth: number): Float64Array {
  const found = new Float64Array(count + 1);
  let distance = 1;
  let gap = 1;
  for (let index = 0; index <= count; index += 1) {
    found[index] = Math.floor(distance);
    gap *= growth;
    distance += gap;
  }
  return found;
}
