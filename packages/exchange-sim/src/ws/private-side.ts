import { assertNever } from '@kb/model';
import { DecayingCounter } from '../access/decaying-counter.ts';
import type { Permission } from '../access/api-keys.ts';
import type { Account } from '../accounts/account.ts';
import type { Subscriber } from '../subscriber.ts';
import type { AccountListener } from '../trading/order-desk.ts';
import type { Venue } from '../venue.ts';
import type { ExecutionContext } from '../wire/execution-frames.ts';
import type { PrivateTopic, Topic } from '../wire/requests.ts';
import type { TradingRequest } from '../wire/trading-requests.ts';
import { BalancesFeed } from './balances-feed.ts';
import { ExecutionsFeed } from './executions-feed.ts';
import type { FeedParts } from './executions-feed.ts';
import type { Outbox } from './outbox.ts';
import { carryOut } from './trading-commands.ts';
import type { Outcome } from './trading-commands.ts';

/** What the private sides of all connections to an exchange have in common. */
export interface PrivateCommons {
  readonly venue: Venue;
  readonly outbox: Outbox;
  readonly context: ExecutionContext;
}

/** Symbols of `level3` that a connection may follow. */
const MOST_LEVEL3_SYMBOLS = 200;
/** What a subscription to one symbol costs at each depth, and how much may be spent: falls by as much each second. */
const LEVEL3_COSTS: ReadonlyMap<number, number> = new Map([
  [10, 5],
  [100, 25],
  [1000, 100],
]);
/** (The text is UNCONFIRMED.) */
const LEVEL3_FULL = 'Subscription limit exceeded';
const LEVEL3_BUDGET = { starter: 200, intermediate: 200, pro: 500 } as const;

/**
 * What one connection does with tokens: private subscriptions, trading, `level3`. Each request brings its token; the socket stays open
 * whatever is wrong with it, and what was subscribed goes on when its token is revoked (UNCONFIRMED).
 */
export class PrivateSide {
  readonly #commons: PrivateCommons;
  readonly #subscriber: Subscriber;
  /** By channel, how to end the subscription. */
  readonly #feeds = new Map<PrivateTopic['channel'], () => void>();
  /** By topic, the token that a subscription to `level3` was made with. */
  readonly #level3 = new Map<string, string>();
  #level3Spent: DecayingCounter | undefined = undefined;

  constructor(commons: PrivateCommons, subscriber: Subscriber) {
    this.#commons = commons;
    this.#subscriber = subscriber;
  }

  /** Private subscriptions, without those to `level3`. */
  get size(): number {
    return this.#feeds.size;
  }

