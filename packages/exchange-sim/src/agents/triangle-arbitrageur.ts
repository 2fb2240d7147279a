import { KeyedRandom, lots, notional, SECOND } from '@kb/model';
import type { Instrument, Lots, Micros, Side, Ticks } from '@kb/model';
import { ln } from '../flow/arithmetic.ts';
import type { Matcher } from '../matching/matcher.ts';
import type { TimedSource } from '../market/timeline.ts';

/** A leg of the triangle: the market as it stands. */
export interface TriangleLeg {
  readonly instrument: Instrument;
  readonly orders: Matcher;
  /** Whether nothing is to happen there now. */
  readonly standsStill: boolean;
}

/** Three markets over three currencies: base/quote (XRP/USD), base/bridge (XRP/BTC), bridge/quote (BTC/USD). */
export interface Triangle {
  readonly direct: () => TriangleLeg;
  readonly cross: () => TriangleLeg;
  readonly bridge: () => TriangleLeg;
}

export interface TriangleOptions {
  readonly seed: number;
  /** Venue time of the first look. */
  readonly startAt: Micros;
  /** Mean time between two looks; 200 ms when left out. */
  readonly meanWait?: Micros;
  /** Acts when a round trip gains more than this; 3 bp when left out. */
  readonly thresholdBp?: number;
}

/** Trades in a row at one look: what remains is for the next. */
const MOST_ROUNDS = 8;

/**
 * An agent that keeps three markets consistent: it looks at random times, and where a round trip through the best levels gains more
 * than its threshold it takes it, as large as the smallest of the three allows. Between two looks the markets may disagree: those
 * are the opportunities that there are, real and rare.
 *
 * Its orders are immediate-or-cancel and belong to nobody's account; it pays no fees.
 */
export class TriangleArbitrageur implements TimedSource {
  /** Looks so far, looks that found something, and round trips made. */
  readonly counts: { looks: number; acted: number; rounds: number } = { looks: 0, acted: 0, rounds: 0 };
  readonly #triangle: Triangle;
  readonly #random: KeyedRandom;
  readonly #meanWait: number;
  readonly #threshold: number;
  #at: number;

  constructor(triangle: Triangle, options: TriangleOptions) {
    this.#triangle = triangle;
    this.#random = new KeyedRandom(options.seed, `triangle ${triangle.cross().instrument.symbol}`);
    this.#meanWait = options.meanWait ?? SECOND / 5;
    this.#threshold = 1 + (options.thresholdBp ?? 3) / 10_000;
    this.#at = options.startAt;
  }

  get dueAt(): number {
    return this.#at;
  }

  run(at: Micros): void {
    this.counts.looks += 1;
    const wait = -ln(1 - this.#random.at(this.counts.looks)) * this.#meanWait;
    this.#at = at + Math.max(1, Math.round(wait));
    let rounds = 0;
    while (rounds < MOST_ROUNDS && (this.#round('buy') || this.#round('sell'))) rounds += 1;
    if (rounds > 0) this.counts.acted += 1;
    this.counts.rounds += rounds;
  }

  postpone(by: number): void {
    this.#at += by;
  }

  /**
   * One round trip, if it pays. `buy`: buys the base directly, sells it for the bridge, sells that. `sell`: the other way round.
   */
  #round(direction: Side): boolean {
    const direct = this.#triangle.direct();
    const cross = this.#triangle.cross();
    const bridge = this.#triangle.bridge();
    if (![direct, cross, bridge].every(isOnline)) return false;
    const back: Side = direction === 'buy' ? 'sell' : 'buy';
    const first = topAgainst(direct, direction);
    const second = topAgainst(cross, back);
    const third = topAgainst(bridge, back);
    if (first === undefined || second === undefined || third === undefined) return false;
    // Quote got for one base through the bridge, over quote paid for it directly (or the other way round).
    const through = second.rate * third.rate;
    const gain = direction === 'buy' ? through / first.rate : first.rate / through;
    if (gain <= this.#threshold) return false;

    const base = Math.min(first.units, second.units, third.units / second.rate);
    const directSize = sizeOf(direct.instrument, base);
    const crossSize = sizeOf(cross.instrument, base);
    if (directSize === undefined || crossSize === undefined) return false;
    const bridgeSize = bridgedSize(bridge.instrument, cross.instrument, second.price, crossSize);
    if (bridgeSize === undefined) return false;
    take(direct, direction, first.price, directSize);
    take(cross, back, second.price, crossSize);
    take(bridge, back, third.price, bridgeSize);
    return true;
  }
}

function isOnline({ instrument, standsStill }: TriangleLeg): boolean {
  return instrument.status === 'online' && !standsStill;
}

/** What a taker of that side meets first: the price, as a rate, and the size, in base units. */
function topAgainst(
  { instrument, orders }: TriangleLeg,
  taker: Side,
): { readonly price: Ticks; readonly rate: number; readonly units: number } | undefined {
  const makers: Side = taker === 'buy' ? 'sell' : 'buy';
  const price = orders.best(makers);
  if (price === undefined) return undefined;
  const units = orders.total(makers, price) / 10 ** instrument.qtyPrecision;
  return { price, rate: price / 10 ** instrument.pricePrecision, units };
}

/** What a trade of the cross costs, as a size of the bridge: exact, rounded down to its lots. */
function bridgedSize(bridge: Instrument, cross: Instrument, price: Ticks, size: Lots): Lots | undefined {
  const scale = 10n ** BigInt(cross.pricePrecision + cross.qtyPrecision);
  const found = (notional(price, size) * 10n ** BigInt(bridge.qtyPrecision)) / scale;
  return allowed(bridge, Number(found));
}

/** That many base units as a size the instrument allows; `undefined` when it is too small for it. */
function sizeOf(pair: Instrument, units: number): Lots | undefined {
  return allowed(pair, units * 10 ** pair.qtyPrecision);
}

/** The pair's smallest quantity does not bind the exchange's own agents: they could not take what is left of a level. */
function allowed({ lotSize }: Instrument, size: number): Lots | undefined {
  const whole = Math.floor(size / lotSize) * lotSize;
  return whole < lotSize || !Number.isSafeInteger(whole) ? undefined : lots(whole);
}

function take({ orders }: TriangleLeg, side: Side, price: Ticks, size: Lots): void {
  orders.limit(orders.newOrderId(), side, price, size, 'ioc');
}
