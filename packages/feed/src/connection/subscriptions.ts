import { encodeSubscribe, encodeUnsubscribe } from '@kb/kraken';
import type { AckMessage } from '@kb/kraken';
import { micros, SECOND } from '@kb/model';
import type { CancelTask, FeedCause, KeyedRandom, Micros, Scheduler } from '@kb/model';
import { BACKOFF_PRESETS, backoffDelay } from './backoff.ts';
import { HIDDEN, safeErrorText, withoutSecret } from './error-text.ts';
import type { FeedChannel } from '../sources/feed-options.ts';
import { isBook, subjectOf, subscription } from './subscription.ts';
import type { Phase, Subscription } from './subscription.ts';
import { TokenKeeper } from './token-keeper.ts';

/** What the subscriptions need from the connection they live on. */
export interface SubscriptionsHost {
  /** @param shown The same without its secret. */
  send(text: string, shown: string): void;
  nextReqId(): number;
  /** Whether the symbol has a book now that its subscription keeps going, so that no snapshot is waited for. */
  hasBook(symbol: string): boolean;
  /** A symbol's state changes for a reason that the frames do not show. */
  onState(symbol: string, state: 'broken' | 'resyncing' | 'subscribing', cause: FeedCause, detail: string): void;
  /**
   * The checksum of a book of levels failed three times in a row: it may be the checksum that is wrong. The subscription stays as it is,
   * until `onUnsettled` or `onDisproved`. `undefined`: nobody can find out.
   */
  readonly onDoubt?: ((symbol: string, detail: string) => void) | undefined;
  /** Candles of that interval do not come on this connection; nothing else is affected. */
  onCandlesOff(symbol: string, interval: Micros, detail: string): void;
  /** The connection as a whole is of no use. */
  onFault(cause: FeedCause, detail: string): void;
}

export interface SubscriptionsOptions {
  readonly channels: readonly FeedChannel[];
  readonly symbols: readonly string[];
  readonly depth: number;
  /** Of candles. */
  readonly ohlcIntervals: readonly Micros[];
  /** Makes the token for `level3`. */
  readonly token: (() => Promise<string>) | undefined;
  readonly scheduler: Scheduler;
  readonly random: KeyedRandom;
  readonly ackTimeout: Micros;
  readonly snapshotTimeout: Micros;
  readonly healthyAfter: Micros;
}

/** Requests that may go unanswered before the symbol counts as broken. */
const MAX_TRIES = 3;
/** Checksums in a row, of different snapshots, that may fail before they are in doubt themselves. */
const MAX_WRONG = 3;
/** Failures in a row after which a symbol is broken, and how often it is tried from then on. */
const MAX_FAILURES = 5;
const BROKEN_RETRY: Micros = micros(30 * SECOND);
/** Kraken takes subscriptions to `level3` worth 200 points a second; what one costs, by its depth. */
const LEVEL3_BUDGET = 200;
const LEVEL3_COSTS: Readonly<Record<number, number>> = { 10: 5, 100: 25, 1000: 100 };

/**
 * Keeps every channel of every symbol subscribed exactly once.
 *
 * Acknowledgements are matched by request id and symbol; data may arrive before them. A subscription is made anew by
 * unsubscribing, waiting for the answer, then subscribing: Kraken answers several such pairs in quick succession with
 * one snapshot only (seen on 2026-08-01), so a snapshot that does not follow its acknowledgement is asked for again.
 */
export class Subscriptions {
  readonly #host: SubscriptionsHost;
  readonly #options: SubscriptionsOptions;
  readonly #all: readonly Subscription[];
  readonly #tokens: TokenKeeper;
  readonly #retries = new Map<string, CancelTask>();
  #draws = 0;
  /** False once stopped: whoever hears of a state may have ended the feed. */
  #isOn = false;

