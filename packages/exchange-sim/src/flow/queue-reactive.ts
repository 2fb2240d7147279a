import { KeyedRandom, micros, SECOND, ticks } from '@kb/model';
import type { Instrument, Lots, Micros, Side, Ticks } from '@kb/model';
import { SimError } from '../errors.ts';
import type { Matcher } from '../matching/matcher.ts';
import { exp, ln, power } from './arithmetic.ts';
import { Decays, DecayingSum } from './decays.ts';
import type { Flow } from './flow.ts';
import { Metaorders } from './metaorders.ts';
import type { MetaorderListener } from './metaorders.ts';
import { agedLifetimeTable, WeightedPick } from './quantile-table.ts';
import type { QuantileTable } from './quantile-table.ts';
import { Regime } from './regime.ts';
import { checkS2 } from './s2-parameters.ts';
import type { Five, S2Parameters } from './s2-parameters.ts';
import { SizeSource } from './size-source.ts';
import { TimerHeap } from './timer-heap.ts';

/** How many events of each kind have happened. A type, not an interface: only that may stand for a `Record`. */
export type S2Counts = {
  limits: number;
  /** Limit orders that were placed inside the spread. */
  inSpread: number;
  markets: number;
  cancels: number;
  partialCancels: number;
  /** Orders added because a side had too few levels. */
  refills: number;
};

export interface QueueReactiveOptions {
  readonly instrument: Instrument;
  readonly flow: S2Parameters;
  /** Where orders go. The generator shares it with whoever else trades there. */
  readonly matcher: Matcher;
  readonly seed: number;
  /** Where the market starts. */
  readonly startPrice: Ticks;
  /** Time of the first book; 0 when left out. */
  readonly start?: Micros;
  readonly metaorders?: MetaorderListener;
}

/** What a scenario makes of the flow for a while; what is left out is ordinary. */
export interface Modulation {
  /** Multiply the rates of limit orders (inside the spread too), of takers and of cancels; 1 is ordinary, 0 stops them. */
  readonly limit?: number;
  readonly market?: number;
  readonly cancel?: number;
  /**
   * −1 … 1. Shares (1 + drift) / 2 of new metaorders, and of orders inside the spread as many again, are buys; that share of the agents who
   * work the other side gives up.
   */
  readonly drift?: number;
}

/**
 * Order flow that reacts to the queues (S2): see `S2Parameters` for the model.
 *
 * Contract: seeded; what comes next, and when, is a function of seed, parameters and the state of book and flow alone, with arithmetic that
 * gives the same bits on every machine. Arrivals are sampled by thinning: after each event the clustering can only fall until the
 * next, so that the rates of this instant bound those until then. All else (queues, R, φ, the clocks of cancels) counts as it stood at the
 * last event; at least once a second there is one. An order draws its lifetime when it is placed and dies when the clock of its side has run
 * that long, so that a cancel costs a heap operation and no search.
 *
 * It is not alone in the book: its orders may trade with anybody, queues count whoever rests there, and a side that others have emptied is
 * filled up at the next event.
 *
 * Sources: Huang, Lehalle and Rosenbaum (2015) for rates by queue; Bacry and others (2015) for Hawkes processes in markets; Lillo, Mike and
 * Farmer (2005) for signs from metaorders.
 */
export class QueueReactive implements Flow {
  readonly counts: S2Counts = { limits: 0, inSpread: 0, markets: 0, cancels: 0, partialCancels: 0, refills: 0 };
  readonly reference: undefined = undefined;
  readonly #flow: S2Parameters;
  readonly #matcher: Matcher;
  readonly #listener: MetaorderListener | undefined;
  readonly #tick: number;
  readonly #startPrice: number;

  readonly #draws: KeyedRandom;
  readonly #orders: KeyedRandom;
  readonly #cancelDraws: KeyedRandom;
  readonly #distance: WeightedPick;
  readonly #limitSizes: SizeSource;
  readonly #marketSizes: SizeSource;
  readonly #lifetimes: QuantileTable;
  readonly #backgroundLifetimes: QuantileTable;
  readonly #inSpreadLifetimes: QuantileTable;
  /** Median limit size and taker size, in lots. */
  readonly #limitUnit: number;
  readonly #takerUnit: number;

