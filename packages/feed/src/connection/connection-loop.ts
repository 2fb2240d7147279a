import { KeyedRandom, micros } from '@kb/model';
import type { CancelTask, FeedCause, FeedState, Micros } from '@kb/model';
import { FeedError } from '../errors.ts';
import type { FeedSettings } from '../sources/feed-options.ts';
import { Backoff } from './backoff.ts';
import { ConnectBudget } from './connect-budget.ts';
import { Connection } from './connection.ts';
import type { ConnectionHost } from './connection.ts';
import { seconds } from './duration-text.ts';
import { every } from './every.ts';

export interface ConnectionLoopHost extends Pick<ConnectionHost, 'onFrame' | 'onPing' | 'onWire' | 'pingText'> {
  /** What the connection is at, and with it every symbol. It may be ended from here. */
  onState(state: FeedState, cause: FeedCause, detail: string): void;
  /** Time passed: once per `tickEvery`, connected or not. */
  onTick(now: Micros): void;
  /** The venue said hello, and that was told: subscribe. */
  onUp(): void;
  /** The connection is gone, or was never made; this is not told yet. */
  onDown(): void;
  /** There was none for too long: nothing more is tried. */
  onGaveUp(error: FeedError): void;
}

/** What a loop needs of a feed's settings. */
export type ConnectionLoopSettings = Pick<
  FeedSettings,
  | 'backoff'
  | 'connectBudget'
  | 'connectTimeout'
  | 'dial'
  | 'frameDeadline'
  | 'giveUpAfter'
  | 'healthyAfter'
  | 'pingEvery'
  | 'scheduler'
  | 'seed'
  | 'tickEvery'
  | 'url'
>;

/** Kraken support told ccxt that request ids must fit in 31 bits. */
const MAX_REQ_ID = 2 ** 31 - 1;

/**
 * One connection after another, for as long as it runs: each lost one is followed by the next, after a delay that grows with the
 * failures in a row and within the budget of connects. With none for `giveUpAfter` it says so and stops.
 */
export class ConnectionLoop {
  readonly #settings: ConnectionLoopSettings;
  readonly #host: ConnectionLoopHost;
  readonly #wires: ConnectionHost;
  readonly #backoff: Backoff;
  readonly #budget: ConnectBudget;
  readonly #reconnects: Partial<Record<FeedCause, number>> = {};

  #phase: 'ended' | 'new' | 'running' = 'new';
  #connection: Connection | undefined = undefined;
  #cancelWait: CancelTask | undefined = undefined;
  #cancelTick: CancelTask | undefined = undefined;
  #cancelGiveUp: CancelTask | undefined = undefined;
  #connects = 0;
  #lastReqId = 0;
  /** Why the last connection was lost or never made. */
  #lastLoss: string | undefined = undefined;

