import { assertNever, lots } from '@kb/model';
import type {
  AmendIntent,
  CancelIntent,
  Instrument,
  Lots,
  Micros,
  PlaceIntent,
  QueueModelId,
  SystemStatus,
  Ticks,
  VenueCommand,
} from '@kb/model';
import { checkCost, checkOrder } from './checks.ts';
import type { Refusal } from './checks.ts';
import { fillDraft } from './fill-draft.ts';
import { amountText } from './funds.ts';
import type { Funds, Need } from './funds.ts';
import type { Lane } from './matching/lane.ts';
import type { MatchedFill } from './matching/matched-fill.ts';
import type { Matcher } from './matching/matcher.ts';
import { endState, PaperOrder } from './matching/paper-order.ts';
import type { QueueState } from './matching/paper-order.ts';
import { frozen, unknownOrder, unknownSymbol, wouldTake } from './refusals.ts';
import type { ReportDraft } from './latency/report-queue.ts';
import { isMarketable, take, walk } from './matching/taking.ts';

export interface OrderEntryOptions {
  readonly models: readonly QueueModelId[];
  /** Index of the model that the strategy follows. */
  readonly followed: number;
  readonly funds: Funds;
  /** Takes a report; with a queue model, that model's shadow fill. */
  report(draft: ReportDraft, shadow?: QueueModelId): void;
}

/**
 * The venue's counter: checks and carries out commands that have arrived, keeps the list of own orders, and turns fills
 * into reports and money. What the strategy is told and what moves the balances is always the followed queue model.
 */
export class OrderEntry {
  system: SystemStatus = 'online';
  readonly #options: OrderEntryOptions;
  /** Orders that the strategy or a shadow still has at the venue, by client order id. */
  readonly #orders = new Map<string, PaperOrder>();
  /** Those of them that filled in the followed model and wait on in another, oldest first. */
  readonly #shadowOnly = new Map<PaperOrder, Matcher>();
  /** The last ones that ended, oldest first. */
  readonly #past = new Map<string, PaperOrder>();
  #venueIds = 0;

  constructor(options: OrderEntryOptions) {
    this.#options = options;
  }

  /** An order that the strategy or a shadow still has at the venue. */
  find(clientOrderId: string): PaperOrder | undefined {
    return this.#orders.get(clientOrderId);
  }

  /** An order that stands at the venue, or one of the last that ended. */
  recall(clientOrderId: string): PaperOrder | undefined {
    return this.#orders.get(clientOrderId) ?? this.#past.get(clientOrderId);
  }

  execute(command: VenueCommand, at: Micros, lane: Lane): void {
    switch (command.type) {
      case 'place':
        this.#place(command, at, lane);
        return;
      case 'amend':
        this.#amend(command, at, lane);
        return;
      case 'cancel':
        this.#cancel(command, at, lane.matcher);
        return;
      default:
        assertNever(command);
    }
  }

  refuse(command: VenueCommand, at: Micros, { reason, text }: Refusal): void {
    const { clientOrderId, symbol } = command;
    const venueOrderId = command.type === 'place' ? undefined : this.#orders.get(clientOrderId)?.venueOrderId;
    const answer = { symbol, venueTs: at, clientOrderId, venueOrderId, reason, text };
    if (command.type === 'place') this.#options.report({ type: 'rejected', ...answer });
    else if (command.type === 'amend') this.#options.report({ type: 'amend-rejected', ...answer });
    else this.#options.report({ type: 'cancel-rejected', ...answer });
  }

  /** Ends every order of a pair: open ones with a report, those that only shadows hold without. */
  cancelAll(reason: string, at: Micros, matcher: Matcher): void {
    for (const order of this.#orders.values()) {
      if (order.instrument.symbol !== matcher.symbol) continue;
      if (order.open) this.#finish(order, reason, at, matcher);
      else this.#drop(order, matcher);
    }
  }

  /** A fill in one queue model. */
  filled(order: PaperOrder, model: number, fill: MatchedFill, matcher: Matcher): void {
    const { followed, funds, models } = this.#options;
    const { instrument, side } = order;
    const { price, size, liquidity } = fill;
    const state = order.states[model];
    const id = models[model];
    if (state === undefined || id === undefined) return;
    const fee = funds.fee(instrument, price, size, liquidity);
    const draft = fillDraft(order, state, models, model === followed ? undefined : id, fill, fee, matcher.bookSeq);
    if (model === followed) {
      funds.settle(instrument, side, price, size, fee);
      this.#holdFor(order, state.remaining);
      this.#options.report(draft);
      if (state.remaining === 0) order.open = false;
    } else this.#options.report(draft, id);
    if (order.open) return;
    if (order.isLive()) this.#shadowOnly.set(order, matcher);
    else this.#forget(order);
  }

