import { lotsToQty, micros, SECOND, ticksToPrice } from '@kb/model';
import type { InstrumentStatus, Micros, Scheduler, Side, SystemStatus } from '@kb/model';
import type { Accept } from '@kb/kraken';
import type { ApiKeySpec } from './access/api-keys.ts';
import type { LockoutOptions } from './access/lockout.ts';
import type { AccountSpec } from './accounts/account.ts';
import { SimError } from './errors.ts';
import { Exchange } from './exchange/exchange.ts';
import type { ScenarioName } from './exchange/scenarios.ts';
import type { MarketOptions } from './exchange/market-options.ts';
import type { BookTop, FaultTarget, LevelText } from './faults/fault-target.ts';
import type { MarketTruth, TruthListener } from './market/market.ts';
import type { TimedSource } from './market/timeline.ts';
import type { AnswerHttp } from './rest/http.ts';
import { restApi } from './rest/rest-api.ts';
import type { RestOptions } from './rest/rest-api.ts';
import type { OrderDesk } from './trading/order-desk.ts';
import type { ConnectionLimits } from './ws/connection.ts';
import { WsGate } from './ws/ws-gate.ts';

export interface SimExchangeOptions {
  /** At least one; symbols must differ. */
  readonly markets: readonly MarketOptions[];
  /** Any whole number. The same seed, scheduler and client requests give the same bytes. */
  readonly seed: number;
  readonly scheduler: Scheduler;
  /** Who may trade; nobody when left out. */
  readonly accounts?: readonly AccountSpec[];
  /** Keys of the accounts; one without a key gets one that is a function of seed and name. */
  readonly keys?: readonly ApiKeySpec[];
  /** False: nobody's calls and orders are counted. */
  readonly rateLimits?: boolean;
  /** When a key that fails again and again is locked out, and for how long; false: never. See `LockoutOptions` for the defaults. */
  readonly lockout?: LockoutOptions | false;
  /** How long the markets trade before the exchange opens, in simulated time; a minute when left out. */
  readonly warmUp?: Micros;
  /** What the generated markets live through from the start on; `calm` when left out. */
  readonly scenario?: ScenarioName;
  /** What else happens by itself, in venue time: a recording that is played, say. */
  readonly sources?: readonly TimedSource[];
  /** What a connection may do; see `ConnectionLimits` for the defaults. */
  readonly limits?: Partial<ConnectionLimits>;
  /** One `ohlc` interval a symbol and v2 connection, as Kraken had it in 2024; any number when left out. */
  readonly oneOhlcInterval?: boolean;
  readonly restOptions?: RestOptions;
}

/**
 * A local exchange that speaks Kraken: WebSocket v2 and v1, REST, accounts that trade. Each market is matched order by order and moved by a
 * seeded flow of its own, or by a recording.
 *
 * It knows no sockets: `accept` and `acceptV1` take the server end of any connection, `rest` any request, from `listen` or inside one
 * process. With a `VirtualScheduler` time moves by hand.
 */
export class SimExchange implements FaultTarget {
  /** Takes a new connection of WebSocket v2: public, private and level3 in one. */
  readonly accept: Accept = (socket) => {
    this.#visited();
    return this.#gate.acceptV2(socket);
  };
  /** Takes a new connection of WebSocket v1: public data. */
  readonly acceptV1: Accept = (socket) => {
    this.#visited();
    return this.#gate.acceptV1(socket);
  };
  /** Answers REST calls. */
  readonly rest: AnswerHttp = (request) => {
    this.#visited();
    return this.#answerHttp(request);
  };
  /** Called with the first connection or request, before it is looked at. */
  onFirstVisit: () => void = () => undefined;
  readonly #answerHttp: AnswerHttp;
  readonly #exchange: Exchange;
  readonly #gate: WsGate;

