import type { Micros, Scheduler } from '@kb/model';
import type { Accept } from '@kb/kraken';
import { connectionId } from './connection-id.ts';
import { SimError } from './errors.ts';
import { Market } from './market.ts';
import type { MarketOptions, MarketTruth } from './market.ts';
import { FrameWriter } from './wire/frame-writer.ts';
import { instrumentFrame } from './wire/instrument-frame.ts';
import { pairRefusal } from './wire/replies.ts';
import type { Topic } from './wire/requests.ts';
import { connectionLimits } from './ws/connection.ts';
import type { ConnectionLimits } from './ws/connection.ts';
import { V2Session } from './ws/v2-session.ts';
import type { Desk } from './ws/v2-session.ts';

export interface SimExchangeOptions {
  /** At least one; symbols must differ. */
  readonly markets: readonly MarketOptions[];
  /** Any whole number. The same seed, scheduler and client requests give the same bytes. */
  readonly seed: number;
  readonly scheduler: Scheduler;
  /** Bytes that may pile up for a client before it is closed with 1013; 4 MiB when left out. */
  readonly maxBufferedBytes?: number;
  /** A client without a subscription that says nothing for so long is closed; 60 s when left out. */
  readonly idleTimeout?: Micros;
}

/**
 * A local exchange that speaks Kraken's WebSocket v2: `status`, `instrument`, `book`, `trade`, `ticker`, heartbeats, ping, and
 * answers in Kraken's words. Each market is matched order by order and moved by its own seeded flow.
 *
 * It knows no sockets: `accept` takes the server end of any connection, from `listen` or from an in-process dial.
 */
export class SimExchange {
  /** Takes a new connection. */
  readonly accept: Accept = (socket) => this.#accept(socket);
  readonly #markets = new Map<string, Market>();
  readonly #sessions = new Set<V2Session>();
  readonly #instruments: string;
  readonly #scheduler: Scheduler;
  readonly #seed: number;
  readonly #limits: ConnectionLimits;
  readonly #desk: Desk;
  #connections = 0;

  /**
   * Builds the markets and lets each trade for a simulated minute; nothing moves before `start`.
   * @throws SimError `KB_SIM_BAD_OPTION`. @throws ModelError for a bad instrument or price.
   */
  constructor(options: SimExchangeOptions) {
    const { markets, seed, scheduler } = options;
    if (markets.length === 0) throw new SimError('KB_SIM_BAD_OPTION', 'Expected at least one market');
    const writer = new FrameWriter();
    for (const market of markets) {
      const { symbol } = market.instrument;
      if (this.#markets.has(symbol))
        throw new SimError('KB_SIM_BAD_OPTION', `${symbol} stands twice among the markets`);
      this.#markets.set(symbol, new Market(market, seed, scheduler, writer));
    }
    this.#instruments = instrumentFrame([...this.#markets.values()].map((market) => market.instrument));
    this.#scheduler = scheduler;
    this.#seed = seed;
    this.#limits = connectionLimits(options);
    this.#desk = {
      catchUp: () => this.#catchUp(),
      refusal: (topic) => this.#refusal(topic),
      join: (topic, session, snapshot) => this.#join(topic, session, snapshot),
      leave: (topic, session) => this.#markets.get(topic.symbol)?.publisher.leave(topic, session),
      ended: (session) => this.#sessions.delete(session),
    };
  }

  get symbols(): readonly string[] {
    return [...this.#markets.keys()];
  }

  /** How many clients are connected. */
  get clients(): number {
    return this.#sessions.size;
  }

  /** What really is the case in a market. @throws SimError `KB_SIM_UNKNOWN_SYMBOL`. */
  truth(symbol: string): MarketTruth {
    const market = this.#markets.get(symbol);
    if (market === undefined) throw new SimError('KB_SIM_UNKNOWN_SYMBOL', `There is no market ${symbol}`);
    return market;
  }

  /** Lets the markets move with the scheduler's time. */
  start(): void {
    for (const market of this.#markets.values()) market.start();
  }

  /** Stops the markets and closes all clients with 1001. `start` goes on where it stood. */
  stop(): void {
    for (const market of this.#markets.values()) market.stop();
    for (const session of this.#sessions) session.end(1001, 'Exchange stopped');
  }

  #accept(socket: Parameters<Accept>[0]): V2Session {
    this.#connections += 1;
    const session = new V2Session(socket, {
      scheduler: this.#scheduler,
      desk: this.#desk,
      connectionId: connectionId(this.#seed, this.#connections),
      limits: this.#limits,
    });
    if (session.isOpen) this.#sessions.add(session);
    return session;
  }

  #catchUp(): void {
    for (const market of this.#markets.values()) market.catchUp();
  }

  #refusal({ channel, symbol }: Topic): string | undefined {
    if (channel === 'instrument' || this.#markets.has(symbol)) return undefined;
    return pairRefusal(symbol);
  }

  #join(topic: Topic, session: V2Session, snapshot: boolean): void {
    if (topic.channel === 'instrument') {
      if (snapshot) session.send(this.#instruments);
      return;
    }
    const market = this.#markets.get(topic.symbol);
    market?.publisher.join(topic, session, snapshot, market.present);
  }
}