  #place(intent: PlaceIntent, at: Micros, lane: Lane): void {
    const { instrument, matcher } = lane;
    const { clientOrderId } = intent;
    if (instrument === undefined) return this.refuse(intent, at, unknownSymbol(intent.symbol));
    const refusal = this.#refusalOf(intent, instrument, lane);
    if (refusal !== undefined) return this.refuse(intent, at, refusal);

    this.#venueIds += 1;
    const ids = { clientOrderId, venueOrderId: `PAPER-${this.#venueIds}` };
    const order = new PaperOrder(ids, instrument, intent, at, this.#options.models.length);
    this.#orders.set(clientOrderId, order);
    this.#holdFor(order, order.size);
    const { side, price, size } = intent;
    this.#options.report({ type: 'accepted', symbol: intent.symbol, venueTs: at, ...ids, side, price, size });
    this.#work(order, at, matcher);
    this.#boundShadows();
  }

  #refusalOf(intent: PlaceIntent, instrument: Instrument, lane: Lane): Refusal | undefined {
    const { followed, funds } = this.#options;
    const { side, price, size, clientOrderId } = intent;
    if (this.#orders.has(clientOrderId)) {
      return { reason: 'duplicate-client-order-id', text: `${clientOrderId} is at the venue already` };
    }
    if (lane.isFrozen) return frozen(lane);
    const refusal = checkOrder(instrument, this.system, intent);
    if (refusal !== undefined) return refusal;
    if (price === undefined) {
      const walked = walk(lane.matcher, side, size, followed);
      if (walked.size === 0) return { reason: 'no-liquidity', text: 'nothing is displayed on the other side' };
      const need = side === 'buy' ? funds.needOfWalk(instrument, walked.notional) : funds.needOfSale(instrument, size);
      return checkCost(instrument, walked.notional) ?? this.#checkFunds(need, undefined);
    }
    const unfunded = this.#checkFunds(funds.needOf(instrument, side, price, size), undefined);
    if (unfunded !== undefined) return unfunded;
    return intent.postOnly && isMarketable(lane.matcher, side, price, followed) ? wouldTake() : undefined;
  }

  #amend(intent: AmendIntent, at: Micros, lane: Lane): void {
    const { matcher } = lane;
    const order = this.#orders.get(intent.clientOrderId);
    const state = order === undefined ? undefined : this.#followedState(order);
    if (order?.price === undefined || state === undefined || !order.open || order.instrument.symbol !== intent.symbol) {
      return this.refuse(intent, at, unknownOrder(intent.clientOrderId));
    }
    const price = intent.price ?? order.price;
    const size = intent.size ?? order.size;
    if (lane.isFrozen) return this.refuse(intent, at, frozen(lane));
    if (size > 0 && size <= state.filled) return this.#finish(order, 'amended-below-filled', at, matcher);
    const refusal = this.#refusalOfAmend(order, state, price, size, lane);
    if (refusal !== undefined) return this.refuse(intent, at, refusal);

    const keptPriority = price === order.price && size <= order.size;
    order.size = size;
    for (const each of order.states)
      each.remaining = each.ended ? each.remaining : lots(Math.max(0, size - each.filled));
    // What is known of the queue at the price must outlive our leaving it, or its late prints would move us again.
    const watched = keptPriority ? undefined : matcher.own.pin(order.side, price, matcher.book);
    if (!keptPriority) {
      matcher.own.remove(order);
      order.price = price;
      order.arrivedAt = at;
    }
    this.#holdFor(order, state.remaining);
    const { clientOrderId, venueOrderId } = order;
    const { symbol } = intent;
    const { remaining } = state;
    this.#options.report({
      type: 'amended',
      symbol,
      venueTs: at,
      clientOrderId,
      venueOrderId,
      price,
      size,
      remaining,
      keptPriority,
    });
    if (watched === undefined) return;
    this.#work(order, at, matcher);
    matcher.own.unpin(watched);
  }

  #refusalOfAmend(order: PaperOrder, state: QueueState, price: Ticks, size: Lots, lane: Lane): Refusal | undefined {
    const { followed, funds } = this.#options;
    const { instrument, side, postOnly, timeInForce } = order;
    const current = lane.instrument ?? instrument;
    const refusal = checkOrder(current, this.system, { orderType: 'limit', price, size, timeInForce, postOnly });
    if (refusal !== undefined) return refusal;
    if (price === order.price && size === order.size) {
      return { reason: 'no-change', text: 'price and size are what they were' };
    }
    const need = funds.needOf(instrument, side, price, lots(size - state.filled));
    const unfunded = this.#checkFunds(need, order.clientOrderId);
    if (unfunded !== undefined) return unfunded;
    const moves = price !== order.price;
    return moves && postOnly && isMarketable(lane.matcher, side, price, followed) ? wouldTake() : undefined;
  }

  #cancel(intent: CancelIntent, at: Micros, matcher: Matcher): void {
    const order = this.#orders.get(intent.clientOrderId);
    if (order !== undefined && order.instrument.symbol === intent.symbol) {
      if (order.open) return this.#finish(order, 'requested', at, matcher);
      // It has filled already where the strategy looks; the shadows that still wait hear the cancel too.
      this.#drop(order, matcher);
    }
    this.refuse(intent, at, unknownOrder(intent.clientOrderId));
  }

  /** Takes what can be taken, then rests or ends what is left. */
  #work(order: PaperOrder, at: Micros, matcher: Matcher): void {
    const { followed } = this.#options;
    let metOwn = false;
    for (const [model, state] of order.states.entries()) {
      if (state.remaining === 0 || !take(matcher, order, model, at)) continue;
      if (model === followed) metOwn = true;
      else endState(state);
    }
    const state = this.#followedState(order);
    const neverRests = order.price === undefined || order.timeInForce === 'ioc';
    if (state !== undefined && state.remaining > 0 && (metOwn || neverRests)) {
      const remainder = order.price === undefined ? 'market-remainder' : 'ioc-remainder';
      this.#finish(order, metOwn ? 'self-trade' : remainder, at, matcher);
    } else if (neverRests || !order.isLive()) this.#drop(order, matcher);
    else if (order.price !== undefined) matcher.own.rest(order, order.price, matcher.book, at);
  }

  /** Ends an open order with a report. */
  #finish(order: PaperOrder, reason: string, at: Micros, matcher: Matcher): void {
    const { clientOrderId, venueOrderId, instrument } = order;
    const remaining = this.#followedState(order)?.remaining ?? lots(0);
    this.#drop(order, matcher);
    const { symbol } = instrument;
    this.#options.report({ type: 'cancelled', symbol, venueTs: at, clientOrderId, venueOrderId, remaining, reason });
  }

  #drop(order: PaperOrder, matcher: Matcher): void {
    order.open = false;
    order.end();
    matcher.own.remove(order);
    this.#holdFor(order, lots(0));
    this.#forget(order);
  }

  #forget(order: PaperOrder): void {
    this.#orders.delete(order.clientOrderId);
    this.#shadowOnly.delete(order);
    order.place = undefined;
    this.#past.delete(order.clientOrderId);
    this.#past.set(order.clientOrderId, order);
    for (const oldest of this.#past.keys()) {
      if (this.#past.size <= MAX_PAST) return;
      this.#past.delete(oldest);
    }
  }

  /** Nobody cancels what only a shadow still holds, so the oldest of those end when there are too many. */
  #boundShadows(): void {
    for (const [order, matcher] of this.#shadowOnly) {
      if (this.#shadowOnly.size <= MAX_SHADOW_ONLY) return;
      this.#drop(order, matcher);
    }
  }

  #holdFor({ clientOrderId, instrument, side, price }: PaperOrder, remaining: Lots): void {
    // A market order is over before anybody else can ask for the money.
    if (price !== undefined) this.#options.funds.hold(clientOrderId, instrument, side, price, remaining);
  }

  /** @param holder Whose own hold counts as free, when it is an amend. */
  #checkFunds(need: Need, holder: string | undefined): Refusal | undefined {
    const { funds } = this.#options;
    const own = holder === undefined ? undefined : funds.holdOf(holder);
    const free = funds.free(need.asset) + (own?.amount ?? 0n);
    if (need.amount <= free) return undefined;
    const text = `needs ${amountText(need.amount)} ${need.asset}, ${amountText(free)} is free`;
    return { reason: 'insufficient-funds', text };
  }

  #followedState(order: PaperOrder): QueueState | undefined {
    return order.states[this.#options.followed];
  }
}

/** Most ended orders that are remembered. */
const MAX_PAST = 1_024;
/** Most orders that only shadows hold; beyond it the oldest end. */
const MAX_SHADOW_ONLY = 1_024;
