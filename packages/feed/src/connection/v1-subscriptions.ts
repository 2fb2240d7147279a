import { encodeV1Subscribe, encodeV1Unsubscribe } from '@kb/kraken';
import type { AckMessage } from '@kb/kraken';
import { micros, SECOND } from '@kb/model';
import type { CancelTask, FeedCause, Micros, Scheduler } from '@kb/model';
import { isTransientRefusal } from './subscriptions.ts';

/** What the subscriptions need from the connection they live on. */
export interface V1SubscriptionsHost {
  send(text: string): void;
  nextReqId(): number;
  /** A symbol's state changes for a reason that the frames do not show. */
  onState(symbol: string, state: 'broken' | 'resyncing', cause: FeedCause, detail: string): void;
}

export interface V1SubscriptionsOptions {
  readonly symbols: readonly string[];
  readonly scheduler: Scheduler;
  readonly ackTimeout: Micros;
}

/** The channels of WebSocket v1 that are followed, in the order in which they are subscribed. */
const CHANNELS = ['ticker', 'trade'] as const;

/** Requests that may go unanswered before the symbol counts as broken, and how often it is tried from then on. */
const MAX_TRIES = 3;
const BROKEN_RETRY: Micros = micros(30 * SECOND);

interface Subscription {
  readonly channel: (typeof CHANNELS)[number];
  readonly symbol: string;
  /** `off`: nothing asked for · `asked`: not answered yet · `active`: acknowledged. */
  phase: 'active' | 'asked' | 'off';
  /** Of the latest request. */
  reqId: number;
  tries: number;
  cancel: CancelTask | undefined;
}

/**
 * Keeps ticker and trades of every symbol subscribed on WebSocket v1.
 *
 * Nothing here is ever made anew, as there is no book that could go wrong. Answers are matched by request id and pair. An
 * acknowledgement that no ticker follows is left at that: whether v1 sends one at once for a pair that never traded is unconfirmed.
 */
export class V1Subscriptions {
  readonly #host: V1SubscriptionsHost;
  readonly #options: V1SubscriptionsOptions;
  readonly #all: readonly Subscription[];
  readonly #retries = new Map<string, CancelTask>();
  /** Whoever hears of something may end it all at once: nothing is asked for after that. */
  #isOn = false;

  constructor(host: V1SubscriptionsHost, options: V1SubscriptionsOptions) {
    this.#host = host;
    this.#options = options;
    this.#all = CHANNELS.flatMap((channel) =>
      options.symbols.map((symbol): Subscription => ({
        channel,
        symbol,
        phase: 'off',
        reqId: 0,
        tries: 0,
        cancel: undefined,
      })),
    );
  }

  /** Asks for everything, on a connection that has nothing yet. */
  start(): void {
    this.#isOn = true;
    for (const channel of CHANNELS) this.#ask(this.#all.filter((each) => each.channel === channel));
  }

  /** The connection is gone, and all subscriptions with it. */
  stop(): void {
    this.#isOn = false;
    for (const cancel of this.#retries.values()) cancel();
    this.#retries.clear();
    for (const each of this.#all) this.#turnOff(each);
  }

  onAck(message: AckMessage): void {
    const { channel, error, method, success, symbol } = message;
    if (success && method === 'subscribe') {
      // A late answer to an earlier try says as much as one to the latest.
      for (const each of this.#all) {
        if (each.channel === channel && each.symbol === symbol) this.#onSubscribed(each);
      }
      return;
    }
    if (success) return;
    const detail = error ?? 'no reason given';
    for (const each of this.#all) {
      if (each.phase !== 'asked' || each.reqId !== message.reqId) continue;
      if (symbol !== undefined && each.symbol !== symbol) continue;
      if (/already subscribed/i.test(detail)) this.#onSubscribed(each);
      else this.#giveUp(each.symbol, 'refused', `${each.channel}: ${detail}`, isTransientRefusal(detail));
    }
  }

  #ask(group: readonly Subscription[]): void {
    const [first] = group;
    if (first === undefined || !this.#isOn) return;
    const reqId = this.#host.nextReqId();
    for (const each of group) {
      each.cancel?.();
      each.phase = 'asked';
      each.reqId = reqId;
      each.tries += 1;
      each.cancel = this.#options.scheduler.after(this.#options.ackTimeout, () => this.#onNoAck(each));
    }
    const symbols = group.map(({ symbol }) => symbol);
    this.#host.send(encodeV1Subscribe({ name: first.channel, symbols, reqId }));
  }

  #onSubscribed(each: Subscription): void {
    if (each.phase === 'off') {
      this.#unsubscribe(each); // given up meanwhile
      return;
    }
    each.cancel?.();
    each.cancel = undefined;
    each.phase = 'active';
    each.tries = 0;
  }

  #onNoAck(each: Subscription): void {
    if (each.tries < MAX_TRIES) this.#ask([each]);
    else this.#giveUp(each.symbol, 'silence', `${each.channel}: no answer to ${each.tries} subscribe requests`, true);
  }

  /** The symbol is broken, with both its channels. */
  #giveUp(symbol: string, cause: FeedCause, detail: string, retries: boolean): void {
    for (const each of this.#of(symbol)) {
      if (each.phase === 'active') this.#unsubscribe(each);
      this.#turnOff(each);
    }
    const retry = (): void => {
      this.#retries.delete(symbol);
      this.#host.onState(symbol, 'resyncing', cause, 'trying again');
      for (const each of this.#of(symbol)) this.#ask([each]);
    };
    if (retries) this.#retries.set(symbol, this.#options.scheduler.after(BROKEN_RETRY, retry));
    this.#host.onState(symbol, 'broken', cause, retries ? `${detail}; tried again every 30 s` : detail);
  }

  #unsubscribe({ channel, symbol }: Subscription): void {
    this.#host.send(encodeV1Unsubscribe({ name: channel, symbols: [symbol], reqId: this.#host.nextReqId() }));
  }

  #turnOff(each: Subscription): void {
    each.cancel?.();
    each.cancel = undefined;
    each.phase = 'off';
    each.tries = 0;
  }

  #of(symbol: string): readonly Subscription[] {
    return this.#all.filter((each) => each.symbol === symbol);
  }
}
