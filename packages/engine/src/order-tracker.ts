import { assertNever, lots, micros, opposite } from '@kb/model';
import type {
  AmendIntent,
  ExecutionReport,
  Lots,
  Micros,
  OwnOrder,
  OwnOrderState,
  PlaceIntent,
  Ticks,
  VenueCommand,
} from '@kb/model';

/**
 * Our own working orders as we know them: what we sent, corrected by what the venue said.
 *
 * An order enters when its intent is sent and leaves with the report that ends it. A report for an order that is not (or no
 * longer) here changes nothing. `unknown` orders stay: they may be working.
 */
export class OrderTracker {
  readonly #byId = new Map<string, TrackedOrder>();
  /** By symbol, oldest first; arrays are replaced, never edited, so that a view may be held for a call. */
  readonly #bySymbol: OrderLists = new Map();
  /** The same by strategy. */
  readonly #byStrategy = new Map<string, OrderLists>();
  /** Orders whose fills place others, also when they have ended: the last ones, oldest first. */
  readonly #parents = new Map<string, PlaceIntent>();

  get(clientOrderId: string): OwnOrder | undefined {
    return this.#byId.get(clientOrderId);
  }

  /** One strategy's working orders on a symbol, oldest first. */
  ofStrategy(strategyId: string, symbol: string): readonly OwnOrder[] {
    return this.#byStrategy.get(strategyId)?.get(symbol) ?? NO_ORDERS;
  }

  /** Everybody's working orders on a symbol, oldest first. */
  ofSymbol(symbol: string): readonly OwnOrder[] {
    return this.#bySymbol.get(symbol) ?? NO_ORDERS;
  }

  all(): IterableIterator<OwnOrder> {
    return this.#byId.values();
  }

  get count(): number {
    return this.#byId.size;
  }

  /** Takes note of a command that is on its way. */
  sent(command: VenueCommand, now: Micros): void {
    switch (command.type) {
      case 'place': {
        this.#add(new TrackedOrder(command, now));
        if (command.close !== undefined) this.#rememberParent(command);
        return;
      }
      case 'amend':
      case 'cancel': {
        const order = this.#byId.get(command.clientOrderId);
        if (order === undefined) return;
        order.sentAt = now;
        if (command.type === 'amend') order.amends += 1;
        if (command.type === 'cancel') order.state = 'cancelling';
        else if (order.state === 'open') order.state = 'amending';
        return;
      }
      default:
        assertNever(command);
    }
  }

  /**
   * Takes note of a command that our own risk engine refused, until `refusalTold`: a strategy that has not heard of the
   * refusal sees its order as pending, its amend as under way, and so does not ask again. Nobody else sees either.
   */
  refused(command: PlaceIntent | AmendIntent, now: Micros): void {
    if (command.type === 'place') append(this.#listsOf(command.strategyId), new TrackedOrder(command, now));
    else this.sent(command, now);
  }

  /** The strategy is about to hear of the refusal. */
  refusalTold(strategyId: string, { type, symbol, clientOrderId }: ExecutionReport): void {
    if (type === 'amend-rejected') {
      this.#byId.get(clientOrderId)?.amendAnswered();
      return;
    }
    const lists = this.#listsOf(strategyId);
    const order = lists.get(symbol)?.find((candidate) => candidate.clientOrderId === clientOrderId);
    if (order !== undefined) drop(lists, order);
  }

  /** Takes in a report. @returns The order as it is after it, also when the report ended it; `undefined` if not ours. */
  apply(report: ExecutionReport): OwnOrder | undefined {
    const order = this.#byId.get(report.clientOrderId) ?? this.#adopt(report);
    if (order === undefined) return undefined;
    switch (report.type) {
      case 'accepted':
        if (order.state === 'pending' || order.state === 'unknown') order.settle();
        break;
      case 'amended':
        order.price = report.price;
        order.size = report.size;
        order.amendAnswered();
        break;
      case 'amend-rejected':
        order.amendAnswered(report.reason !== 'unknown-order');
        break;
      case 'cancel-rejected':
        if (report.reason === 'unknown-order') this.#remove(order);
        else if (order.state === 'cancelling' || order.state === 'unknown') order.settle();
        break;
      case 'fill':
        order.filled = lots(order.filled + report.size);
        if (report.remaining === 0) this.#remove(order);
        break;
      case 'rejected':
      case 'cancelled':
      case 'expired':
        this.#remove(order);
        break;
      case 'unknown':
        order.state = 'unknown';
        break;
      case 'triggered':
        break;
      default:
        assertNever(report);
    }
    return order;
  }

  /** An order that a fill of ours has placed, or should have, is ours from the moment we hear of it. */
  #adopt(report: ExecutionReport): TrackedOrder | undefined {
    if ((report.type !== 'accepted' && report.type !== 'rejected') || report.placedBy === undefined) return undefined;
    const parent = this.#parents.get(report.placedBy);
    if (parent?.close === undefined) return undefined;
    const { clientOrderId, venueTs } = report;
    const { orderType } = parent.close;
    const { price, side, size } =
      report.type === 'accepted' ? report : { ...parent.close, side: opposite(parent.side), size: parent.size };
    const request = { clientOrderId, side, orderType, price, size, timeInForce: 'gtc', postOnly: false } as const;
    const order = new TrackedOrder({ ...parent, ...request }, venueTs);
    this.#add(order);
    return order;
  }

