import type { FeeRates } from '@kb/model';
import { Decimal } from 'decimal.js';
import type { PlainAccountReport } from '../plain-account-report.ts';
import type { PlainOrder, PlainPrice } from '../plain-order.ts';
import type { PlainReport } from '../plain-report.ts';
import type { BaseError } from './errors.ts';
import { OwnOrder, ownTrade, termsOf, termsOfStranger } from './own-order.ts';
import { OwnOrders } from './own-orders.ts';
import { Replies } from './replies.ts';
import type { CcxtOrder, CcxtTrade } from './structures.ts';
import { ToldBalances } from './told-balances.ts';
import { venueId } from './venue-id.ts';
import { Watch } from './watch.ts';

export interface ToldAccountOptions {
  readonly balances: Readonly<Record<string, string>>;
  feesOf(symbol: string): FeeRates | undefined;
  /** Decimal text; `undefined` before the first trade. */
  lastPrice(symbol: string): string | undefined;
}

/** The account as a bot knows it: what it has sent, and what the reports have told since. */
export class ToldAccount {
  readonly orders: OwnOrders = new OwnOrders();
  readonly balances: ToldBalances;
  readonly replies: Replies = new Replies();
  readonly orderWatch: Watch<CcxtOrder> = new Watch();
  readonly tradeWatch: Watch<CcxtTrade> = new Watch();
  readonly #options: ToldAccountOptions;
  #orderCount = 0;
  #tradeCount = 0;

  constructor(options: ToldAccountOptions) {
    this.#options = options;
    this.balances = new ToldBalances(options.balances);
  }

  /** Notes an order that has been sent. @param venueKey What its reports will go by. */
  sent(venueKey: string, order: PlainOrder): OwnOrder {
    this.#orderCount += 1;
    const { clientOrderId } = order;
    const own = new OwnOrder({ id: venueId('O', this.#orderCount), venueKey, clientOrderId }, termsOf(order));
    this.orders.add(own);
    return own;
  }

  /** Takes in a report; then whoever waited for it hears of it. */
  take(report: PlainReport, answers: number | undefined): void {
    const order = this.orders.about(report) ?? this.#stranger(report);
    if (order !== undefined) this.#takeFor(order, report);
    this.replies.take(report, answers);
  }

  /** Notes that an order waits for something else, which no report tells. */
  retrigger(order: OwnOrder, trigger: PlainPrice): void {
    order.trigger = trigger;
    order.heldAt = this.#heldAt(order);
  }

  takeAccountReport(report: PlainAccountReport): void {
    this.balances.takeAccountReport(report);
  }

  close(error: BaseError): void {
    this.replies.close(error);
    this.orderWatch.close(error);
    this.tradeWatch.close(error);
  }

  #takeFor(order: OwnOrder, report: PlainReport): void {
    if (report.type === 'rejected') {
      if (order.status === 'pending') this.orders.remove(order);
      return;
    }
    const hadEnded = order.hasEnded;
    order.take(report);
    if (report.type === 'accepted' || report.type === 'amended') order.heldAt = this.#heldAt(order);
    if (report.type === 'fill') {
      this.#tradeCount += 1;
      const trade = ownTrade(venueId('T', this.#tradeCount), order, report);
      order.trades.push(trade);
      this.orders.addTrade(trade);
      this.balances.takeFill(report);
      this.tradeWatch.tell(report.symbol, String(trade.id), () => ({ ...trade }));
    }
    if (order.hasEnded && !hadEnded) this.orders.end(order);
    if (order.hasEnded && order.isAccepted) this.orders.freeKey(order);
    if (order.status !== 'pending') this.orderWatch.tell(report.symbol, order.id, () => order.structure());
  }

  /** An order that nobody sent here: one that a fill placed, or the venue's own. */
  #stranger(report: PlainReport): OwnOrder | undefined {
    if (report.type !== 'accepted') return undefined;
    this.#orderCount += 1;
    const ids = { id: venueId('O', this.#orderCount), venueKey: report.clientOrderId, clientOrderId: undefined };
    const order = new OwnOrder(ids, termsOfStranger(report));
    this.orders.add(order);
    return order;
  }

  /** What a unit of an order holds, as the venue reckons it: at its limit, or else its trigger, with the higher fee. */
  #heldAt({ price, terms, trigger }: OwnOrder): Decimal | undefined {
    if (terms.isOnMargin || terms.orderType === 'market') return undefined;
    const fees = this.#options.feesOf(terms.symbol) ?? { maker: '0', taker: '0' };
    const withFee = Decimal.max(fees.maker, fees.taker, 0).plus(1);
    if (terms.side === 'sell') return terms.feeIn === 'base' ? withFee : ONE;
    const worst = price === undefined ? this.#triggerPrice(trigger, terms.symbol) : new Decimal(price);
    return terms.feeIn === 'quote' ? worst.times(withFee) : worst;
  }

  /** Where a buy would trigger; of a trailing one as of the last price that we know. */
  #triggerPrice(trigger: PlainPrice | undefined, symbol: string): Decimal {
    if (trigger === undefined) return ZERO;
    if ('price' in trigger) return new Decimal(trigger.price);
    const last = new Decimal(this.#options.lastPrice(symbol) ?? 0);
    return last.plus('distance' in trigger ? trigger.distance : last.times(trigger.percent).dividedBy(100));
  }
}

const ZERO = new Decimal(0);
const ONE = new Decimal(1);
