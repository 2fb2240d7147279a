import { lotsToQty, ticksToPrice } from '@kb/model';
import type { Decimal } from 'decimal.js';
import type { Fill } from '../src/accounts/account.ts';
import { Money } from '../src/accounts/money.ts';
import { holdOf } from '../src/trading/funds.ts';
import { OpenOrder } from '../src/trading/open-order.ts';
import type { Order, OrderEvent } from '../src/trading/order.ts';
import type { DeskWorld, HandMarket } from './desk-world.ts';

/** Looks from outside at what a desk leaves behind after a command, and names the first thing that is not as it must be. */
export class DeskAudit {
  readonly #world: DeskWorld;
  readonly #start: ReadonlyMap<string, Decimal>;
  readonly #strangers = new Map<string, Decimal>();
  readonly #lent = new Map<string, Decimal>();
  readonly #fills = new Map<string, Fill>();
  readonly #positions = new Map<string, number>();
  readonly #states = new Map<string, 'pending' | 'open' | 'over'>();
  #eventsSeen = 0;
  #tradesSeen = 0;
  #ledgerSeen = 0;
  #latest = 0;

  constructor(world: DeskWorld) {
    this.#world = world;
    this.#start = new Map(['USD', 'BTC'].map((asset) => [asset, this.#ownedAll(asset)]));
  }

  /** @throws Error when something is wrong. */
  check(): void {
    this.#checkEvents();
    this.#checkMoney();
    for (const [name, account] of this.#world.accounts) {
      const position = this.#positions.get(name) ?? 0;
      demand(account.openPosition('BTC/USD') === position, `${name} has a position that its fills do not make`);
      const open = this.#world.desk.openOrders(name);
      const closed = this.#world.desk.closedOrders(name);
      const ids = new Set(open.map(({ id }) => id));
      demand(
        closed.every(({ id }) => !ids.has(id)),
        'an order is open and closed',
      );
      for (const order of open) this.#checkOrder(order, true);
      for (const order of closed) this.#checkOrder(order, false);
      for (const asset of ['USD', 'BTC']) {
        const held = open.reduce((sum, order) => sum.plus(heldBy(order, asset)), new Money(0));
        demand(
          account.held(asset).eq(held),
          `${name} holds ${account.held(asset).toFixed()} ${asset}, open orders say ${held.toFixed()}`,
        );
      }
    }
    this.#checkMatcher();
  }

  /** What the exchange has lent and not got back: zero when no position is open. */
  lent(asset: string): string {
    return (this.#lent.get(asset) ?? new Money(0)).toFixed();
  }

  #checkEvents(): void {
    const { events } = this.#world;
    for (const event of events.slice(this.#eventsSeen)) {
      const { order, type, at } = event;
      const state = this.#states.get(order.id);
      demand(at >= this.#latest, 'time runs back');
      this.#latest = at;
      demand(LEGAL[state ?? 'unknown'].includes(type), `${type} of an order that is ${state ?? 'unknown'}`);
      this.#states.set(order.id, AFTER[type] ?? state ?? 'pending');
      // What was settled is known when its order ends.
      if (order.request.kind === 'settle-position' && AFTER[type] === 'over') this.#move(order, order.filled);
      if (event.type !== 'trade') continue;
      this.#fills.set(`${event.fill.tradeId} ${event.fill.side}`, event.fill);
      this.#followPosition(order, event.fill);
    }
    this.#eventsSeen = events.length;
  }

  /** A reduce-only order leaves a position smaller than it was, and never turns it. */
  #followPosition(order: Order, { size }: Fill): void {
    if (order.leverage === 0) return;
    const { before, after } = this.#move(order, size);
    demand(
      order.request.reduceOnly !== true || (after * before >= 0 && Math.abs(after) < Math.abs(before)),
      `a reduce-only order of ${order.account} takes its position from ${before} to ${after}`,
    );
  }

  #move({ account, request }: Order, size: number): { readonly before: number; readonly after: number } {
    const before = this.#positions.get(account) ?? 0;
    const after = before + (request.side === 'buy' ? size : -size);
    this.#positions.set(account, after);
    return { before, after };
  }

  #checkOrder(order: Order, isOpen: boolean): void {
    const { id, status, qty, filled, fills, cost, fee, request } = order;
    demand(isOpen === (status === 'open' || status === 'pending'), `${id} is ${status} among the wrong ones`);
    demand(this.#states.get(id) === (isOpen ? status : 'over'), `${id} is ${status} and was told otherwise`);
    demand(filled >= 0 && filled <= qty, `${id} has ${filled} of ${qty}`);
    demand((status === 'closed') === (!isOpen && filled === qty), `${id} is ${status} with ${filled} of ${qty}`);
    if (request.kind === 'settle-position') return;
    const sum = (of: (fill: (typeof fills)[number]) => Decimal | number): Decimal =>
      fills.reduce((total, fill) => total.plus(of(fill)), new Money(0));
    demand(sum(({ size }) => size).eq(filled), `${id}: filled is not the sum of its fills`);
    demand(sum((fill) => fill.cost).eq(cost), `${id}: cost is not the sum of its fills`);
    demand(sum((fill) => fill.fee).eq(fee), `${id}: fee is not the sum of its fills`);
  }

