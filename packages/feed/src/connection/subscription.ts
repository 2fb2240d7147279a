import type { AckMessage } from '@kb/kraken';
import { micros } from '@kb/model';
import type { CancelTask, Micros } from '@kb/model';
import type { FeedChannel } from '../sources/feed-options.ts';

/**
 * One channel of one symbol. `off`: nothing asked for · `authorizing`: waits for a token · `subscribing`, `unsubscribing`: asked, not answered · `active`:
 * acknowledged · `waiting`: will be asked for after a delay.
 */
export type Phase = 'active' | 'authorizing' | 'off' | 'subscribing' | 'unsubscribing' | 'waiting';

export interface Subscription {
  readonly channel: FeedChannel;
  /** `undefined` for the instrument channel, which has none. */
  readonly symbol: string | undefined;
  /** Of candles only. */
  readonly interval: Micros | undefined;
  phase: Phase;
  /** Of the latest request. */
  reqId: number;
  tries: number;
  /** In a row; forgotten after the symbol was live for a while. */
  failures: number;
  /** Of these, how many of the checksum, in a row. */
  wrong: number;
  /** Subscriptions made anew since the start, for whatever reason. */
  resyncs: number;
  liveSince: Micros | undefined;
  /** How long to wait between the end of the old subscription and the new one. */
  pause: Micros;
  /** The token of the latest request, for channels that need one. */
  token: string | undefined;
  /** Whether the token was refused and a new one asked for, since it last worked. */
  renewed: boolean;
  /** Whether it was given up on this connection, alone. */
  isLeftOff: boolean;
  cancel: CancelTask | undefined;
}

/** One that was not asked for yet. */
export function subscription(channel: FeedChannel, symbol: string | undefined, interval?: Micros): Subscription {
  return {
    channel,
    symbol,
    interval,
    phase: 'off',
    reqId: 0,
    tries: 0,
    failures: 0,
    wrong: 0,
    resyncs: 0,
    liveSince: undefined,
    pause: micros(0),
    token: undefined,
    renewed: false,
    isLeftOff: false,
    cancel: undefined,
  };
}

/** The symbol is live by it. */
export function isBook(channel: FeedChannel): boolean {
  return channel === 'book' || channel === 'level3';
}

/** Which subscription an answer is about. Failures may name neither channel nor symbol, or name the symbol in the text. */
export function subjectOf(all: readonly Subscription[], message: AckMessage): Subscription | undefined {
  const { reqId, symbol, channel, interval, method } = message;
  const asked = reqId === undefined ? [] : all.filter((each) => each.reqId === reqId);
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
  return all.find(
    (each) =>
      each.channel === channel &&
      each.symbol === symbol &&
      each.interval === interval &&
      (method === 'unsubscribe'
        ? each.phase === 'unsubscribing'
        : each.phase === 'subscribing' || each.phase === 'off'),
  );
}