  /** Takes a subscription. @returns What begins it, for when it has been acknowledged, or the text it is refused with. */
  subscribe(
    topic: PrivateTopic,
    token: string | undefined,
  ): { readonly maxRateCount: number; readonly begin: () => void } | string {
    const { venue, outbox, context } = this.#commons;
    if (this.#feeds.has(topic.channel)) return 'Already subscribed';
    const holder = this.#holderOf(token, topic.channel === 'executions' ? ['query-open-trades'] : ['query-funds']);
    if (typeof holder === 'string') return holder;
    const { account } = holder;
    const { listener, begin } = feedFor(topic, { venue, account, outbox, context, subscriber: this.#subscriber });
    const unfollow = venue.follow(account.name, listener);
    venue.tokens.hold(holder.token);
    this.#feeds.set(topic.channel, () => {
      unfollow();
      venue.tokens.release(holder.token, venue.now());
    });
    return { maxRateCount: venue.orderCounters.get(account.name)?.most ?? 0, begin };
  }

  /** @returns False where there was no such subscription. */
  unsubscribe(channel: PrivateTopic['channel']): boolean {
    const end = this.#feeds.get(channel);
    end?.();
    return this.#feeds.delete(channel);
  }

  /**
   * Carries out a trading request and answers it. The answer leaves first, then what the command did to the account (`executions`,
   * `balances`), then what the public sees of it.
   */
  trade(request: TradingRequest, token: string | undefined, answer: (outcome: Outcome) => void): void {
    const { venue, outbox } = this.#commons;
    const holder = this.#holderOf(token, permissionsFor(request));
    if (typeof holder === 'string') {
      answer({ ok: false, error: holder });
      return;
    }
    outbox.after(() => {
      for (const outcome of carryOut(request, holder.account.name, venue.desk, venue.now())) answer(outcome);
    });
    venue.flush();
  }

  /** Takes a subscription to `level3` that everything else allows. @returns The text it is refused with, or `undefined`. */
  takeLevel3({ key, depth }: Topic, token: string | undefined): string | undefined {
    const { venue } = this.#commons;
    const holder = this.#holderOf(token, []);
    if (typeof holder === 'string') return holder;
    if (this.#level3.size >= MOST_LEVEL3_SYMBOLS) return LEVEL3_FULL;
    if (!this.#spendOnLevel3(holder.account, depth)) return 'EAPI:Rate limit exceeded';
    venue.tokens.hold(holder.token);
    this.#level3.set(key, holder.token);
    return undefined;
  }

  /** @returns False where the budget is used up. Without rate limits there is none. */
  #spendOnLevel3({ name, tier }: Account, depth: number): boolean {
    const { venue } = this.#commons;
    if (venue.orderCounters.get(name)?.enabled === false) return true;
    const budget = LEVEL3_BUDGET[tier];
    this.#level3Spent ??= new DecayingCounter(String(budget));
    return this.#level3Spent.raise(LEVEL3_COSTS.get(depth) ?? 0, budget, venue.now());
  }

  leaveLevel3({ key }: Topic): void {
    const token = this.#level3.get(key);
    if (token === undefined) return;
    this.#level3.delete(key);
    this.#commons.venue.tokens.release(token, this.#commons.venue.now());
  }

  /** Ends what is private; the topics of `level3` are left one by one. */
  leave(): void {
    for (const end of this.#feeds.values()) end();
    this.#feeds.clear();
  }

  /** Whose token it is. @param permissions One of them is needed, where there are any. @returns The text it is refused with. */
  #holderOf(
    token: string | undefined,
    permissions: readonly Permission[],
  ): { readonly account: Account; readonly token: string } | string {
    const { venue } = this.#commons;
    const known = venue.tokens.accountOf(token, venue.now());
    if (typeof known === 'string') return known;
    const account = venue.accounts.get(known.account);
    // A token is made for an account that there is, and accounts do not go.
    if (account === undefined || token === undefined) return 'EAPI:Invalid token';
    const { permissions: granted } = known;
    const may =
      granted === undefined || permissions.length === 0 || permissions.some((permission) => granted.has(permission));
    return may ? { account, token } : 'EGeneral:Permission denied';
  }
}

/** (Which permission each method needs is REST's; UNCONFIRMED for WebSocket.) */
function permissionsFor({ method }: TradingRequest): readonly Permission[] {
  switch (method) {
    case 'add_order':
    case 'batch_add':
    case 'amend_order':
    case 'edit_order':
      return ['modify-trades'];
    case 'cancel_order':
    case 'batch_cancel':
    case 'cancel_all':
    case 'cancel_all_orders_after':
      return ['modify-trades', 'close-trades'];
    default:
      return assertNever(method);
  }
}

function feedFor(
  topic: PrivateTopic,
  parts: FeedParts,
): { readonly listener: AccountListener; readonly begin: () => void } {
  if (topic.channel === 'executions') {
    const feed = new ExecutionsFeed(parts, topic);
    const listener: AccountListener = {
      onOrder: (_account, event) => feed.onOrder(event),
      onLedger: () => undefined,
    };
    return { listener, begin: () => feed.begin() };
  }
  const feed = new BalancesFeed(parts);
  const listener: AccountListener = {
    onOrder: () => undefined,
    onLedger: (_account, entry) => feed.onLedger(entry),
  };
  return { listener, begin: () => (topic.snapshot ? feed.begin() : undefined) };
}
