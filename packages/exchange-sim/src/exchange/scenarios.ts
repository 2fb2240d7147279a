import { micros, SECOND } from '@kb/model';
import type { Micros } from '@kb/model';
import { QueueReactive } from '../flow/queue-reactive.ts';
import type { Modulation } from '../flow/queue-reactive.ts';
import type { Market } from '../market/market.ts';
import type { TimedSource } from '../market/timeline.ts';

/** What the generated markets live through. `faulty` is calm as a market; its faults are the injector's. */
export type ScenarioName = 'calm' | 'trend' | 'crash' | 'thin' | 'faulty';

/** From `at` seconds of each round on, the flows are like this. */
interface Phase {
  readonly at: number;
  readonly flow: Modulation;
}

/** Rounds of phases, over and over: who runs for long sees each again. */
interface Scenario {
  readonly roundSeconds: number;
  readonly phases: readonly Phase[];
}

/**
 * `calm` nothing in particular · `trend` a quarter of an hour up, a pause, a quarter of an hour down · `crash` after five quiet minutes
 * makers pull their orders and sellers rush in for twenty seconds, then two nervous minutes, then recovery · `thin` few orders, from the
 * start · `faulty` as calm.
 */
export const SCENARIOS: Readonly<Record<ScenarioName, Scenario>> = {
  calm: { roundSeconds: 3600, phases: [] },
  faulty: { roundSeconds: 3600, phases: [] },
  trend: {
    roundSeconds: 2400,
    phases: [
      { at: 0, flow: { drift: 0.5 } },
      { at: 900, flow: {} },
      { at: 1200, flow: { drift: -0.5 } },
      { at: 2100, flow: {} },
    ],
  },
  crash: {
    roundSeconds: 1800,
    phases: [
      { at: 0, flow: {} },
      { at: 300, flow: { limit: 0.3, market: 12, cancel: 15, drift: -0.95 } },
      { at: 320, flow: { limit: 0.6, market: 3, cancel: 2, drift: -0.2 } },
      { at: 440, flow: { limit: 1.5, market: 1.5, drift: 0.3 } },
      { at: 900, flow: {} },
    ],
  },
  thin: { roundSeconds: 3600, phases: [{ at: 0, flow: { limit: 0.1, market: 0.5 } }] },
};

/** Leads the generated markets through a scenario, in market time. Markets of S1 and of recordings are left alone. */
export class ScenarioPlan implements TimedSource {
  readonly #scenario: Scenario;
  readonly #markets: readonly Market[];
  #roundAt: number;
  #next = 0;

  /** @param startAt Venue time of the first round. */
  constructor(name: ScenarioName, markets: Iterable<Market>, startAt: Micros) {
    this.#scenario = SCENARIOS[name];
    this.#markets = [...markets];
    this.#roundAt = startAt;
  }

  get dueAt(): number {
    const phase = this.#scenario.phases[this.#next];
    return phase === undefined ? Infinity : this.#roundAt + phase.at * SECOND;
  }

  run(at: Micros): void {
    const { phases, roundSeconds } = this.#scenario;
    while (this.dueAt <= at) {
      const flow = phases[this.#next]?.flow ?? {};
      for (const market of this.#markets) {
        if (market.flow instanceof QueueReactive) market.flow.modulate(flow);
        market.wake();
      }
      this.#next += 1;
      if (this.#next < phases.length) continue;
      this.#next = 0;
      this.#roundAt += micros(roundSeconds * SECOND);
    }
  }

  postpone(by: number): void {
    this.#roundAt += by;
  }
}