  readonly #clusterDecays: Decays;
  readonly #takerHeat: DecayingSum;
  readonly #makerHeat: DecayingSum;
  readonly #feedbackDecays: Decays;
  readonly #pressure: DecayingSum;
  readonly #regime: Regime;
  readonly #metaorders: Metaorders;
  /** What an event adds to the heats, before it is divided by R: offspring / base rate. */
  readonly #heatOf: { readonly tt: number; readonly tm: number; readonly mt: number; readonly mm: number };

  #modulation: Required<Modulation> = ORDINARY;
  /** How much more often orders of sellers (and cancels of buyers) come because of φ; the other side has what is left of 2. */
  readonly #lean = { limit: 1, inSpread: 1, market: 1, cancel: 1 };
  /** Distances are stretched by this. */
  #stretch = 1;

  /** The best prices at the last event, and which side gave way last: 1 the ask rose, −1 the bid fell. */
  #bid = 0;
  #ask = Infinity;
  #opened = 0;

  readonly #buys: CancelClock = new CancelClock();
  readonly #sells: CancelClock = new CancelClock();
  #at: number;
  #beatAt: number;
  #arrival = 0;
  #arrivalAt = 0;
  #nextAt: number;
  /** Rates without heat, as of the last event: what the next arrival is picked by. */
  #limitBuys = 0;
  #limitSells = 0;
  #inSpreadBuys = 0;
  #inSpreadSells = 0;
  #takerBuys = 0;
  #takerSells = 0;
  /** With the heat of that event. */
  #bound = 0;

  /** Places the first book. @throws SimError `KB_SIM_BAD_OPTION`. */
  constructor(options: QueueReactiveOptions) {
    const { instrument, flow, matcher, seed, startPrice, start = micros(0) } = options;
    checkS2(flow);
    this.#flow = flow;
    this.#matcher = matcher;
    this.#listener = options.metaorders;
    this.#tick = instrument.tickSize;
    this.#startPrice = startPrice;

    const { symbol } = instrument;
    this.#draws = new KeyedRandom(seed, `${symbol} S2 arrivals`);
    this.#orders = new KeyedRandom(seed, `${symbol} S2 orders`);
    this.#cancelDraws = new KeyedRandom(seed, `${symbol} S2 cancels`);
    this.#distance = new WeightedPick(
      Array.from({ length: flow.distances }, (_, index) => power(index + 1 + flow.nearTicks, -flow.distanceExponent)),
    );
    this.#limitSizes = new SizeSource(instrument, flow.limitSize, flow.roundSizeShare, flow.notionalSizeShare);
    this.#marketSizes = new SizeSource(instrument, flow.marketSize, 0);
    this.#limitUnit = this.#limitSizes.at(0.5, 1);
    this.#takerUnit = this.#marketSizes.at(0.5, 1);
    this.#lifetimes = agedLifetimeTable(flow.cancelRate, flow.youngCancels);
    this.#backgroundLifetimes = agedLifetimeTable(flow.backgroundCancelRate, []);
    this.#inSpreadLifetimes = agedLifetimeTable(flow.inSpreadCancelRate, []);

    const { clustering, feedback } = flow;
    this.#clusterDecays = new Decays(clustering.halfLives);
    const kernel = clustering.shares.map((share, index) => share * (this.#clusterDecays.rates[index] ?? 0));
    this.#takerHeat = new DecayingSum(this.#clusterDecays, kernel);
    this.#makerHeat = new DecayingSum(this.#clusterDecays, kernel);
    this.#feedbackDecays = new Decays(feedback.halfLives);
    this.#pressure = new DecayingSum(this.#feedbackDecays, feedback.weights);
    this.#regime = new Regime(seed, symbol, flow.regime);
    this.#metaorders = new Metaorders(seed, symbol, flow.agents, flow.runs);
    const takers = 2 * flow.marketRate;
    const makers = 2 * flow.limitRate;
    this.#heatOf = {
      tt: takers === 0 ? 0 : clustering.takerToTaker / takers,
      mt: takers === 0 ? 0 : clustering.makerToTaker / takers,
      tm: clustering.takerToMaker / makers,
      mm: clustering.makerToMaker / makers,
    };

    this.#at = start;
    this.#beatAt = start + SECOND;
    this.#nextAt = start;
    this.#placeFirstBook(startPrice);
    this.#schedule();
  }

