import { lots, micros } from '@kb/model';
import type { AmendIntent, Lots, Micros, PriceSpec, Ticks } from '@kb/model';
import { checkDisplay, checkOrder, invalid } from '../checks.ts';
import type { CheckedOrder, Refusal } from '../checks.ts';
import type { Lane } from '../matching/lane.ts';
import type { PaperOrder, QueueState } from '../matching/paper-order.ts';
import { isMarketable } from '../matching/taking.ts';
import type { OrderEntry } from '../order-entry.ts';
import { frozen, noReference, unknownOrder, wouldTake } from '../refusals.ts';
import { ORDER_KINDS } from './order-kinds.ts';

/** What an order would be after an amend. */
interface Amended {
  readonly price: Ticks | undefined;
  readonly size: Lots;
  readonly displaySize: Lots | undefined;
  /** What it waits for; `undefined` when it does not, or where what was asked for is no price. */
  readonly stop: Ticks | undefined;
}

/**
 * Changes an order in place: it keeps its ids and fills, and its place in the queue if the price stays and neither size nor slice
 * grows (how Kraken treats growth is UNCONFIRMED). A size at or below what is filled cancels the rest.
 */
export function amend(entry: OrderEntry, intent: AmendIntent, at: Micros, lane: Lane): void {
  const order = entry.floor.list.find(intent.clientOrderId);
  const state = order === undefined ? undefined : entry.floor.stateOf(order);
  if (order === undefined || state === undefined || !order.open || order.lane !== lane) {
    return refuse(entry, intent, at, unknownOrder(intent.clientOrderId));
  }
  if (lane.isFrozen) return refuse(entry, intent, at, frozen(lane));
  const after = {
    price: intent.price ?? order.price,
    size: intent.size ?? order.size,
    displaySize: intent.displaySize ?? order.displaySize,
    stop: stopAfter(order, intent),
  };
  const { rate } = entry.options;
  const age = micros(at - order.changedAt);
  const isBelowFilled = after.size > 0 && after.size <= state.filled;
  const refusal =
    (isBelowFilled ? undefined : refusalOf(entry, order, state, intent, after)) ??
    rate.refusalOf(intent.symbol, 'amend', age, at) ??
    (isBelowFilled ? undefined : refusalOfMoney(entry, order, state, after));
  if (refusal !== undefined) return refuse(entry, intent, at, refusal);
  rate.count(intent.symbol, 'amend', age, at);
  order.changedAt = at;
  if (isBelowFilled) return entry.floor.finish(order, 'amended-below-filled', at);
  if (order.isParked) amendParked(entry, order, intent.trigger, after, at);
  else amendResting(entry, order, state, after, at);
}

function stopAfter({ lane, side, trigger }: PaperOrder, intent: AmendIntent): Ticks | undefined {
  if (trigger === undefined || intent.trigger === undefined) return trigger?.price;
  return trigger.priceFor(intent.trigger, lane.parked.seen(trigger.reference), side);
}

function refuse(entry: OrderEntry, intent: AmendIntent, at: Micros, refusal: Refusal): void {
  entry.options.rate.countRefused(intent.symbol, 'amend', refusal, at);
  entry.refuse(intent, at, refusal);
}

function refusalOf(
  entry: OrderEntry,
  order: PaperOrder,
  state: QueueState,
  intent: AmendIntent,
  after: Amended,
): Refusal | undefined {
  const { instrument, lane, request } = order;
  const { price, size, displaySize } = after;
  const remaining = lots(Math.max(0, size - state.filled));
  const kind = ORDER_KINDS[request.orderType];
  if (intent.trigger !== undefined && order.trigger === undefined) return invalid('it does not wait for a trigger');
  if (order.isReleased) return invalid('it is on its way from its trigger to the market');
  if (intent.price !== undefined && order.isParked && kind.limit !== 'own') return invalid('it has no limit price');
  if (intent.displaySize !== undefined && order.displaySize === undefined) return invalid('it is no iceberg');
  const context = entry.contextOf(lane.instrument ?? instrument, lane);
  const refusal =
    checkOrder(context, termsOf(order, intent, after)) ??
    (displaySize === undefined ? undefined : checkDisplay(displaySize, remaining));
  if (refusal !== undefined) return refusal;
  const { trigger } = intent;
  if (trigger !== undefined && after.stop === undefined) return noReference(intent.symbol);
  if (price === order.price && size === order.size && displaySize === order.displaySize && trigger === undefined) {
    return { reason: 'no-change', text: 'price and size are what they were' };
  }
  return undefined;
}

