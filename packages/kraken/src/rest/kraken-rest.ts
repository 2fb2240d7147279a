import { SECOND } from '@kb/model';
import type { Micros } from '@kb/model';
import { SymbolNames } from '../symbol-names.ts';
import type {
  AssetInfo,
  AssetPair,
  DepthAnswer,
  OhlcAnswer,
  ServerTime,
  SpreadAnswer,
  SystemStatusAnswer,
  Ticker,
  TimedTicker,
  TradesAnswer,
} from './answers.ts';
import { CallGate } from './call-gate.ts';
import { CircuitBreaker } from './circuit-breaker.ts';
import type { BreakerState } from './circuit-breaker.ts';
import { Endpoint } from './endpoint.ts';
import { undiciFetch } from './http-fetch.ts';
import type { Fetch, OwnedFetch } from './http-fetch.ts';
import type { Place } from './place.ts';
import { RestCaller } from './rest-caller.ts';
import type { CallOptions, Warn } from './rest-caller.ts';
import { settingsOf } from './rest-options.ts';
import type { KrakenRestOptions, RestSettings } from './rest-options.ts';
import { readAssetPairs, readAssets } from './read-listing.ts';
import { readDepth, readOhlc, readSpread, readTickers, readTrades } from './read-market.ts';
import type { NameOfKey } from './read-market.ts';
import { readServerTime, readSystemStatus } from './read-status.ts';
import { TickerCache } from './ticker-cache.ts';

/** Minutes of a candle that Kraken has: up to an hour, 4 hours, a day, a week, 15 days. */
export const OHLC_INTERVALS = [1, 5, 15, 30, 60, 240, 1440, 10_080, 21_600] as const;
export type OhlcInterval = (typeof OHLC_INTERVALS)[number];

/** How old the list of pairs must be before a name that is not in it makes the client ask for it again. */
const NAMES_AGE = 600 * SECOND;

/** A pair as it was asked for. */
interface Asked {
  readonly symbol: string;
  /** What the request calls it. */
  readonly name: string;
}

/**
 * Kraken's public REST methods.
 *
 * Calls wait for their turn in a bounded queue, so that Kraken's limits hold; each is repeated while that is of use and in time; a service
 * that does not answer is left alone for a while. Equal calls at the same time share one request. Pairs are taken in any spelling (`BTC/USD`,
 * `XBT/USD`, `XBTUSD`, `XXBTZUSD`) and come back by their v2 symbol; a spelling without a slash costs one call of `AssetPairs`, once.
 *
 * Every method rejects with a `RestError`. It has `code`, `kind`, and whether trying again is of use (`retryable`).
 *
 * @see https://docs.kraken.com/api/docs/guides/spot-rest-intro
 */
export class KrakenRest {
  readonly #settings: RestSettings;
  readonly #gate: CallGate;
  readonly #breaker: CircuitBreaker;
  readonly #caller: RestCaller;
  readonly #tickerCache: TickerCache;
  readonly #time: Endpoint<ServerTime>;
  readonly #systemStatus: Endpoint<SystemStatusAnswer>;
  readonly #assets: Endpoint<ReadonlyMap<string, AssetInfo>>;
  readonly #assetPairs: Endpoint<ReadonlyMap<string, AssetPair>>;
  readonly #ticker: Endpoint<KeyedTickers>;
  readonly #ohlc: Endpoint<OhlcAnswer>;
  readonly #depth: Endpoint<DepthAnswer>;
  readonly #trades: Endpoint<TradesAnswer>;
  readonly #spread: Endpoint<SpreadAnswer>;
  /** Ends the connections, where they are this client's own, and the watch on the caller's signal. */
  readonly #letGo: () => Promise<void>;
  #names: SymbolNames = new SymbolNames();
  #namesAt: number = Number.NEGATIVE_INFINITY;
  #closing: Promise<void> | undefined = undefined;

