import { signOf } from '@kb/model';
import type { AmendIntent, OrderType, OwnOrder, PlaceIntent, Side } from '@kb/model';
import type { AmendsInFlight } from './amends-in-flight.ts';
import type { RiskContext } from './decision.ts';

/** An order as it would stand if it were allowed, with what it would do to the position: what the rules look at. */
export class Candidate {
  readonly context: RiskContext;
  /** The order to be amended; `undefined` for a new one. */
  readonly target: OwnOrder | undefined;
  readonly side: Side;
  /** True when it has no limit price, now or once it is triggered. */
  readonly isMarket: boolean;
  readonly postOnly: boolean;
  /** In ticks: the limit, or where there is none the trigger; `undefined` without either. */
  readonly price: number | undefined;
  /** Total lots, filled part included. */
  readonly size: number;
  /** Lots that could still trade. */
  readonly remaining: number;
  /** How many lots more could trade than now: all of a new order, what an amend adds. */
  readonly added: number;
  /** Price of the order being amended, likewise its lots; the same as the new ones for a new order. */
  readonly oldPrice: number | undefined;
  readonly oldRemaining: number;
  /** The position on the order's side (long for a buy, short for a sell, in lots) if everything open there filled. */
  readonly worst: number;
  /** Price of the base in ticks, when there is a usable one. */
  readonly mark: number | undefined;
  /** True if even then the position would be smaller and not flipped. Testing the order's side alone lets it flip. */
  readonly isReducing: boolean;
  /** True for an amend that takes size away and touches nothing else. */
  readonly onlyShrinks: boolean;

  private constructor(
    context: RiskContext,
    order: PlaceIntent | OwnOrder,
    target: OwnOrder | undefined,
    price: number | undefined,
    size: number,
    oldSize: number,
    amends: AmendsInFlight,
  ) {
    const filled = target === undefined ? 0 : target.filled;
    this.context = context;
    this.target = target;
    this.side = order.side;
    this.isMarket = order.orderType === 'market' || (order.price === undefined && !LIMITED.has(order.orderType));
    this.postOnly = order.postOnly;
    this.price = price;
    this.size = size;
    this.remaining = size > filled ? size - filled : 0;
    this.oldRemaining = oldSize - filled;
    this.oldPrice = order.price;
    this.added = this.remaining - this.oldRemaining;
    this.worst = signOf(order.side) * context.position + openSize(context, order.side, target, amends) + this.remaining;
    const { mark } = context;
    this.mark = mark !== undefined && mark > 0 && mark <= Number.MAX_SAFE_INTEGER ? mark : undefined;
    this.isReducing = this.worst <= 0;
    this.onlyShrinks = target !== undefined && price === target.price && this.added <= 0;
  }

  static ofPlace(intent: PlaceIntent, context: RiskContext, amends: AmendsInFlight): Candidate {
    const price = intent.orderType === 'market' ? undefined : (intent.price ?? triggerOf(intent));
    return new Candidate(context, intent, undefined, price, intent.size, 0, amends);
  }

  /** `undefined` when the order to amend is not among the open ones. */
  static ofAmend(intent: AmendIntent, context: RiskContext, amends: AmendsInFlight): Candidate | undefined {
    const { openOrders } = context;
    for (let index = 0; index < openOrders.length; index += 1) {
      const order = openOrders[index];
      if (order?.clientOrderId !== intent.clientOrderId) continue;
      // A change of the price alone moves whatever size an amend before it has asked for.
      const oldSize = intent.size === undefined ? amends.sizeOf(order) : order.size;
      return new Candidate(context, order, order, intent.price ?? order.price, intent.size ?? oldSize, oldSize, amends);
    }
    return undefined;
  }
}

/** Orders that are nothing without a limit price. */
const LIMITED: ReadonlySet<OrderType> = new Set<OrderType>(['limit', 'iceberg']);

/** The price about which a triggered order without a limit will trade, where it is told. */
function triggerOf({ trigger }: PlaceIntent): number | undefined {
  return trigger?.price.type === 'static' ? trigger.price.price : undefined;
}

/** Lots open on a side, one order left out. */
function openSize(context: RiskContext, side: Side, except: OwnOrder | undefined, amends: AmendsInFlight): number {
  const { openOrders } = context;
  let total = 0;
  for (let index = 0; index < openOrders.length; index += 1) {
    const order = openOrders[index];
    if (order !== undefined && order.side === side && order !== except) {
      total += amends.sizeOf(order) - order.filled;
    }
  }
  return total;
}