  #add(order: TrackedOrder): void {
    this.#byId.set(order.clientOrderId, order);
    append(this.#bySymbol, order);
    append(this.#listsOf(order.strategyId), order);
  }

  #rememberParent(intent: PlaceIntent): void {
    this.#parents.set(intent.clientOrderId, intent);
    for (const oldest of this.#parents.keys()) {
      if (this.#parents.size <= MAX_PARENTS) return;
      this.#parents.delete(oldest);
    }
  }

  #remove(order: TrackedOrder): void {
    this.#byId.delete(order.clientOrderId);
    drop(this.#bySymbol, order);
    drop(this.#listsOf(order.strategyId), order);
  }

  #listsOf(strategyId: string): OrderLists {
    let lists = this.#byStrategy.get(strategyId);
    if (lists === undefined) this.#byStrategy.set(strategyId, (lists = new Map()));
    return lists;
  }
}

class TrackedOrder implements OwnOrder {
  readonly clientOrderId: string;
  readonly strategyId: string;
  readonly symbol: string;
  readonly side: OwnOrder['side'];
  readonly orderType: OwnOrder['orderType'];
  price: Ticks | undefined;
  size: Lots;
  readonly timeInForce: OwnOrder['timeInForce'];
  readonly postOnly: boolean;
  filled: Lots = lots(0);
  state: OwnOrderState = 'pending';
  sentAt: Micros;
  /** How many amends are on their way. */
  amends = 0;

  constructor(intent: PlaceIntent, now: Micros) {
    this.clientOrderId = intent.clientOrderId;
    this.strategyId = intent.strategyId;
    this.symbol = intent.symbol;
    this.side = intent.side;
    this.orderType = intent.orderType;
    this.price = intent.price;
    this.size = intent.size;
    this.timeInForce = intent.timeInForce;
    this.postOnly = intent.postOnly;
    this.sentAt = micros(now);
  }

  /** @param isThere Whether the venue's answer says that the order stands, whatever had been heard of it before. */
  amendAnswered(isThere: boolean = true): void {
    this.amends = Math.max(0, this.amends - 1);
    if (this.state === 'amending' || (isThere && this.state === 'unknown')) this.settle();
  }

  /** It works at the venue, as far as we know. */
  settle(): void {
    this.state = this.amends > 0 ? 'amending' : 'open';
  }
}

/** Most orders with closing ones that are remembered. */
const MAX_PARENTS = 1_024;
const NO_ORDERS: readonly TrackedOrder[] = [];

type OrderLists = Map<string, readonly TrackedOrder[]>;

function append(lists: OrderLists, order: TrackedOrder): void {
  lists.set(order.symbol, [...(lists.get(order.symbol) ?? NO_ORDERS), order]);
}

function drop(lists: OrderLists, order: TrackedOrder): void {
  const left = (lists.get(order.symbol) ?? NO_ORDERS).filter((other) => other !== order);
  lists.set(order.symbol, left);
}
