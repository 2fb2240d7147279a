import { KeyedRandom, SECOND, ticks } from '@kb/model';
import type { Micros, Side } from '@kb/model';
import { ln } from '../flow/arithmetic.ts';
import { QueueReactive } from '../flow/queue-reactive.ts';
import type { Modulation } from '../flow/queue-reactive.ts';
import type { Market } from '../market/market.ts';
import type { TimedSource } from '../market/timeline.ts';

/** What the generated markets live through. `faulty` is calm as a market; its faults are the injector's. */
export type ScenarioName = 'calm' | 'trend' | 'crash' | 'thin' | 'faulty';

/** Somebody who wants the price elsewhere: takes all that rests up to so many basis points from the best price, again and again. */
interface Push {
  readonly side: Side;
  readonly reachBp: number;
  /** Mean time between two of its orders; each wait is drawn. */
  readonly meanSeconds: number;
}

/** From `at` seconds of each round on, the flows are like this. */
interface Phase {
  readonly at: number;
  readonly flow: Modulation;
  readonly push?: Push;
}

/** Rounds of phases, over and over: who runs for long sees each again. */
interface Scenario {
  readonly roundSeconds: number;
  readonly phases: readonly Phase[];
}

/**
 * `calm` nothing in particular · `trend` a quarter of an hour up, a pause, a quarter of an hour down · `crash` after five minutes makers hold
 * back and sellers go through the book for twenty seconds, 1 to 7 % down in busy and steady markets; two nervous minutes; five in which
 * somebody buys, and some of it may come back · `thin` few orders, from the start · `faulty` as calm.
 */
export const SCENARIOS: Readonly<Record<ScenarioName, Scenario>> = {
  calm: { roundSeconds: 3600, phases: [] },
  faulty: { roundSeconds: 3600, phases: [] },
  trend: {
    roundSeconds: 2400,
    phases: [
      { at: 0, flow: {}, push: { side: 'buy', reachBp: 1, meanSeconds: 4 } },
      { at: 900, flow: {} },
      { at: 1200, flow: {}, push: { side: 'sell', reachBp: 1, meanSeconds: 4 } },
      { at: 2100, flow: {} },
    ],
  },
  crash: {
    roundSeconds: 1800,
    phases: [
      { at: 0, flow: {} },
      { at: 300, flow: { limit: 0.15, drift: -0.9 }, push: { side: 'sell', reachBp: 3, meanSeconds: 0.2 } },
      { at: 320, flow: { limit: 0.7, market: 2 } },
      { at: 440, flow: { drift: 0.3 }, push: { side: 'buy', reachBp: 1.5, meanSeconds: 2 } },
      { at: 740, flow: {} },
    ],
  },
  thin: { roundSeconds: 3600, phases: [{ at: 0, flow: { limit: 0.1, market: 0.5 } }] },
};

/** Leads the generated markets through a scenario, in market time. Markets of S1 and of recordings are left alone. */
export class ScenarioPlan implements TimedSource {
  readonly #scenario: Scenario;
  readonly #markets: readonly Market[];
  readonly #random: KeyedRandom;
  #roundAt: number;
  #next = 0;
  /** Of the present phase. */
  #flow: Modulation = {};
  #push: Push | undefined = undefined;
  #pushes = 0;
  #pushAt = Infinity;

  /** @param startAt Venue time of the first round. */
  constructor(name: ScenarioName, markets: Iterable<Market>, seed: number, startAt: Micros) {
    this.#scenario = SCENARIOS[name];
    this.#markets = [...markets];
    this.#random = new KeyedRandom(seed, `scenario ${name}`);
    this.#roundAt = startAt;
  }

  get dueAt(): number {
    return Math.min(this.#phaseAt, this.#pushAt);
  }

  get #phaseAt(): number {
    const phase = this.#scenario.phases[this.#next];
    return phase === undefined ? Infinity : this.#roundAt + phase.at * SECOND;
  }

  run(at: Micros): void {
    while (this.#phaseAt <= at) this.#begin(this.#scenario.phases[this.#next], at);
    while (this.#pushAt <= at) this.#pushAll(at);
  }

  postpone(by: number): void {
    this.#roundAt += by;
    this.#pushAt += by;
  }

  /** Makes a market what it is in the present phase: one that began anew has a flow that has not heard of it. */
  lead(market: Market): void {
    if (market.flow instanceof QueueReactive) market.flow.modulate(this.#flow);
    market.wake();
  }

  #begin(phase: Phase | undefined, at: Micros): void {
    this.#flow = phase?.flow ?? {};
    for (const market of this.#markets) this.lead(market);
    this.#push = phase?.push;
    this.#drawPush(at);
    this.#next += 1;
    if (this.#next < this.#scenario.phases.length) return;
    this.#next = 0;
    this.#roundAt += this.#scenario.roundSeconds * SECOND;
  }

  #pushAll(at: Micros): void {
    const push = this.#push;
    if (push !== undefined)
      for (const market of this.#markets) if (market.flow instanceof QueueReactive) take(market, push);
    this.#drawPush(at);
  }

  #drawPush(at: Micros): void {
    this.#pushes += 1;
    const wait = this.#push === undefined ? Infinity : -ln(1 - this.#random.at(this.#pushes)) * this.#push.meanSeconds;
    this.#pushAt = wait === Infinity ? Infinity : at + Math.max(1, Math.round(wait * SECOND));
  }
}

function take({ orders, instrument, standsStill }: Market, { side, reachBp }: Push): void {
  if (standsStill) return;
  const makers: Side = side === 'buy' ? 'sell' : 'buy';
  const best = orders.best(makers);
  if (best === undefined) return;
  const { tickSize } = instrument;
  const reach = Math.max(Math.round((best * reachBp * 1e-4) / tickSize), 1) * tickSize;
  const limit = Math.max(side === 'buy' ? best + reach : best - reach, tickSize);
  const volume = orders.volumeTo(makers, ticks(limit));
  if (volume > 0) orders.limit(orders.newOrderId(), side, ticks(limit), volume, 'ioc');
}