  get nextAt(): Micros {
    return micros(this.#nextAt);
  }

  /** Steers the flow from its next event on; each call replaces the former. @throws SimError `KB_SIM_BAD_OPTION`. */
  modulate(modulation: Modulation): void {
    const { limit = 1, market = 1, cancel = 1, drift = 0 } = modulation;
    for (const [name, value] of Object.entries({ limit, market, cancel })) {
      if (!(value >= 0 && value <= 1e6)) throw badModulation(name, value);
    }
    if (!(Math.abs(drift) <= 1)) throw badModulation('drift', drift);
    this.#modulation = { limit, market, cancel, drift };
    this.#metaorders.lean(drift);
  }

  /** Sends the next event's orders to the matcher. Some events (an arrival thinned away, the beat of the regime) send none. */
  step(): void {
    const at = this.#nextAt;
    const elapsed = at - this.#at;
    this.#at = at;
    this.#clusterDecays.set(elapsed);
    this.#takerHeat.decay();
    this.#makerHeat.decay();
    this.#feedbackDecays.set(elapsed);
    this.#pressure.decay();
    this.#buys.advance(elapsed);
    this.#sells.advance(elapsed);

    if (this.#buys.isDue) this.#cancel(this.#buys);
    else if (this.#sells.isDue) this.#cancel(this.#sells);
    else if (at === this.#arrivalAt) this.#arrive();
    else this.#beat();
    this.#refill('buy');
    this.#refill('sell');
    this.#schedule();
  }

  #beat(): void {
    if (this.#at < this.#beatAt) return;
    this.#beatAt += SECOND;
    this.#regime.step();
    this.#look();
  }

  /** What changes slowly is looked at once a second, and after each taker. */
  #look(): void {
    const { feedback, wideningExponent } = this.#flow;
    const phi = Math.min(Math.max(this.#pressure.value, -feedback.most), feedback.most);
    const lean = this.#lean;
    lean.limit = againstBuyers(feedback.limit * phi);
    lean.inSpread = againstBuyers(feedback.inSpread * phi);
    lean.market = againstBuyers(feedback.market * phi);
    lean.cancel = againstBuyers(feedback.cancel * phi);
    const bid = this.#matcher.best('buy') ?? this.#startPrice;
    this.#stretch = (power(this.#regime.value, wideningExponent) * bid) / this.#startPrice;
  }

  /** Takes the rates as they are now, and draws when the next event comes. */
  #schedule(): void {
    const matcher = this.#matcher;
    const { response, inSpread, limitRate, marketRate } = this.#flow;
    const modulation = this.#modulation;
    const lean = this.#lean;
    const bid = matcher.best('buy');
    const ask = matcher.best('sell');
    const bids = bid === undefined ? 0 : matcher.total('buy', bid);
    const asks = ask === undefined ? 0 : matcher.total('sell', ask);
    const imbalance = bids + asks === 0 ? 0.5 : bids / (bids + asks);
    const bin = Math.min(Math.floor(imbalance * 5), 4);
    const mirror = 4 - bin;
    const regime = this.#regime.value;

    const limits = limitRate * regime * modulation.limit;
    this.#limitBuys = limits * pick(response.limit, bin) * (2 - lean.limit);
    this.#limitSells = limits * pick(response.limit, mirror) * lean.limit;

    const spread = bid === undefined || ask === undefined ? 1 : (ask - bid) / this.#tick;
    const room = spread < 2 ? 0 : Math.min(spread / inSpread.ordinaryTicks, MOST_ROOM);
    if (ask !== undefined && ask > this.#ask) this.#opened = 1;
    else if (bid !== undefined && bid < this.#bid) this.#opened = -1;
    this.#bid = bid ?? this.#bid;
    this.#ask = ask ?? this.#ask;
    const towards = inSpread.follow * this.#opened + modulation.drift;
    const inside = inSpread.rate * room * regime * modulation.limit;
    this.#inSpreadBuys = inside * pick(response.inSpread, bin) * (2 - lean.inSpread) * Math.max(0, 1 + towards);
    this.#inSpreadSells = inside * pick(response.inSpread, mirror) * lean.inSpread * Math.max(0, 1 - towards);

    const { buyers, size: agents } = this.#metaorders;
    const takers = (2 * marketRate * regime * modulation.market) / agents;
    this.#takerBuys = takers * buyers * pick(response.market, bin) * (2 - lean.market);
    this.#takerSells = takers * (agents - buyers) * pick(response.market, mirror) * lean.market;

    const makerHeat = this.#heat(this.#makerHeat);
    const makers = this.#limitBuys + this.#limitSells + this.#inSpreadBuys + this.#inSpreadSells;
    this.#bound = makers * makerHeat + (this.#takerBuys + this.#takerSells) * this.#heat(this.#takerHeat);

    const cancels = regime * makerHeat * modulation.cancel;
    this.#buys.rate = cancels * pick(response.cancel, bin) * lean.cancel;
    this.#sells.rate = cancels * pick(response.cancel, mirror) * (2 - lean.cancel);

    this.#arrival += 1;
    const wait = this.#bound > 0 ? (-ln(1 - this.#draws.at(this.#arrival, 0)) / this.#bound) * SECOND : Infinity;
    this.#arrivalAt = this.#at + Math.ceil(wait);
    this.#buys.dropFilled(matcher);
    this.#sells.dropFilled(matcher);
    const cancelAt = this.#at + Math.min(this.#buys.wait, this.#sells.wait);
    this.#nextAt = Math.min(this.#arrivalAt, cancelAt, this.#beatAt);
  }

  #heat(sum: DecayingSum): number {
    return Math.min(1 + sum.value, this.#flow.clustering.most);
  }

  #arrive(): void {
    const makerHeat = this.#heat(this.#makerHeat);
    let u = this.#draws.at(this.#arrival, 1) * this.#bound;
    if ((u -= this.#limitBuys * makerHeat) < 0) this.#limit('buy');
    else if ((u -= this.#limitSells * makerHeat) < 0) this.#limit('sell');
    else if ((u -= this.#inSpreadBuys * makerHeat) < 0) this.#improve('buy');
    else if ((u -= this.#inSpreadSells * makerHeat) < 0) this.#improve('sell');
    else {
      const takerHeat = this.#heat(this.#takerHeat);
      if ((u -= this.#takerBuys * takerHeat) < 0) this.#take('buy');
      else if (u < this.#takerSells * takerHeat) this.#take('sell');
      // else: thinned away, because the heat has fallen since the arrival was drawn
    }
  }

  #limit(side: Side): void {
    const flow = this.#flow;
    const draws = this.#draws;
    const anchor = this.#anchor(side);
    const kind = draws.at(this.#arrival, 2);
    let lifetimes = this.#lifetimes;
    let distance = 0;
    if (kind < flow.backgroundShare) {
      lifetimes = this.#backgroundLifetimes;
      distance = draws.at(this.#arrival, 3) * flow.backgroundTicks * this.#stretch;
    } else if (kind >= flow.backgroundShare + flow.joinShare * this.#joinFactor(side, anchor)) {
      const k = this.#distance.at(draws.at(this.#arrival, 3)) + draws.at(this.#arrival, 4);
      distance = 1 + k * this.#stretch;
    }
    const price = anchor + (side === 'buy' ? -1 : 1) * Math.floor(distance) * this.#tick;
    if (!(price > 0 && price < HIGHEST_PRICE)) return;
    this.counts.limits += 1;
    const regime = this.#regime.value;
    this.#makerHeat.push(this.#heatOf.mm / regime);
    this.#takerHeat.push(this.#heatOf.mt / regime);
    this.#place(side, ticks(price), lifetimes);
  }

  /** Few join a long queue. */
  #joinFactor(side: Side, best: Ticks): number {
    const { joinByQueue } = this.#flow.response;
    const queue = this.#matcher.total(side, best) / this.#limitUnit;
    return joinByQueue[queue < 0.5 ? 0 : queue < 2 ? 1 : queue < 8 ? 2 : 3];
  }

  /** Places an order inside the spread. */
  #improve(side: Side): void {
    const bid = this.#matcher.best('buy');
    const ask = this.#matcher.best('sell');
    if (bid === undefined || ask === undefined) return;
    const room = (ask - bid) / this.#tick - 1;
    if (room < 1) return;
    const u = this.#draws.at(this.#arrival, 2);
    const { tightShare } = this.#flow.inSpread;
    const steps = u < tightShare ? room : 1 + Math.floor(((u - tightShare) / (1 - tightShare)) * room);
    const price = side === 'buy' ? bid + steps * this.#tick : ask - steps * this.#tick;
    this.counts.inSpread += 1;
    this.#place(side, ticks(price), this.#inSpreadLifetimes);
  }

  #take(side: Side): void {
    const agent = this.#metaorders.pick(side, this.#draws.at(this.#arrival, 2));
    if (agent === undefined) return;
    const makers = side === 'buy' ? 'sell' : 'buy';
    const best = this.#matcher.best(makers);
    if (best === undefined) return;
    const wanted = this.#marketSizes.at(this.#draws.at(this.#arrival, 3), 1);
    const size = this.#marketSizes.fitted(Math.min(wanted, this.#appetite(makers, best, wanted)));
    this.counts.markets += 1;
    const regime = this.#regime.value;
    this.#takerHeat.push(this.#heatOf.tt / regime);
    this.#makerHeat.push(this.#heatOf.tm / regime);
    const root = Math.sqrt(size / this.#takerUnit);
    this.#pressure.push(side === 'buy' ? root : -root);
    if (agent.sent === 0) this.#listener?.onStart(agent.metaorder);
    this.#matcher.market(this.#matcher.newOrderId(), side, size);
    const ended = this.#metaorders.sent(agent, size);
    if (ended !== undefined) this.#listener?.onEnd(ended.metaorder, ended.side, ended.volume, ended.sent);
    this.#look();
  }

  /** How many lots a taker goes for: those of the best level, or those up to some distance behind it. */
  #appetite(makers: Side, best: Ticks, wanted: Lots): number {
    const { cutShare, reachTicks } = this.#flow;
    const atBest = this.#matcher.total(makers, best);
    const u = this.#draws.at(this.#arrival, 4);
    if (wanted <= atBest || u < cutShare) return atBest;
    const reach = Math.floor(-ln((1 - u) / (1 - cutShare)) * reachTicks * this.#stretch) * this.#tick;
    const limit = makers === 'buy' ? best - reach : best + reach;
    return limit > 0 ? this.#matcher.volumeTo(makers, ticks(limit)) : atBest;
  }

  #cancel(clock: CancelClock): void {
    const id = clock.pop();
    const order = this.#matcher.isResting(id) ? this.#matcher.order(id) : undefined;
    if (order === undefined) return;
    const nth = this.counts.cancels + this.counts.partialCancels;
    if (this.#cancelDraws.at(nth, 0) < this.#flow.partialCancelShare) {
      const half = this.#limitSizes.half(order.remaining);
      if (half < order.remaining) {
        this.counts.partialCancels += 1;
        this.#matcher.amend(id, order.price, half);
        clock.push(this.#lifetimes.at(this.#cancelDraws.at(nth, 1)), id);
        return;
      }
    }
    this.counts.cancels += 1;
    this.#matcher.cancel(id);
  }

  #place(side: Side, price: Ticks, lifetimes: QuantileTable): void {
    const id = this.#matcher.newOrderId();
    const size: Lots = this.#limitSizes.at(this.#orders.at(id, 0), this.#orders.at(id, 1), price);
    if (this.#matcher.limit(id, side, price, size) !== 'resting') return;
    (side === 'buy' ? this.#buys : this.#sells).push(lifetimes.at(this.#orders.at(id, 2)), id);
  }

  /** The best price of a side, on the grid; where it has none, one tick from the other side, or where the market started. */
  #anchor(side: Side): Ticks {
    const tick = this.#tick;
    const own = this.#matcher.best(side);
    if (own !== undefined) return own;
    const other = this.#matcher.best(side === 'buy' ? 'sell' : 'buy') ?? Math.floor(this.#startPrice / tick) * tick;
    return ticks(Math.max(side === 'buy' ? other - tick : other + tick, tick));
  }

  /** Adds orders behind the worst level until the side has its least number of levels. */
  #refill(side: Side): void {
    const direction = side === 'buy' ? -this.#tick : this.#tick;
    while (this.#matcher.levels(side) < this.#flow.minLevels) {
      const worst = this.#matcher.worst(side);
      const price = worst === undefined ? this.#anchor(side) : worst + direction;
      if (price <= 0 || price >= HIGHEST_PRICE || this.#matcher.best(side === 'buy' ? 'sell' : 'buy') === price) return;
      this.counts.refills += 1;
      this.#place(side, ticks(price), this.#backgroundLifetimes);
    }
  }

  /** As many orders as would rest after a long time, where they would be if the price had stood still. */
  #placeFirstBook(startPrice: Ticks): void {
    const tick = this.#tick;
    const { limitRate, joinShare, backgroundShare, backgroundCancelRate, backgroundTicks } = this.#flow;
    const below = Math.max(Math.floor(startPrice / tick) * tick, tick);
    const background = Math.min(Math.ceil((limitRate * backgroundShare) / backgroundCancelRate), MOST_FIRST_ORDERS);
    const others = limitRate * (1 - joinShare - backgroundShare) * this.#lifetimes.mean;
    const near = Math.min(Math.ceil(others), MOST_FIRST_ORDERS);
    let nth = 0;
    const put = (distance: number, lifetimes: QuantileTable): void => {
      const bid = below - distance * tick;
      if (bid > 0) this.#place('buy', ticks(bid), lifetimes);
      this.#place('sell', ticks(below + (1 + distance) * tick), lifetimes);
    };
    put(0, this.#inSpreadLifetimes);
    for (let count = 0; count < near; count += 1) {
      put(1 + this.#distance.at(this.#orders.at(-1 - (nth += 1))), this.#lifetimes);
    }
    for (let count = 0; count < background; count += 1) {
      put(Math.floor(this.#orders.at(-1 - (nth += 1)) * backgroundTicks), this.#backgroundLifetimes);
    }
    this.#refill('buy');
    this.#refill('sell');
  }
}

/**
 * The cancels of one side, on a clock that runs at a rate of its own: a lifetime ends when the clock has run so many seconds. The earliest
 * end is the next.
 */
class CancelClock {
  /** Seconds of the clock in a second. */
  rate = 1;
  readonly #ends = new TimerHeap();
  #time = 0;

  get isDue(): boolean {
    return this.#ends.nextTime <= this.#time;
  }

  /** Microseconds until the next end, at the present rate. */
  get wait(): number {
    const left = this.#ends.nextTime - this.#time;
    if (left <= 0) return 0;
    return this.rate > 0 ? Math.ceil((left / this.rate) * SECOND) : Infinity;
  }

  advance(elapsed: number): void {
    this.#time += (elapsed / SECOND) * this.rate;
  }

  push(lifetime: number, id: number): void {
    this.#ends.push(this.#time + lifetime, id);
  }

  pop(): number {
    const id = this.#ends.nextId;
    this.#ends.pop();
    return id;
  }

  /** Forgets the cancels of orders that have traded meanwhile. */
  dropFilled(matcher: Matcher): void {
    while (this.#ends.size > 0 && !matcher.isResting(this.#ends.nextId)) this.#ends.pop();
  }
}

function pick(table: Five, bin: number): number {
  return table[bin] ?? 1;
}

/** e^x, scaled so that it and e^−x make 2: feedback moves orders from one side to the other and adds none. */
function againstBuyers(x: number): number {
  return 2 / (1 + exp(-2 * Math.min(Math.max(x, -15), 15)));
}

function badModulation(name: string, value: number): SimError {
  return new SimError('KB_SIM_BAD_OPTION', `Modulation: ${name} cannot be ${value}`);
}

const ORDINARY: Required<Modulation> = { limit: 1, market: 1, cancel: 1, drift: 0 };
/** The rate inside the spread grows with its width up to this multiple. */
const MOST_ROOM = 4;
const MOST_FIRST_ORDERS = 5_000;
const HIGHEST_PRICE = 2 ** 52;