  /**
   * Builds the markets and lets them trade for a simulated minute; nothing moves before `start`.
   * @throws SimError `KB_SIM_BAD_OPTION`. @throws ModelError for a bad instrument or price.
   */
  constructor(options: SimExchangeOptions) {
    const { markets, seed, scheduler } = options;
    if (markets.length === 0) throw new SimError('KB_SIM_BAD_OPTION', 'Expected at least one market');
    const exchange = new Exchange({
      markets,
      seed,
      scheduler,
      accounts: options.accounts ?? [],
      keys: options.keys ?? [],
      rateLimits: options.rateLimits ?? true,
      lockout: options.lockout,
      warmUp: options.warmUp ?? micros(60 * SECOND),
      ...(options.scenario === undefined ? {} : { scenario: options.scenario }),
      sources: options.sources ?? [],
    });
    this.#exchange = exchange;
    this.#gate = new WsGate({
      venue: exchange,
      scheduler,
      seed,
      limits: options.limits ?? {},
      oneOhlcInterval: options.oneOhlcInterval ?? false,
    });
    this.#answerHttp = restApi(exchange, options.restOptions);
  }

  get symbols(): readonly string[] {
    return [...this.#exchange.markets.keys()];
  }

  /** Names of the accounts. */
  get accounts(): readonly string[] {
    return [...this.#exchange.accounts.keys()];
  }

  /** How many clients are connected, by either protocol. */
  get clients(): number {
    return this.#gate.clients;
  }

  get system(): SystemStatus {
    return this.#exchange.system;
  }

  /** Where clients' orders are kept: for tests that look at them, or trade without a protocol. Call `flush` after commands. */
  get desk(): OrderDesk {
    return this.#exchange.desk;
  }

  /** A key of an account, with its secret. @throws SimError `KB_SIM_UNKNOWN_ACCOUNT`. */
  credentials(account: string): { readonly apiKey: string; readonly secret: string } {
    const found = this.#exchange.members.credentials.get(account);
    if (found === undefined) throw new SimError('KB_SIM_UNKNOWN_ACCOUNT', `There is no account ${account}`);
    return { apiKey: found.key, secret: found.secret };
  }

  /** What really is the case in a market. @throws SimError `KB_SIM_UNKNOWN_SYMBOL`. */
  truth(symbol: string): MarketTruth {
    return this.#exchange.market(symbol);
  }

  /** Hears of every order's trades and places in its queue from now on, until the returned function is called. */
  listen(listener: TruthListener): () => void {
    this.#exchange.truthListeners.add(listener);
    return () => void this.#exchange.truthListeners.delete(listener);
  }

  /** Lets the markets move with the scheduler's time. */
  start(): void {
    this.#exchange.timeline.start();
  }

  /** Stops the markets and closes all clients with 1001. `start` goes on where it stood. */
  stop(): void {
    this.#exchange.timeline.stop();
    this.endClients(1001, 'Exchange stopped');
  }

  /** Closes all clients. */
  endClients(code: number, reason: string): void {
    this.#gate.endAll(code, reason);
  }

  /** Brings the markets to the present. */
  catchUp(): void {
    this.#exchange.catchUp();
  }

  /** Publishes what commands of `desk` did. */
  flush(): void {
    this.#exchange.flush();
  }

  /** A source has more to do than it knew at the last look. */
  wake(): void {
    this.#exchange.timeline.rearm();
  }

  /** Venue time of the latest instant or command. */
  now(): Micros {
    return this.#exchange.now();
  }

  /** Changes what the whole exchange allows, and tells everybody. */
  setSystemStatus(status: SystemStatus): void {
    this.#exchange.setSystem(status);
  }

  /** Changes what a pair allows, and tells everybody. @throws SimError `KB_SIM_UNKNOWN_SYMBOL`. */
  setPairStatus(symbol: string, status: InstrumentStatus): void {
    this.#exchange.setPairStatus(symbol, status);
  }

  /** Takes a pair off the list for good: its orders are cancelled. @throws SimError `KB_SIM_UNKNOWN_SYMBOL`. */
  delist(symbol: string): void {
    this.#exchange.setPairStatus(symbol, 'delisted');
  }

  /** Gives a pair other precisions: its market begins anew, and everybody gets fresh snapshots. @throws SimError, ModelError. */
  changePrecision(symbol: string, pricePrecision: number, qtyPrecision: number): void {
    this.#exchange.changePrecision(symbol, pricePrecision, qtyPrecision);
  }

  /** Ends the WebSocket tokens of an account, or all. */
  revokeTokens(account?: string): void {
    this.#exchange.tokens.revoke(account);
  }

  /** Lets a market stand still, or go on; clients' orders are still answered. @throws SimError `KB_SIM_UNKNOWN_SYMBOL`. */
  freeze(symbol: string, frozen: boolean): void {
    this.#exchange.freeze(symbol, frozen);
  }

  /** Cancels the flow's own orders behind the best levels of a side. @throws SimError `KB_SIM_UNKNOWN_SYMBOL`. */
  pullOrders(symbol: string, side: Side, keepLevels: number): void {
    this.#exchange.pullOrders(symbol, side, keepLevels);
  }

  /** The ten best levels of each side as the book has them, in wire digits; `undefined` without such a market. */
  topOfBook(symbol: string): BookTop | undefined {
    const market = this.#exchange.markets.get(symbol);
    if (market === undefined) return undefined;
    const levels = (side: Side): readonly LevelText[] =>
      market.publisher.levels(side, 10).map(({ price, size }) => ({
        price: ticksToPrice(market.instrument, price),
        qty: lotsToQty(market.instrument, size),
      }));
    return { bids: levels('buy'), asks: levels('sell') };
  }

  #visited(): void {
    const first = this.onFirstVisit;
    this.onFirstVisit = () => undefined;
    first();
  }
}