  constructor(host: SubscriptionsHost, options: SubscriptionsOptions) {
    this.#host = host;
    this.#options = options;
    this.#tokens = new TokenKeeper(options.token ?? (() => Promise.reject(new TypeError('there is no token option'))));
    this.#all = options.channels.flatMap((channel) => {
      if (channel === 'instrument') return [subscription(channel, undefined)];
      const intervals = channel === 'ohlc' ? options.ohlcIntervals : [undefined];
      return intervals.flatMap((interval) => options.symbols.map((symbol) => subscription(channel, symbol, interval)));
    });
  }

  /** Asks for everything, on a connection that has nothing yet. */
  start(): void {
    this.#isOn = true;
    for (const channel of this.#options.channels) {
      const intervals = channel === 'ohlc' ? this.#options.ohlcIntervals : [undefined];
      for (const interval of intervals) {
        const group = this.#all.filter((each) => each.channel === channel && each.interval === interval);
        const now = group.filter((each) => this.#turnOf(each) === 0);
        this.#subscribe(now);
        for (const each of group.slice(now.length)) {
          this.#enter(each, 'waiting', this.#turnOf(each), () => this.#subscribe([each]));
        }
      }
    }
  }

  /** The connection is gone, and all subscriptions with it. */
  stop(): void {
    this.#isOn = false;
    for (const cancel of this.#retries.values()) cancel();
    this.#retries.clear();
    for (const each of this.#all) {
      this.#forgiveIfHealthy(each);
      each.liveSince = undefined;
      each.tries = 0;
      each.renewed = false;
      each.isLeftOff = false;
      this.#enter(each, 'off');
    }
    this.#tokens.forget(); // good as long as the connection that it was used on
  }

  /** Intervals of the symbol's candles that do not come on this connection. */
  candlesOffOf(symbol: string): Micros[] {
    const off = this.#all.filter((each) => each.symbol === symbol && each.isLeftOff);
    return off.flatMap(({ interval }) => interval ?? []);
  }

  /** How often the symbol's book was subscribed anew on a connection. */
  resyncsOf(symbol: string): number {
    return this.#bookOf(symbol)?.resyncs ?? 0;
  }

  onAck(message: AckMessage): void {
    const found = subjectOf(this.#all, message);
    if (found === undefined) return;
    switch (found.phase) {
      case 'subscribing':
        if (message.success || isThereAlready(message.error)) this.#onSubscribed(found);
        else this.#onRefused(found, message.error ?? 'no reason given');
        break;
      case 'unsubscribing':
        this.#onUnsubscribed(found); // refused means that there was nothing to end: just as well
        break;
      case 'off':
        if (message.success && message.method === 'subscribe') this.#sendUnsubscribe(found);
        break;
      case 'active':
      case 'authorizing':
      case 'waiting':
        break; // a second answer
    }
  }

  /** A verified snapshot came. */
  onLive(symbol: string): void {
    const book = this.#bookOf(symbol);
    if (book === undefined) return;
    book.liveSince = this.#options.scheduler.now();
    if (book.phase === 'active') this.#enter(book, 'active'); // ends the wait for the snapshot
  }

  /** The symbol's book was found wrong and is frozen. */
  onResync(symbol: string, cause: FeedCause, detail: string): void {
    const book = this.#bookOf(symbol);
    if (book === undefined) return;
    // In the other phases a fresh snapshot is on its way already: what came now is a leftover.
    if (book.phase === 'active' || book.phase === 'subscribing') this.#fail(book, cause, detail);
  }

  /** Nothing could be found out about a book in doubt: it is subscribed anew. */
  onUnsettled(symbol: string, detail: string): void {
    const book = this.#bookOf(symbol);
    if (book === undefined || (book.phase !== 'active' && book.phase !== 'subscribing')) return;
    this.#host.onState(symbol, 'resyncing', 'cross-check', detail);
    if (this.#isOn) this.#renew(book, this.#pauseAfter(book.failures), 'checksum', detail);
  }

  /** A book in doubt was found wrong, and told as broken: it is tried again later. */
  onDisproved(symbol: string): void {
    this.#turnOff(symbol);
    this.#retryLater(symbol, 'cross-check');
  }

  /** Makes every subscription anew, so that snapshots of everything come. */
  resubscribe(reason: string): void {
    for (const each of this.#all) {
      if (each.phase !== 'active') continue; // its snapshot is still to come
      if (isBook(each.channel) && each.symbol !== undefined) {
        this.#host.onState(each.symbol, 'subscribing', 'start', reason);
        if (!this.#isOn) return;
        each.resyncs += 1;
      }
      this.#unsubscribe(each, this.#turnOf(each));
    }
  }

  /** Makes the subscription of one book anew, because of what another way says of it. */
  resubscribeBook(symbol: string, reason: string): void {
    const book = this.#bookOf(symbol);
    if (book?.phase !== 'active' || !this.#host.hasBook(symbol)) return; // a snapshot is on its way, or the symbol was given up
    this.#host.onState(symbol, 'resyncing', 'cross-check', reason);
    if (!this.#isOn) return;
    book.resyncs += 1;
    this.#unsubscribe(book, micros(0));
  }

  /** How long a subscription waits for others, where all at once would cost too much. */
  #turnOf({ channel, symbol }: Subscription): Micros {
    if (channel !== 'level3' || symbol === undefined) return micros(0);
    const { depth, symbols } = this.#options;
    const together = Math.max(1, Math.floor(LEVEL3_BUDGET / (LEVEL3_COSTS[depth] ?? LEVEL3_BUDGET)));
    return micros(Math.floor(symbols.indexOf(symbol) / together) * SECOND);
  }

  #subscribe(group: readonly Subscription[]): void {
    const [first] = group;
    if (first === undefined) return;
    const reqId = this.#host.nextReqId();
    if (first.channel === 'level3') void this.#authorize(group, reqId);
    else this.#request(group, reqId, undefined);
  }

  /** Gets a token, then asks for those that still want to be asked for. */
  async #authorize(group: readonly Subscription[], reqId: number): Promise<void> {
    for (const each of group) {
      each.reqId = reqId;
      this.#enter(each, 'authorizing', this.#options.ackTimeout, () => {
        this.#tokens.forget();
        this.#onNoToken(each, 'none came in time');
      });
    }
    const isWaiting = (each: Subscription): boolean => each.phase === 'authorizing' && each.reqId === reqId;
    let token: string;
    try {
      token = await this.#tokens.get();
    } catch (error) {
      for (const each of group) if (isWaiting(each)) this.#onNoToken(each, safeErrorText(error, each.token));
      return;
    }
    this.#request(group.filter(isWaiting), reqId, token);
  }

  #request(group: readonly Subscription[], reqId: number, token: string | undefined): void {
    const [first] = group;
    if (first === undefined) return;
    for (const each of group) {
      each.reqId = reqId;
      each.token = token;
      each.tries += 1;
      this.#enter(each, 'subscribing', this.#options.ackTimeout, () => this.#onNoAck(each));
    }
    const { channel, interval } = first;
    const symbols = group.flatMap((each) => each.symbol ?? []);
    const depth = isBook(channel) ? this.#options.depth : undefined;
    const request = { channel, symbols, depth, interval, snapshot: true, reqId };
    this.#host.send(encodeSubscribe({ ...request, token }), encodeSubscribe({ ...request, token: hidden(token) }));
  }

  #unsubscribe(each: Subscription, pause: Micros): void {
    each.pause = pause;
    // First the phase: what is sent is recorded, and a recording that rotates then resubscribes what is active.
    this.#enter(each, 'unsubscribing', this.#options.ackTimeout, () => this.#onUnsubscribed(each));
    this.#sendUnsubscribe(each);
  }

  #sendUnsubscribe(each: Subscription): void {
    const { channel, symbol, interval, token } = each;
    each.reqId = this.#host.nextReqId();
    const symbols = symbol === undefined ? [] : [symbol];
    const depth = isBook(channel) ? this.#options.depth : undefined;
    const request = { channel, symbols, depth, interval, reqId: each.reqId };
    this.#host.send(encodeUnsubscribe({ ...request, token }), encodeUnsubscribe({ ...request, token: hidden(token) }));
  }

  #onSubscribed(each: Subscription): void {
    each.tries = 0;
    each.renewed = false;
    each.isLeftOff = false;
    if (!isBook(each.channel) || each.symbol === undefined || this.#host.hasBook(each.symbol)) {
      this.#enter(each, 'active');
      return;
    }
    this.#enter(each, 'active', this.#options.snapshotTimeout, () => this.#onNoSnapshot(each));
  }

  #onUnsubscribed(each: Subscription): void {
    each.tries = 0;
    if (each.pause === 0) this.#subscribe([each]);
    else this.#enter(each, 'waiting', each.pause, () => this.#subscribe([each]));
  }

  #onNoAck(each: Subscription): void {
    if (isBook(each.channel) && each.symbol !== undefined && this.#host.hasBook(each.symbol)) {
      this.#onSubscribed(each); // the data says what the lost answer would have
    } else if (each.tries < MAX_TRIES) {
      this.#subscribe([each]);
    } else {
      this.#giveUp(each, 'silence', `${each.channel}: no answer to ${each.tries} subscribe requests`, true);
    }
  }

  #onNoSnapshot(each: Subscription): void {
    const detail = 'subscription acknowledged, but no snapshot followed';
    if (each.symbol !== undefined) this.#host.onState(each.symbol, 'resyncing', 'silence', detail);
    if (this.#isOn) this.#fail(each, 'silence', detail);
  }

  #onNoToken(each: Subscription, why: string): void {
    this.#tryLater(each, `${each.channel}: no token: ${why}`);
  }

  #onRefused(each: Subscription, error: string): void {
    const { channel, token } = each;
    const detail = `${channel}: ${withoutSecret(error, token)}`;
    if (token !== undefined && BAD_TOKEN.test(error)) {
      this.#onBadToken(each, token, detail);
      return;
    }
    if (!isTransientRefusal(error)) {
      this.#giveUp(each, 'refused', detail, false);
      return;
    }
    this.#tryLater(each, detail);
  }

  /** A new token, once; when that is refused too, something else is wrong. */
  #onBadToken(each: Subscription, token: string, detail: string): void {
    this.#tokens.forget(token);
    if (each.renewed) {
      this.#giveUp(each, 'refused', detail, true);
      return;
    }
    each.renewed = true;
    this.#subscribe([each]);
  }

  #tryLater(each: Subscription, detail: string): void {
    const pause = this.#nextPause(each);
    if (pause === undefined) this.#giveUp(each, 'refused', detail, true);
    else this.#enter(each, 'waiting', pause, () => this.#subscribe([each]));
  }

  /** What the subscription gave was no good: a new one, after a pause that grows, until it is enough. */
  #fail(each: Subscription, cause: FeedCause, detail: string): void {
    const { channel, symbol } = each;
    const { onDoubt } = this.#host;
    const pause = this.#nextPause(each);
    each.wrong = cause === 'checksum' ? each.wrong + 1 : 0;
    if (each.wrong >= MAX_WRONG && channel === 'book' && symbol !== undefined && onDoubt !== undefined) {
      if (each.phase === 'active') this.#enter(each, 'active'); // ends the wait for a snapshot
      onDoubt(symbol, `the checksum failed ${each.wrong} times in a row, asking another way; ${detail}`);
    } else {
      this.#renew(each, pause, cause, detail);
    }
  }

  /** @param pause `undefined`: it was tried often enough. */
  #renew(each: Subscription, pause: Micros | undefined, cause: FeedCause, detail: string): void {
    each.resyncs += 1;
    if (pause === undefined) this.#giveUp(each, cause, detail, true);
    else this.#unsubscribe(each, pause);
  }

  /** Counts a failure. @returns How long to wait now, or `undefined` after too many. */
  #nextPause(each: Subscription): Micros | undefined {
    this.#forgiveIfHealthy(each);
    each.liveSince = undefined;
    each.failures += 1;
    return this.#pauseAfter(each.failures);
  }

  /** Nothing the first time. */
  #pauseAfter(failures: number): Micros | undefined {
    if (failures >= MAX_FAILURES) return undefined;
    if (failures === 1) return micros(0);
    this.#draws += 1;
    return backoffDelay(BACKOFF_PRESETS.fast, failures - 1, this.#options.random.at(this.#draws));
  }

  #forgiveIfHealthy(each: Subscription): void {
    if (each.liveSince === undefined) return;
    if (this.#options.scheduler.now() - each.liveSince < this.#options.healthyAfter) return;
    each.failures = 0;
    each.wrong = 0;
  }

  /** The symbol is broken, with all its channels; without a symbol, the connection is. Candles break nothing: they are left off. */
  #giveUp(cause: Subscription, why: FeedCause, detail: string, retries: boolean): void {
    const { symbol, interval } = cause;
    if (symbol === undefined) {
      this.#host.onFault(why, detail);
      return;
    }
    if (interval !== undefined) {
      cause.tries = 0;
      cause.isLeftOff = true;
      this.#enter(cause, 'off');
      this.#host.onCandlesOff(symbol, interval, detail);
      return;
    }
    this.#turnOff(symbol);
    this.#host.onState(symbol, 'broken', why, retries ? `${detail}; tried again every 30 s` : detail);
    if (retries) this.#retryLater(symbol, why);
  }

  /** Ends every channel of a symbol. */
  #turnOff(symbol: string): void {
    for (const each of this.#all) {
      if (each.symbol !== symbol) continue;
      if (each.phase === 'active') this.#sendUnsubscribe(each); // what is acknowledged later is ended then
      each.tries = 0;
      each.renewed = false;
      this.#enter(each, 'off');
    }
  }

  #retryLater(symbol: string, cause: FeedCause): void {
    if (!this.#isOn) return;
    const { scheduler } = this.#options;
    this.#retries.set(
      symbol,
      scheduler.after(BROKEN_RETRY, () => this.#retry(symbol, cause)),
    );
  }

  #retry(symbol: string, cause: FeedCause): void {
    this.#retries.delete(symbol);
    this.#host.onState(symbol, 'resyncing', cause, 'trying again');
    if (!this.#isOn) return;
    for (const each of this.#all) if (each.symbol === symbol) this.#subscribe([each]);
  }

  /** Changes the phase, and with it what is waited for. */
  #enter(each: Subscription, phase: Phase, delay?: Micros, task?: () => void): void {
    each.cancel?.();
    each.phase = phase;
    each.cancel = delay === undefined || task === undefined ? undefined : this.#options.scheduler.after(delay, task);
  }

  #bookOf(symbol: string): Subscription | undefined {
    return this.#all.find((each) => isBook(each.channel) && each.symbol === symbol);
  }
}

/** Whether a refusal may go away by itself. Source: the error texts of Kraken's API. */
export function isTransientRefusal(error: string): boolean {
  return TRANSIENT.test(error);
}

const TRANSIENT = /^EService|^EAPI:Rate limit|^EGeneral:(?:Temporary|Internal)|exceeded msg rate/i;

/** Refusals of the token, not of the request. */
const BAD_TOKEN = /^EAPI:Invalid token|^ESession:Invalid session/i;

function hidden(token: string | undefined): string | undefined {
  return token === undefined ? undefined : HIDDEN;
}

/** A refusal that means that all is well. A second interval of candles, where there may be one, is refused in similar words. */
function isThereAlready(error: string | undefined): boolean {
  return error !== undefined && /^already subscribed/i.test(error) && !/one ohlc interval/i.test(error);
}