  /** @throws RestError `KB_KRAKEN_REST_BAD_OPTIONS` with all mistakes. */
  constructor(options: KrakenRestOptions = {}) {
    const settings = settingsOf(options);
    const transport = options.fetch === undefined ? undiciFetch() : lent(options.fetch);
    this.#settings = settings;
    this.#gate = new CallGate(settings);
    this.#breaker = new CircuitBreaker(settings.breaker, settings.scheduler, settings.onBreaker);
    this.#caller = new RestCaller({ settings, fetch: transport.fetch, gate: this.#gate, breaker: this.#breaker });
    this.#tickerCache = new TickerCache(settings.tickerTtl);
    const endpoint = <Result>(method: string): Endpoint<Result> => new Endpoint(method, this.#caller, settings);
    this.#time = endpoint('Time');
    this.#systemStatus = endpoint('SystemStatus');
    this.#assets = endpoint('Assets');
    this.#assetPairs = endpoint('AssetPairs');
    this.#ticker = endpoint('Ticker');
    this.#ohlc = endpoint('OHLC');
    this.#depth = endpoint('Depth');
    this.#trades = endpoint('Trades');
    this.#spread = endpoint('Spread');
    const { signal } = options;
    const close = (): void => void this.close();
    this.#letGo = async () => {
      signal?.removeEventListener('abort', close);
      await transport.close();
    };
    if (signal?.aborted === true) close();
    signal?.addEventListener('abort', close, { once: true });
  }

  get breakerState(): BreakerState {
    return this.#breaker.state;
  }

  /** How many calls wait for their turn. */
  get waiting(): number {
    return this.#gate.waiting;
  }

  /** The pairs' spellings as far as answers of `AssetPairs` have told them. */
  get names(): SymbolNames {
    return this.#names;
  }

  /** The venue's clock, in whole seconds. */
  async time(options: CallOptions = {}): Promise<ServerTime> {
    return await this.#time.get({}, readServerTime, options);
  }

  async systemStatus(options: CallOptions = {}): Promise<SystemStatusAnswer> {
    return await this.#systemStatus.get({}, readSystemStatus, options);
  }

  /** All assets by v2 name. */
  async assets(options: CallOptions = {}): Promise<ReadonlyMap<string, AssetInfo>> {
    return await this.#assets.get({}, (result) => readAssets(result), options);
  }

  /** Rules of these pairs, or of all that can be read, by v2 symbol: see `instrumentOf`. */
  async assetPairs(pairs?: readonly string[], options: CallOptions = {}): Promise<ReadonlyMap<string, AssetPair>> {
    if (pairs?.length === 0) return new Map();
    const asked = pairs === undefined ? undefined : await this.#askedAll(pairs, this.#assetPairs, options);
    if (asked === undefined) return await this.#allPairs(options);
    const found = await this.#assetPairs.get({ pair: listed(asked) }, (result) => readAssetPairs(result), options);
    this.#learn(found, false);
    return found;
  }

