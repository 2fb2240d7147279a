import { encodeSubscribe, encodeUnsubscribe } from '@kb/kraken';
import type { AckMessage } from '@kb/kraken';
import { micros, SECOND } from '@kb/model';
import type { CancelTask, FeedCause, KeyedRandom, Micros, Scheduler } from '@kb/model';
import { BACKOFF_PRESETS, backoffDelay } from './backoff.ts';
import type { FeedChannel } from '../sources/feed-options.ts';

/** What the subscriptions need from the connection they live on. */
export interface SubscriptionsHost {
  send(text: string): void;
  nextReqId(): number;
  /** Whether the symbol has a verified book now. */
  isLive(symbol: string): boolean;
  /** A symbol's state changes for a reason that the frames do not show. */
  onState(symbol: string, state: 'broken' | 'resyncing' | 'subscribing', cause: FeedCause, detail: string): void;
  /** The connection as a whole is of no use. */
  onFault(cause: FeedCause, detail: string): void;
}

export interface SubscriptionsOptions {
  readonly channels: readonly FeedChannel[];
  readonly symbols: readonly string[];
  readonly depth: number;
  readonly scheduler: Scheduler;
  readonly random: KeyedRandom;
  readonly ackTimeout: Micros;
  readonly snapshotTimeout: Micros;
  readonly healthyAfter: Micros;
}

/** Requests that may go unanswered before the symbol counts as broken. */
const MAX_TRIES = 3;
/** Failures in a row after which a symbol is broken, and how often it is tried from then on. */
const MAX_FAILURES = 5;
const BROKEN_RETRY: Micros = micros(30 * SECOND);

/**
 * One channel of one symbol. `off`: nothing asked for · `subscribing`, `unsubscribing`: asked, not answered · `active`:
 * acknowledged · `waiting`: will be asked for after a delay.
 */
type Phase = 'active' | 'off' | 'subscribing' | 'unsubscribing' | 'waiting';