/** The checks that come after those of how much is asked for: funds or margin, and post-only. */
function refusalOfMoney(
  entry: OrderEntry,
  order: PaperOrder,
  state: QueueState,
  { price, size, stop }: Amended,
): Refusal | undefined {
  const { account, followed } = entry.floor.options;
  const { clientOrderId, instrument, lane, postOnly, request, side } = order;
  const remaining = lots(Math.max(0, size - state.filled));
  const worst = price ?? stop;
  if (worst === undefined) return undefined;
  const unfunded = account.refusalOf(instrument, request, worst, remaining, clientOrderId);
  if (unfunded !== undefined) return unfunded;
  const moves = price !== order.price && price !== undefined && !order.isParked;
  return moves && postOnly && isMarketable(lane.matcher, side, price, followed) ? wouldTake() : undefined;
}

/** What is checked: an order that has been triggered is the limit order that it has become. */
function termsOf(order: PaperOrder, intent: AmendIntent, { price, size }: Amended): CheckedOrder {
  const { request } = order;
  if (!order.isParked) {
    const { side, timeInForce, postOnly, expiresAt, leverage, reduceOnly = false } = request;
    const terms = { orderType: 'limit', side, price, size, timeInForce, postOnly, reduceOnly } as const;
    return {
      ...terms,
      ...(expiresAt === undefined ? {} : { expiresAt }),
      ...(leverage === undefined ? {} : { leverage }),
    };
  }
  if (intent.trigger === undefined || request.trigger === undefined) return { ...request, price, size };
  return { ...request, price, size, trigger: { ...request.trigger, price: intent.trigger } };
}

function amendParked(
  entry: OrderEntry,
  order: PaperOrder,
  spec: PriceSpec | undefined,
  after: Amended,
  at: Micros,
): void {
  const { lane, side, trigger } = order;
  const { parked } = lane;
  if (spec !== undefined && after.stop !== undefined) trigger?.amend(spec, after.stop, side);
  order.price = after.price;
  resize(order, after);
  entry.floor.holdFor(order, entry.floor.stateOf(order)?.remaining ?? lots(0));
  entry.floor.tellAmended(order, at, true);
  if (spec === undefined) return;
  // Prints from before have not met the new trigger, however late they are told.
  order.arrivedAt = at;
  parked.remove(order);
  parked.add(order, at);
}

function amendResting(entry: OrderEntry, order: PaperOrder, state: QueueState, after: Amended, at: Micros): void {
  const { displaySize, lane, price, size } = order;
  const { matcher } = lane;
  const grows = after.size > size || (after.displaySize ?? 0) > (displaySize ?? 0);
  const keptPriority = after.price === price && !grows;
  resize(order, after);
  // What is known of the queue at the price must outlive our leaving it, or its late prints would move us again.
  const watched =
    keptPriority || after.price === undefined ? undefined : matcher.own.pin(order.side, after.price, matcher.book);
  if (!keptPriority) {
    matcher.own.remove(order);
    order.price = after.price;
    order.arrivedAt = at;
  }
  entry.floor.holdFor(order, state.remaining);
  entry.floor.tellAmended(order, at, keptPriority);
  if (watched === undefined) return;
  entry.floor.work(order, at);
  matcher.own.unpin(watched);
}

function resize(order: PaperOrder, { size, displaySize }: Amended): void {
  order.size = size;
  order.displaySize = displaySize;
  for (const state of order.states) {
    if (!state.ended) state.remaining = lots(Math.max(0, size - state.filled));
    if (displaySize !== undefined) state.slice = Math.min(state.slice, displaySize, state.remaining);
  }
}