  /** Everything that anybody has is what there was at the beginning, to the last unit. */
  #checkMoney(): void {
    const market = this.#world.market();
    const { trades } = market;
    for (const trade of trades.slice(this.#tradesSeen)) this.#countTrade(market, trade);
    this.#tradesSeen = trades.length;
    for (const { type, asset, amount } of this.#world.ledger.slice(this.#ledgerSeen)) {
      if (type === 'margin' || type === 'settled') add(this.#lent, asset, amount.neg());
    }
    this.#ledgerSeen = this.#world.ledger.length;
    for (const [asset, before] of this.#start) {
      const now = this.#ownedAll(asset)
        .plus(this.#strangers.get(asset) ?? 0)
        .plus(this.#lent.get(asset) ?? 0);
      demand(now.eq(before), `there were ${before.toFixed()} ${asset}, there are ${now.toFixed()}`);
    }
  }

  #countTrade({ listing }: HandMarket, trade: HandMarket['trades'][number]): void {
    const { pricePrecision, qtyPrecision, costPrecision } = listing.instrument;
    const size = new Money(trade.size).div(Money.pow(10, qtyPrecision));
    const cost = new Money(trade.price)
      .div(Money.pow(10, pricePrecision))
      .times(size)
      .toDecimalPlaces(costPrecision, Money.ROUND_HALF_UP)
      .toDecimalPlaces(4, Money.ROUND_HALF_UP);
    for (const side of [trade.takerSide, trade.takerSide === 'buy' ? 'sell' : 'buy'] as const) {
      const fill = this.#fills.get(`${trade.id} ${side}`);
      // Who bought on margin has neither paid nor got anything: the exchange has.
      const to = fill === undefined ? this.#strangers : fill.margin === undefined ? undefined : this.#lent;
      if (to === undefined) continue;
      add(to, 'BTC', side === 'buy' ? size : size.neg());
      add(to, 'USD', side === 'buy' ? cost.neg() : cost);
    }
  }

  /** Balances of all accounts, and the fees that they paid. */
  #ownedAll(asset: string): Decimal {
    let sum: Decimal = new Money(0);
    for (const account of this.#world.accounts.values()) {
      sum = sum.plus(account.balance(asset)).plus(account.feesPaid(asset));
    }
    return sum;
  }

  /** What rests in the matcher for clients is what their open orders have left. */
  #checkMatcher(): void {
    const { orders } = this.#world.market();
    const inMatcher = new Map<number, number>();
    for (const side of ['buy', 'sell'] as const) {
      orders.walk(side, (price) => {
        for (const { owner, remaining } of orders.queue(side, price)) {
          inMatcher.set(owner, (inMatcher.get(owner) ?? 0) + remaining);
        }
        return true;
      });
    }
    let owner = 0;
    for (const name of this.#world.accounts.keys()) {
      owner += 1;
      let left = 0;
      for (const order of this.#world.desk.openOrders(name)) if (isLive(order)) left += order.qty - order.filled;
      demand(
        left === (inMatcher.get(owner) ?? 0),
        `${name} has ${left} open and ${inMatcher.get(owner)} in the matcher`,
      );
    }
  }
}

type Told = OrderEvent['type'];

const WHILE_OPEN: readonly Told[] = [
  'trade',
  'iceberg_refill',
  'status',
  'amended',
  'restated',
  'filled',
  'canceled',
  'expired',
];

const LEGAL: Readonly<Record<'unknown' | 'pending' | 'open' | 'over', readonly Told[]>> = {
  unknown: ['pending_new'],
  pending: ['new', 'amended', 'canceled'],
  open: WHILE_OPEN,
  over: [],
};

const AFTER: Readonly<Partial<Record<Told, 'pending' | 'open' | 'over'>>> = {
  pending_new: 'pending',
  new: 'open',
  filled: 'over',
  canceled: 'over',
  expired: 'over',
};

function isLive({ status, trigger }: Order): boolean {
  return status === 'open' && (trigger === undefined || trigger.triggered);
}

/** Worked out anew from what the owner sees, at a taker's fee of 0.1 %; margin orders by the desk's own rule. */
function heldBy(order: Order, asset: string): Decimal {
  const { request, leverage, limitPrice, trigger, listing } = order;
  const left = order.qty - order.filled;
  const own = order instanceof OpenOrder ? holdOf(order) : undefined;
  if (own === undefined) throw new Error('not an order of the desk');
  if (leverage > 0 || request.kind === 'trailing-stop-limit' || request.kind === 'market') {
    return own.asset === asset ? own.amount : new Money(0);
  }
  const price = limitPrice ?? trigger?.price;
  if (request.side === 'sell') {
    return asset === 'BTC' ? new Money(left).div(Money.pow(10, listing.instrument.qtyPrecision)) : new Money(0);
  }
  if (asset !== 'USD' || price === undefined) return new Money(0);
  const { instrument } = listing;
  const exact = new Money(ticksToPrice(instrument, price))
    .times(lotsToQty(instrument, order.qty))
    .times(left)
    .div(order.qty);
  const cost = exact.toDecimalPlaces(instrument.costPrecision, Money.ROUND_HALF_UP);
  const fee = cost.div(1000).toDecimalPlaces(instrument.costPrecision, Money.ROUND_HALF_UP);
  return cost.toDecimalPlaces(4, Money.ROUND_HALF_UP).plus(fee.toDecimalPlaces(4, Money.ROUND_HALF_UP));
}

function add(sums: Map<string, Decimal>, asset: string, amount: Decimal): void {
  sums.set(asset, (sums.get(asset) ?? new Money(0)).plus(amount));
}

function demand(holds: boolean, what: string): void {
  if (!holds) throw new Error(what);
}