interface Subscription {
  readonly channel: FeedChannel;
  /** `undefined` for the instrument channel, which has none. */
  readonly symbol: string | undefined;
  phase: Phase;
  /** Of the latest request. */
  reqId: number;
  tries: number;
  /** In a row; forgotten after the symbol was live for a while. */
  failures: number;
  /** Subscriptions made anew since the start, for whatever reason. */
  resyncs: number;
  liveSince: Micros | undefined;
  /** How long to wait between the end of the old subscription and the new one. */
  pause: Micros;
  cancel: CancelTask | undefined;
}

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
  readonly #retries = new Map<string, CancelTask>();
  #draws = 0;

  constructor(host: SubscriptionsHost, options: SubscriptionsOptions) {
    this.#host = host;
    this.#options = options;
    this.#all = options.channels.flatMap((channel) =>
      channel === 'instrument'
        ? [subscription(channel, undefined)]
        : options.symbols.map((symbol) => subscription(channel, symbol)),
    );
  }

  /** Asks for everything, on a connection that has nothing yet. */
  start(): void {
    for (const channel of this.#options.channels) {
      this.#subscribe(this.#all.filter((each) => each.channel === channel));
    }
  }

  /** The connection is gone, and all subscriptions with it. */
  stop(): void {
    for (const cancel of this.#retries.values()) cancel();
    this.#retries.clear();
    for (const each of this.#all) {
      this.#forgiveIfHealthy(each);
      each.liveSince = undefined;
      each.tries = 0;
      this.#enter(each, 'off');
    }
  }

  /** How often the symbol's book was subscribed anew on a connection. */
  resyncsOf(symbol: string): number {
    return this.#bookOf(symbol)?.resyncs ?? 0;
  }

  onAck(message: AckMessage): void {
    const found = this.#subjectOf(message);
    if (found === undefined) return;
    switch (found.phase) {
      case 'subscribing':
        if (message.success || /^already subscribed/i.test(message.error ?? '')) this.#onSubscribed(found);
        else this.#onRefused(found, message.error ?? 'no reason given');
        break;
      case 'unsubscribing':
        this.#onUnsubscribed(found); // refused means that there was nothing to end: just as well
        break;
      case 'off':
        if (message.success && message.method === 'subscribe') this.#sendUnsubscribe(found);
        break;
      case 'active':
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

  /** Makes every subscription anew, so that snapshots of everything come. */
  resubscribe(reason: string): void {
    for (const each of this.#all) {
      if (each.phase !== 'active') continue; // its snapshot is still to come
      if (each.channel === 'book' && each.symbol !== undefined) {
        this.#host.onState(each.symbol, 'subscribing', 'start', reason);
        each.resyncs += 1;
      }
      this.#unsubscribe(each, micros(0));
    }
  }

  #subscribe(group: readonly Subscription[]): void {
    const [first] = group;
    if (first === undefined) return;
    const reqId = this.#host.nextReqId();
    for (const each of group) {
      each.reqId = reqId;
      each.tries += 1;
      this.#enter(each, 'subscribing', this.#options.ackTimeout, () => this.#onNoAck(each));
    }
    const { channel } = first;
    const symbols = group.flatMap((each) => each.symbol ?? []);
    const { depth } = this.#options;
    this.#host.send(encodeSubscribe({ channel, symbols, snapshot: true, reqId, ...(channel === 'book' && { depth }) }));
  }

  #unsubscribe(each: Subscription, pause: Micros): void {
    each.pause = pause;
    // First the phase: what is sent is recorded, and a recording that rotates then resubscribes what is active.
    this.#enter(each, 'unsubscribing', this.#options.ackTimeout, () => this.#onUnsubscribed(each));
    this.#sendUnsubscribe(each);
  }

  #sendUnsubscribe(each: Subscription): void {
    const { channel, symbol } = each;
    each.reqId = this.#host.nextReqId();
    const symbols = symbol === undefined ? [] : [symbol];
    const { depth } = this.#options;
    this.#host.send(encodeUnsubscribe({ channel, symbols, reqId: each.reqId, ...(channel === 'book' && { depth }) }));
  }

  #onSubscribed(each: Subscription): void {
    each.tries = 0;
    if (each.channel !== 'book' || each.symbol === undefined || this.#host.isLive(each.symbol)) {
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
    if (each.channel === 'book' && each.symbol !== undefined && this.#host.isLive(each.symbol)) {
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
    this.#fail(each, 'silence', detail);
  }

  #onRefused(each: Subscription, error: string): void {
    const detail = `${each.channel}: ${error}`;
    if (!TRANSIENT.test(error)) {
      this.#giveUp(each, 'refused', detail, false);
      return;
    }
    const pause = this.#nextPause(each);
    if (pause === undefined) this.#giveUp(each, 'refused', detail, true);
    else this.#enter(each, 'waiting', pause, () => this.#subscribe([each]));
  }

  /** What the subscription gave was no good: a new one, after a pause that grows, until it is enough. */
  #fail(each: Subscription, cause: FeedCause, detail: string): void {
    each.resyncs += 1;
    const pause = this.#nextPause(each);
    if (pause === undefined) this.#giveUp(each, cause, detail, true);
    else this.#unsubscribe(each, pause);
  }

  /** Counts a failure. @returns How long to wait now (nothing the first time), or `undefined` after too many. */
  #nextPause(each: Subscription): Micros | undefined {
    this.#forgiveIfHealthy(each);
    each.liveSince = undefined;
    each.failures += 1;
    if (each.failures >= MAX_FAILURES) return undefined;
    if (each.failures === 1) return micros(0);
    this.#draws += 1;
    return backoffDelay(BACKOFF_PRESETS.fast, each.failures - 1, this.#options.random.at(this.#draws));
  }

  #forgiveIfHealthy(each: Subscription): void {
    if (each.liveSince === undefined) return;
    if (this.#options.scheduler.now() - each.liveSince >= this.#options.healthyAfter) each.failures = 0;
  }

  /** The symbol is broken, with all its channels; without a symbol, the connection is. */
  #giveUp(cause: Subscription, why: FeedCause, detail: string, retries: boolean): void {
    const { symbol } = cause;
    if (symbol === undefined) {
      this.#host.onFault(why, detail);
      return;
    }
    for (const each of this.#all) {
      if (each.symbol !== symbol) continue;
      if (each.phase === 'active') this.#sendUnsubscribe(each); // what is acknowledged later is ended then
      each.tries = 0;
      this.#enter(each, 'off');
    }
    this.#host.onState(symbol, 'broken', why, retries ? `${detail}; tried again every 30 s` : detail);
    if (!retries) return;
    this.#retries.set(
      symbol,
      this.#options.scheduler.after(BROKEN_RETRY, () => this.#retry(symbol, why)),
    );
  }

  #retry(symbol: string, cause: FeedCause): void {
    this.#retries.delete(symbol);
    this.#host.onState(symbol, 'resyncing', cause, 'trying again');
    for (const each of this.#all) if (each.symbol === symbol) this.#subscribe([each]);
  }

  /** Changes the phase, and with it what is waited for. */
  #enter(each: Subscription, phase: Phase, delay?: Micros, task?: () => void): void {
    each.cancel?.();
    each.phase = phase;
    each.cancel = delay === undefined || task === undefined ? undefined : this.#options.scheduler.after(delay, task);
  }

  #bookOf(symbol: string): Subscription | undefined {
    return this.#all.find((each) => each.channel === 'book' && each.symbol === symbol);
  }

  /** Which subscription an answer is about. Failures may name neither channel nor symbol, or name the symbol in the text. */
  #subjectOf(message: AckMessage): Subscription | undefined {
    const { reqId, symbol, channel, method } = message;
    const asked = reqId === undefined ? [] : this.#all.filter((each) => each.reqId === reqId);
    const named = asked.find((each) => each.symbol === symbol);
    if (named !== undefined) return named;
    if (asked.length > 0 && symbol === undefined) {
      const pairs = (message.error ?? '').split(/[\s,;:'"[\]]+/).filter((word) => word.includes('/'));
      if (pairs.length > 0) return asked.find((each) => each.symbol !== undefined && pairs.includes(each.symbol));
      const pending = asked.filter((each) => each.phase === 'subscribing' || each.phase === 'unsubscribing');
      return pending.length === 1 ? pending[0] : undefined;
    }
    if (!message.success) return undefined;
    // A late answer to an earlier try says as much as one to the latest.
    return this.#all.find(
      (each) =>
        each.channel === channel &&
        each.symbol === symbol &&
        (method === 'unsubscribe'
          ? each.phase === 'unsubscribing'
          : each.phase === 'subscribing' || each.phase === 'off'),
    );
  }
}

/** Refusals that may go away by themselves. Source: the error texts of Kraken's API. */
const TRANSIENT = /^EService|^EAPI:Rate limit|^EGeneral:(?:Temporary|Internal)|exceeded msg rate/i;

function subscription(channel: FeedChannel, symbol: string | undefined): Subscription {
  return {
    channel,
    symbol,
    phase: 'off',
    reqId: 0,
    tries: 0,
    failures: 0,
    resyncs: 0,
    liveSince: undefined,
    pause: micros(0),
    cancel: undefined,
  };
}