  constructor(settings: ConnectionLoopSettings, host: ConnectionLoopHost) {
    this.#settings = settings;
    this.#host = host;
    this.#wires = {
      onFrame: (frame, recvTs) => host.onFrame(frame, recvTs),
      onWire: (recvTs, dir, raw) => host.onWire(recvTs, dir, raw),
      onPing: (reqId, now) => host.onPing(reqId, now),
      onLost: (cause, detail, atLeast) => this.#onLost(cause, detail, atLeast),
      nextReqId: () => this.nextReqId(),
      ...(host.pingText === undefined ? {} : { pingText: host.pingText }),
    };
    this.#backoff = new Backoff(settings.backoff, new KeyedRandom(settings.seed, 'feed.connect'));
    this.#budget = new ConnectBudget(settings.connectBudget);
  }

  /** Begins; what was begun or ended before stays as it is. */
  start(): void {
    if (this.#phase !== 'new') return;
    const { scheduler, tickEvery, url } = this.#settings;
    this.#phase = 'running';
    this.#cancelTick = every(scheduler, tickEvery, () => this.#host.onTick(scheduler.now()));
    this.#armGiveUp();
    this.#host.onState('connecting', 'start', url);
    if (!this.isEnded) this.#connect();
  }

  /** No timer is left, and nothing is told any more. Resolves when the socket is gone. */
  end(): Promise<void> {
    this.#phase = 'ended';
    for (const cancel of [this.#cancelWait, this.#cancelTick, this.#cancelGiveUp]) cancel?.();
    return this.#connection?.end() ?? Promise.resolve();
  }

  get isNew(): boolean {
    return this.#phase === 'new';
  }

  get isEnded(): boolean {
    return this.#phase === 'ended';
  }

  /** Whether there is a connection that can be used. */
  get isUp(): boolean {
    return this.#connection?.isUp === true;
  }

  /** Connection attempts started. */
  get connects(): number {
    return this.#connects;
  }

  /** Connections lost or not made, by cause. */
  get reconnects(): Readonly<Partial<Record<FeedCause, number>>> {
    return { ...this.#reconnects };
  }

  /** Time since the last frame of this connection; `undefined` without one. */
  get lastFrameAge(): Micros | undefined {
    const last = this.#connection?.lastFrameAt;
    return last === undefined ? undefined : micros(this.#settings.scheduler.now() - last);
  }

  /** The venue has said its status. */
  greet(): void {
    if (this.#connection?.greet() !== true) return;
    this.#cancelGiveUp?.();
    this.#cancelGiveUp = undefined;
    this.#host.onState('subscribing', 'connected', this.#settings.url);
    if (this.isUp) this.#host.onUp();
  }

  /** @param shown What a recorder gets to see of it, where it holds a secret. */
  send(text: string, shown?: string): void {
    this.#connection?.send(text, shown);
  }

  /** Asks the venue for a sign of life. @returns The request's id; `undefined` without a connection. */
  ping(): number | undefined {
    return this.#connection?.isUp === true ? this.#connection.ping() : undefined;
  }

  /** Gives up on this connection: the next one is made. */
  drop(cause: FeedCause, detail: string): void {
    this.#connection?.drop(cause, detail);
  }

  nextReqId(): number {
    this.#lastReqId = (this.#lastReqId % MAX_REQ_ID) + 1;
    return this.#lastReqId;
  }

  #connect(): void {
    const { scheduler, connectBudget } = this.#settings;
    const wait = this.#budget.wait(scheduler.now());
    if (wait > 0) {
      const used = `${connectBudget.connects} connects in ${seconds(connectBudget.per)} used up`;
      this.#cancelWait = scheduler.after(wait, () => this.#connect());
      this.#host.onState('connecting', 'refused', `connection budget: ${used}; next attempt in ${seconds(wait)}`);
      return;
    }
    this.#budget.take(scheduler.now());
    this.#connects += 1;
    this.#connection = new Connection(this.#settings, this.#wires);
    this.#connection.open();
  }

  #onLost(cause: FeedCause, detail: string, atLeast: Micros): void {
    const { scheduler, healthyAfter } = this.#settings;
    const upFor = this.#connection?.upFor ?? 0;
    this.#connection = undefined;
    if (this.isEnded) return; // by whoever saw it go
    this.#host.onDown();
    this.#reconnects[cause] = (this.#reconnects[cause] ?? 0) + 1;
    this.#lastLoss = detail;
    if (!this.isEnded && cause === 'silence' && upFor > 0) this.#host.onState('stale', cause, detail);
    if (this.isEnded) return; // by whoever heard of it

    if (upFor >= healthyAfter) this.#backoff.reset();
    const delay = micros(Math.max(this.#backoff.next(), atLeast));
    this.#cancelWait = scheduler.after(delay, () => this.#connect());
    this.#armGiveUp();
    this.#host.onState('connecting', cause, `${detail}; next attempt in ${seconds(delay)}`);
  }

  #armGiveUp(): void {
    const { scheduler, giveUpAfter, url } = this.#settings;
    if (giveUpAfter === undefined || this.#cancelGiveUp !== undefined) return;
    this.#cancelGiveUp = scheduler.after(giveUpAfter, () => {
      const last = this.#lastLoss === undefined ? '' : `; last: ${this.#lastLoss}`;
      const error = new FeedError('KB_FEED_UNREACHABLE', `${url}: no connection for ${seconds(giveUpAfter)}${last}`, {
        hint: 'Check the address, the network and whether the venue is up.',
      });
      this.#host.onGaveUp(error);
    });
  }
}
