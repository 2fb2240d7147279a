import { KeyedRandom } from '@kb/model';
import type { Lots, Side } from '@kb/model';
import { power } from './arithmetic.ts';

/** Lengths of metaorders, in child orders: the tail is (l / shortest)^−exponent. */
export interface RunParameters {
  readonly exponent: number;
  readonly shortest: number;
  readonly longest: number;
}

/** Hears of the large orders behind the flow, which the market itself does not show. */
export interface MetaorderListener {
  /** The first child order of a metaorder is about to be sent. */
  onStart(metaorder: number): void;
  /** The last child has been sent; of a metaorder that is given up, nothing is told. @param volume Lots, as a statistic. */
  onEnd(metaorder: number, side: Side, volume: number, children: number): void;
}

/** One agent that works a large order by many small ones of one side; when it is done, it takes up another. */
export interface Agent {
  metaorder: number;
  side: Side;
  /** Child orders sent, and to be sent. */
  sent: number;
  left: number;
  /** Lots sent. */
  volume: number;
}

/** Several agents at once, each with a metaorder of its own: what makes the signs of takers remember for long. */
export class Metaorders {
  readonly #agents: readonly Agent[];
  readonly #random: KeyedRandom;
  readonly #runs: RunParameters;
  #last = 0;
  #buyers = 0;
  /** Share of new metaorders that buy. */
  #buyShare = 0.5;

  constructor(seed: number, symbol: string, agents: number, runs: RunParameters) {
    this.#random = new KeyedRandom(seed, `${symbol} metaorders`);
    this.#runs = runs;
    this.#agents = Array.from({ length: agents }, () => {
      const agent: Agent = { metaorder: 0, side: 'sell', sent: 0, left: 0, volume: 0 };
      this.#takeUp(agent);
      return agent;
    });
  }

  /** How many agents there are, and how many of them buy. */
  get size(): number {
    return this.#agents.length;
  }

  get buyers(): number {
    return this.#buyers;
  }

  /**
   * Makes agents take up one side more than the other; that share of those at work on the other side give up at once.
   * @param bias −1 all new metaorders sell … 0 even … 1 all buy.
   */
  lean(bias: number): void {
    this.#buyShare = (1 + bias) / 2;
    const against = bias > 0 ? 'sell' : 'buy';
    for (const agent of this.#agents) {
      if (agent.side === against && this.#random.at(agent.metaorder, 2) < Math.abs(bias)) this.#takeUp(agent);
    }
  }

  /** The n-th agent (u uniform in [0, 1)) of those with that side. Meaningless when there is none. */
  pick(side: Side, u: number): Agent | undefined {
    const count = side === 'buy' ? this.#buyers : this.size - this.#buyers;
    let skip = Math.floor(u * count);
    for (const agent of this.#agents) {
      if (agent.side !== side) continue;
      if (skip === 0) return agent;
      skip -= 1;
    }
    return undefined;
  }

  /** Counts a child order as sent. @returns What the agent has just finished, before it takes up something else. */
  sent(agent: Agent, size: Lots): Readonly<Agent> | undefined {
    agent.sent += 1;
    agent.left -= 1;
    agent.volume += size;
    if (agent.left > 0) return undefined;
    const finished = { ...agent };
    this.#takeUp(agent);
    return finished;
  }

  #takeUp(agent: Agent): void {
    this.#last += 1;
    const { exponent, shortest, longest } = this.#runs;
    const length = shortest * power(1 - this.#random.at(this.#last, 0), -1 / exponent);
    if (agent.side === 'buy') this.#buyers -= 1;
    agent.side = this.#random.at(this.#last, 1) < this.#buyShare ? 'buy' : 'sell';
    if (agent.side === 'buy') this.#buyers += 1;
    agent.metaorder = this.#last;
    agent.sent = 0;
    agent.left = Math.min(Math.round(length), longest);
    agent.volume = 0;
  }
}