  /** Tickers of these pairs, or of all that can be read, by v2 symbol; up to `tickerTtl` old, as their `recvTs` tells. */
  async ticker(pairs?: readonly string[], options: CallOptions = {}): Promise<ReadonlyMap<string, TimedTicker>> {
    if (pairs === undefined) return await this.#allTickers(options);
    const asked = await this.#askedAll(pairs, this.#ticker, options);
    const now = this.#settings.scheduler.now();
    const young = asked.flatMap(({ symbol }) => this.#tickerCache.get(symbol, now) ?? []);
    const found = new Map(young.map((ticker) => [ticker.symbol, ticker]));
    const missing = asked.filter(({ symbol }) => !found.has(symbol));
    const fetched = missing.length === 0 ? found : await this.#fetchTickers(missing, options);
    return new Map(asked.flatMap(({ symbol }) => entry(symbol, found.get(symbol) ?? fetched.get(symbol))));
  }

  /**
   * Candles of a pair, at most 720, the running one last.
   * @param options.interval Minutes; 1 when left out.
   * @param options.since Only candles that began after it; whole seconds count. Older ones than the 720 newest are never given.
   */
  async ohlc(
    pair: string,
    options: CallOptions & { readonly interval?: OhlcInterval | undefined; readonly since?: Micros | undefined } = {},
  ): Promise<OhlcAnswer> {
    const { interval = 1, since } = options;
    if (!OHLC_INTERVALS.includes(interval)) {
      throw this.#ohlc.badRequest(`expected an interval of ${OHLC_INTERVALS.join(', ')} minutes, was ${interval}`);
    }
    const sinceSeconds = secondsOf(since, this.#ohlc);
    const { symbol, name } = await this.#asked(pair, this.#ohlc, options);
    const read = (result: Place): OhlcAnswer => readOhlc(result, this.#named(symbol));
    return await this.#ohlc.get({ pair: name, interval, since: sinceSeconds }, read, options);
  }

  /**
   * The book of a pair. Sizes have three decimals here whatever the pair has: fit to compare prices with, not to build a book from.
   * @param options.count Levels a side, 1 to 500; 100 when left out.
   */
  async depth(pair: string, options: CallOptions & { readonly count?: number | undefined } = {}): Promise<DepthAnswer> {
    const count = countOf(options.count, 500, this.#depth);
    const { symbol, name } = await this.#asked(pair, this.#depth, options);
    const read = (result: Place): DepthAnswer => readDepth(result, this.#named(symbol));
    return await this.#depth.get({ pair: name, count }, read, options);
  }

  /**
   * Trades of a pair, oldest first.
   * @param options.since Only trades after it: a time, or the `last` of the answer before (nanoseconds as text). Left out: the latest.
   * @param options.count 1 to 1000; 1000 when left out.
   */
  async trades(
    pair: string,
    options: CallOptions & { readonly since?: Micros | string | undefined; readonly count?: number | undefined } = {},
  ): Promise<TradesAnswer> {
    const count = countOf(options.count, 1000, this.#trades);
    const since = nanosecondsOf(options.since, this.#trades);
    const { symbol, name } = await this.#asked(pair, this.#trades, options);
    const read = (result: Place): TradesAnswer => readTrades(result, this.#named(symbol));
    return await this.#trades.get({ pair: name, since, count }, read, options);
  }

  /**
   * The best prices of a pair after each of their latest changes, about 200.
   * @param options.since Only those from this second on.
   */
  async spread(
    pair: string,
    options: CallOptions & { readonly since?: Micros | undefined } = {},
  ): Promise<SpreadAnswer> {
    const since = secondsOf(options.since, this.#spread);
    const { symbol, name } = await this.#asked(pair, this.#spread, options);
    const read = (result: Place): SpreadAnswer => readSpread(result, this.#named(symbol));
    return await this.#spread.get({ pair: name, since }, read, options);
  }

  /** Ends all calls with `KB_KRAKEN_REST_CLOSED`, and the connections. Closing twice is fine. */
  close(): Promise<void> {
    this.#caller.close();
    this.#closing ??= this.#letGo();
    return this.#closing;
  }

  async #allTickers(options: CallOptions): Promise<ReadonlyMap<string, TimedTicker>> {
    const cached = this.#tickerCache.all(this.#settings.scheduler.now());
    if (cached !== undefined) return cached;
    const { tickers, recvTs } = await this.#ticker.get({}, this.#readTickers, options);
    if ([...tickers.keys()].some((key) => this.#names.find(key) === undefined)) await this.#refreshNames(options);
    const named = [...tickers].map(([key, ticker]) => timed(this.#names.symbolOf(key) ?? key, ticker, recvTs));
    const all = new Map(named.map((ticker) => [ticker.symbol, ticker]));
    this.#tickerCache.addAll(all, recvTs);
    return all;
  }

  /** Tickers of these pairs by v2 symbol, from the venue. */
  async #fetchTickers(asked: readonly Asked[], options: CallOptions): Promise<ReadonlyMap<string, TimedTicker>> {
    const read = (result: Place): KeyedTickers => this.#readTickers(result);
    const { tickers, recvTs } = await this.#ticker.get({ pair: listed(asked) }, read, options);
    const symbolOf = (key: string): string | undefined =>
      this.#names.symbolOf(key) ?? asked.find(({ name }) => name === key || asked.length === 1)?.symbol;
    if ([...tickers.keys()].some((key) => symbolOf(key) === undefined)) await this.#refreshNames(options);
    const found = new Map([...tickers].map(([key, ticker]) => entryOf(timed(symbolOf(key) ?? key, ticker, recvTs))));
    const missing = asked.filter(({ symbol }) => !found.has(symbol)).map(({ symbol }) => symbol);
    if (missing.length > 0) {
      throw this.#ticker.badAnswer(`${missing.join(', ')} not among ${[...tickers.keys()].join(', ')}`);
    }
    this.#tickerCache.add(found);
    return found;
  }

  /** @param warn Left out, each ticker must be readable. */
  readonly #readTickers = (result: Place, warn?: Warn): KeyedTickers => ({
    tickers: readTickers(result, (key) => key, warn && ((error) => warn(error.message))),
    recvTs: this.#settings.scheduler.now(),
  });

  /** Names the only pair of an answer as it was asked for, unless it is known to be another. */
  #named(symbol: string): NameOfKey {
    return (key, place) => {
      const found = this.#names.symbolOf(key);
      if (found !== undefined && found !== symbol) throw place.fail(`expected ${symbol}, was ${found}`);
      return symbol;
    };
  }

  async #askedAll<Result>(
    pairs: readonly string[],
    endpoint: Endpoint<Result>,
    options: CallOptions,
  ): Promise<readonly Asked[]> {
    const asked = await Promise.all(pairs.map((pair) => this.#asked(pair, endpoint, options)));
    // Sorted, so that equal sets are equal requests.
    const bySymbol = new Map(asked.map((each) => [each.symbol, each]));
    return [...bySymbol.values()].toSorted((a, b) => (a.symbol < b.symbol ? -1 : 1));
  }

  /** @throws RestError `KB_KRAKEN_REST_UNKNOWN_SYMBOL`, or why the list of pairs could not be had. */
  async #asked<Result>(pair: string, endpoint: Endpoint<Result>, options: CallOptions): Promise<Asked> {
    const known = this.#askedNow(pair);
    if (known !== undefined) return known;
    await this.#refreshNames(options);
    const found = this.#askedNow(pair);
    if (found === undefined) throw endpoint.unknownSymbol(pair);
    return found;
  }

  #askedNow(pair: string): Asked | undefined {
    const symbol = this.#names.symbolOf(pair);
    const name = this.#names.requestNameOf(pair);
    return symbol === undefined || name === undefined ? undefined : { symbol, name };
  }

  /** Loads the list of pairs, unless it is young. */
  async #refreshNames({ signal, deadline }: CallOptions): Promise<void> {
    if (this.#settings.scheduler.now() - this.#namesAt < NAMES_AGE) return;
    await this.#allPairs({ signal, deadline });
  }

  async #allPairs(options: CallOptions): Promise<ReadonlyMap<string, AssetPair>> {
    const read = (result: Place, warn: Warn): ReadonlyMap<string, AssetPair> =>
      readAssetPairs(result, (error) => warn(error.message));
    const found = await this.#assetPairs.get({}, read, options);
    this.#learn(found, true);
    return found;
  }

  #learn(pairs: ReadonlyMap<string, AssetPair>, isComplete: boolean): void {
    this.#names = isComplete ? new SymbolNames(pairs.values()) : this.#names.with(pairs.values());
    if (isComplete) this.#namesAt = this.#settings.scheduler.now();
  }
}

/** A transport of somebody else's, who ends its connections. */
function lent(fetch: Fetch): OwnedFetch {
  return { fetch, close: () => Promise.resolve() };
}

/** Tickers under the keys of the answer, and when it came. */
interface KeyedTickers {
  readonly tickers: ReadonlyMap<string, Ticker>;
  readonly recvTs: Micros;
}

function timed(symbol: string, ticker: Ticker, recvTs: Micros): TimedTicker {
  return { ...ticker, symbol, recvTs };
}

function entryOf(ticker: TimedTicker): readonly [string, TimedTicker] {
  return [ticker.symbol, ticker];
}

function entry(symbol: string, ticker: TimedTicker | undefined): readonly (readonly [string, TimedTicker])[] {
  return ticker === undefined ? [] : [[symbol, ticker]];
}

function listed(asked: readonly Asked[] | undefined): string | undefined {
  return asked?.map(({ name }) => name).join(',');
}

function secondsOf<Result>(since: Micros | undefined, endpoint: Endpoint<Result>): number | undefined {
  if (since === undefined) return undefined;
  if (!(since >= 0)) throw endpoint.badRequest(`expected since to be a time after 1970, was ${since}`);
  return Math.floor(since / SECOND);
}

function nanosecondsOf<Result>(since: Micros | string | undefined, endpoint: Endpoint<Result>): string | undefined {
  if (since === undefined) return undefined;
  const nanoseconds = typeof since === 'number' ? `${since}000` : since;
  if (!/^\d{1,20}$/.test(nanoseconds)) {
    throw endpoint.badRequest(
      `expected since to be microseconds, or nanoseconds as text, was ${JSON.stringify(since)}`,
    );
  }
  return nanoseconds;
}

function countOf<Result>(count: number | undefined, most: number, endpoint: Endpoint<Result>): number | undefined {
  if (count === undefined || (Number.isInteger(count) && count >= 1 && count <= most)) return count;
  throw endpoint.badRequest(`expected count to be a whole number from 1 to ${most}, was ${count}`);
}
