/**
 * The paper account under ccxt's method names: what ccxt's kraken class answers, as far as Kraken's own answers go.
 *
 * Contract: market data is brought in by `onBook`, `onTrade`, … or `follow`; nothing else makes time go on. A command's promise
 * settles during the call that brings the time at which its answer would have been here. What is asked for (`fetch…`) is
 * answered at once from what the reports have told by then, so that nobody knows more than a bot could.
 */
import { instrument, KbError } from '@kb/model';
import { PaperAccount } from '../paper-account.ts';
import type { PaperAccountOptions, PlainChange } from '../paper-account.ts';
import type { PlainOrder } from '../plain-order.ts';
import type { AccountCall } from '../restore/account-input.ts';
import {
  ArgumentsRequired,
  BadRequest,
  BaseError,
  ExchangeClosedByUser,
  InvalidOrder,
  NotSupported,
  OrderNotFound,
} from './errors.ts';
import { checkParams, ORDER_PARAMS } from './fetch-params.ts';
import { isoText } from './fed-data.ts';
import { FedAccount } from './fed-account.ts';
import type { Amount } from './fed-market.ts';
import { HAS } from './has.ts';
import { clientOrderIdOf, plainChange, plainOrder } from './order-request.ts';
import type { CcxtOrderRequest, CcxtParams } from './order-request.ts';
import { bareOrder } from './own-order.ts';
import type { OwnOrder } from './own-order.ts';
import type { CcxtOrder } from './structures.ts';
import { ToldAccount } from './told-account.ts';
import { venueId } from './venue-id.ts';

/** Those of the paper account, and whether its reports are wanted too. Keys that ccxt asks for are taken and not read. */
export interface CcxtPaperOptions extends Omit<PaperAccountOptions, 'onReport'> {
  readonly onReport?: PaperAccountOptions['onReport'];
  readonly apiKey?: string;
  readonly secret?: string;
  readonly enableRateLimit?: boolean;
}

export class CcxtPaperExchange extends FedAccount {
  readonly id: string = 'kraken';
  readonly name: string = 'Kraken (paper)';
  readonly has: Readonly<Record<string, boolean>> = HAS;
  #amends = 0;

  /** @throws PaperError `KB_PAPER_NO_LATENCY`, `KB_PAPER_BAD_OPTION`; ModelError for a pair that makes no sense. */
  constructor(options: CcxtPaperOptions) {
    const { apiKey: _apiKey, secret: _secret, enableRateLimit: _enableRateLimit, ...rest } = options;
    const account = new PaperAccount({
      ...rest,
      onReport: (report, answers) => {
        told.take(report, answers);
        options.onReport?.(report, answers);
      },
      onAccountReport: (report) => {
        told.takeAccountReport(report);
        options.onAccountReport?.(report);
      },
    });
    const told: ToldAccount = new ToldAccount({
      balances: options.balances,
      feesOf: (symbol) => account.feeStatus(symbol),
      lastPrice: (symbol) => this.lastPrice(symbol),
    });
    const { margin, pairs } = options;
    super(account, told, pairs.map(instrument), margin === undefined ? 1 : (margin.maxLeverage ?? 10));
  }

  /**
   * The exchange that these entries of `onInput` made, after a restart: its account as `PaperAccount.restore` has it, orders and
   * trades under the ids that the bot knows, and the market as it was told; but for figures of 24 hours, which the feed tells anew.
   * @param options As the exchange was opened with.
   * @throws As `PaperAccount.restore`.
   */
  static restore(options: CcxtPaperOptions, inputs: Iterable<unknown>): CcxtPaperExchange {
    const exchange = new CcxtPaperExchange(options);
    const { account, told } = exchange;
    account.makeAgain(inputs, {
      onCall: (call, ids) => exchange.#madeAgain(call, ids),
      onReport: (report, answers) => told.take(report, answers),
      onAccountReport: (report) => told.takeAccountReport(report),
    });
    return exchange;
  }

  // Orders

  /**
   * @returns Once it is accepted: its id, and what was asked for. What has become of it tell `fetchOrder` and `watchOrders`.
   * @throws What the venue refuses it for, under ccxt's names; RequestTimeout when no answer comes.
   */
  async createOrder(
    symbol: string,
    type: string,
    side: string,
    amount?: Amount,
    price?: Amount,
    params?: CcxtParams,
  ): Promise<CcxtOrder> {
    const order = this.#orderOf({ symbol, type, side, amount, price, params });
    return this.#placed(
      this.#checked(() => this.account.place(order)),
      order,
    );
  }

  /** Two to fifteen orders of one pair, in one message. @throws What the first of those is refused for that are; the others stand. */
  async createOrders(requests: readonly CcxtOrderRequest[]): Promise<CcxtOrder[]> {
    if (requests.length < 2 || requests.length > 15) {
      throw new BadRequest(`kraken (paper): expected two to fifteen orders, were ${requests.length}`);
    }
    if (new Set(requests.map(({ symbol }) => symbol)).size > 1) {
      throw new BadRequest('kraken (paper): createOrders() takes orders of one symbol');
    }
    const orders = requests.map((request) => this.#orderOf(request));
    const keys = this.#checked(() => this.account.placeBatch(orders));
    const answers = this.#placedTogether(keys, orders);
    await Promise.allSettled(answers);
    return Promise.all(answers);
  }

  createLimitOrder(
    symbol: string,
    side: string,
    amount: Amount,
    price: Amount,
    params?: CcxtParams,
  ): Promise<CcxtOrder> {
    return this.createOrder(symbol, 'limit', side, amount, price, params);
  }

  createLimitBuyOrder(symbol: string, amount: Amount, price: Amount, params?: CcxtParams): Promise<CcxtOrder> {
    return this.createOrder(symbol, 'limit', 'buy', amount, price, params);
  }

  createLimitSellOrder(symbol: string, amount: Amount, price: Amount, params?: CcxtParams): Promise<CcxtOrder> {
    return this.createOrder(symbol, 'limit', 'sell', amount, price, params);
  }

  createMarketOrder(
    symbol: string,
    side: string,
    amount: Amount,
    _price?: Amount,
    params?: CcxtParams,
  ): Promise<CcxtOrder> {
    return this.createOrder(symbol, 'market', side, amount, undefined, params);
  }

  createMarketBuyOrder(symbol: string, amount: Amount, params?: CcxtParams): Promise<CcxtOrder> {
    return this.createOrder(symbol, 'market', 'buy', amount, undefined, params);
  }

  createMarketSellOrder(symbol: string, amount: Amount, params?: CcxtParams): Promise<CcxtOrder> {
    return this.createOrder(symbol, 'market', 'sell', amount, undefined, params);
  }

  createTrailingAmountOrder(
    symbol: string,
    type: string,
    side: string,
    amount: Amount,
    price?: Amount,
    trailingAmount?: Amount,
    trailingTriggerPrice?: Amount,
    params?: CcxtParams,
  ): Promise<CcxtOrder> {
    return this.createOrder(symbol, type, side, amount, price, { ...params, trailingAmount, trailingTriggerPrice });
  }

  createTrailingPercentOrder(
    symbol: string,
    type: string,
    side: string,
    amount: Amount,
    price?: Amount,
    trailingPercent?: Amount,
    trailingTriggerPrice?: Amount,
    params?: CcxtParams,
  ): Promise<CcxtOrder> {
    return this.createOrder(symbol, type, side, amount, price, { ...params, trailingPercent, trailingTriggerPrice });
  }

  /**
   * Amends an order: it keeps its id, its fills, and its place in the queue where only sizes shrink.
   * @returns No more than the id of the amend, as of Kraken.
   */
  async editOrder(
    id: string,
    symbol: string,
    _type?: string,
    _side?: string,
    amount?: Amount,
    price?: Amount,
    params?: CcxtParams,
  ): Promise<CcxtOrder> {
    this.mustBeOpen();
    const order = this.find(id, params);
    const isTrailing = order?.terms.orderType.startsWith('trailing') ?? false;
    const change = plainChange({ amount, price, params }, this.pair(symbol), isTrailing);
    const key = order?.venueKey ?? this.#unknownKey(id, params);
    this.#checked(() => this.account.amend(symbol, key, change));
    const amendId = await this.#amended(order, change);
    return bareOrder(amendId, order?.lastReport);
  }

  /** @throws OrderNotFound where it has ended by the time the cancel arrives, or never was. */
  async cancelOrder(id?: string, symbol?: string, params?: CcxtParams): Promise<CcxtOrder> {
    this.mustBeOpen();
    checkParams(params, ORDER_PARAMS);
    const order = this.find(id, params);
    const key = order?.venueKey ?? this.#unknownKey(id, params);
    const of = order?.terms.symbol ?? symbol;
    if (of === undefined) throw new OrderNotFound(`kraken (paper): there is no order ${id}`);
    this.pair(of);
    this.account.cancel(of, key);
    await this.told.replies.wait(this.account.sentCount);
    return bareOrder(undefined, order?.lastReport);
  }

  /** Cancels orders in one message; those that have ended are passed over. */
  async cancelOrders(ids: readonly string[], _symbol?: string, params?: CcxtParams): Promise<CcxtOrder[]> {
    this.mustBeOpen();
    checkParams(params);
    return this.#cancelAll(ids.flatMap((id) => this.told.orders.byId(id) ?? []));
  }

  /** Cancels every order, of all symbols, as Kraken does. */
  async cancelAllOrders(_symbol?: string, params?: CcxtParams): Promise<CcxtOrder[]> {
    this.mustBeOpen();
    checkParams(params);
    return this.#cancelAll(this.told.orders.list(undefined, ({ hasEnded }) => !hasEnded));
  }

  /** The venue's own timer: see `PaperAccount.cancelAllAfter`. @param timeout Milliseconds; 0 disarms. */
  async cancelAllOrdersAfter(timeout: number): Promise<{ error: string[]; result: Record<string, string> }> {
    this.mustBeOpen();
    const seconds = Math.floor(timeout / 1000);
    if (!(timeout >= 0 && seconds < 86_400)) {
      throw new BadRequest(`kraken (paper): expected milliseconds from 0 below a day, was ${timeout}`);
    }
    this.account.cancelAllAfter(seconds);
    const currentTime = secondsText(this.milliseconds());
    const triggerTime = seconds === 0 ? '0' : secondsText(this.milliseconds() + seconds * 1000);
    return { error: [], result: { currentTime, triggerTime } };
  }

  // The same over ccxt's sockets, which tell less: no more than ids.

  async createOrderWs(
    symbol: string,
    type: string,
    side: string,
    amount?: Amount,
    price?: Amount,
    params?: CcxtParams,
  ): Promise<CcxtOrder> {
    const { id, info } = await this.createOrder(symbol, type, side, amount, price, params);
    return { ...bareOrder(id, info), postOnly: false };
  }

  /** @returns The id of the order, other than `editOrder`. */
  async editOrderWs(
    id: string,
    symbol: string,
    type?: string,
    side?: string,
    amount?: Amount,
    price?: Amount,
    params?: CcxtParams,
  ): Promise<CcxtOrder> {
    const order = this.find(id, params);
    const { info } = await this.editOrder(id, symbol, type, side, amount, price, params);
    return bareOrder(order?.id, info);
  }

  /** @throws NotSupported with a symbol, as ccxt does; OrderNotFound. */
  async cancelOrderWs(id?: string, symbol?: string, params?: CcxtParams): Promise<CcxtOrder> {
    if (symbol !== undefined) throw new NotSupported('kraken (paper): cancelOrderWs() takes no symbol');
    return this.cancelOrder(id, symbol, params);
  }

  /** @throws NotSupported with a symbol, as ccxt does. */
  async cancelAllOrdersWs(symbol?: string, params?: CcxtParams): Promise<CcxtOrder[]> {
    if (symbol !== undefined) throw new NotSupported('kraken (paper): cancelAllOrdersWs() takes no symbol');
    return this.cancelAllOrders(symbol, params);
  }

  /** Ends: whoever waits hears `ExchangeClosedByUser`, and so does who asks for more. Twice is fine. */
  async close(): Promise<void> {
    const closed = new ExchangeClosedByUser('kraken (paper) was closed');
    this.end(closed);
  }

  #orderOf(request: CcxtOrderRequest): PlainOrder {
    this.mustBeOpen();
    return plainOrder(request, this.pair(request.symbol), this.milliseconds());
  }

  /** Of orders that were the last to be sent. */
  #placedTogether(venueKeys: readonly string[], orders: readonly PlainOrder[]): readonly Promise<CcxtOrder>[] {
    const before = this.account.sentCount - orders.length;
    return orders.map((order, index) => this.#placed(venueKeys[index] ?? '', order, before + index + 1));
  }

  async #placed(venueKey: string, order: PlainOrder, command: number = this.account.sentCount): Promise<CcxtOrder> {
    const own = this.told.sent(venueKey, order);
    await this.told.replies.wait(command);
    return own.answer();
  }

  /** @returns The id of the amend, once it is carried out. */
  async #amended(order: OwnOrder | undefined, { trigger }: PlainChange): Promise<string> {
    let id = '';
    await this.told.replies.wait(this.account.sentCount, () => {
      if (order !== undefined && trigger !== undefined) this.told.retrigger(order, trigger);
      this.#amends += 1;
      id = venueId('T', this.#amends);
    });
    return id;
  }

  /** A call to the account before a restart: what was noted of it then is noted again. Whoever waited for an answer is gone. */
  #madeAgain(call: AccountCall, ids: readonly string[]): void {
    this.#sentAgain(call, ids);
    this.marketAgain(call);
  }

  #sentAgain(call: AccountCall, ids: readonly string[]): void {
    const nobody = (): void => undefined;
    if (call.call === 'place' || call.call === 'place-batch') {
      const sent = call.call === 'place' ? [call.order] : call.orders;
      for (const answer of this.#placedTogether(ids, sent)) answer.catch(nobody);
    } else if (call.call === 'amend') {
      const { change, clientOrderId } = call;
      this.#amended(this.told.orders.byClientOrderId(clientOrderId), change).catch(nobody);
    }
  }

  async #cancelAll(orders: readonly OwnOrder[]): Promise<CcxtOrder[]> {
    if (orders.length > 0) {
      this.account.cancelBatch(
        orders.map(({ terms, venueKey }) => ({ symbol: terms.symbol, clientOrderId: venueKey })),
      );
    }
    const before = this.account.sentCount - orders.length;
    const answers = await Promise.allSettled(orders.map((_, index) => this.told.replies.wait(before + index + 1)));
    for (const answer of answers) {
      if (answer.status === 'rejected' && !(answer.reason instanceof OrderNotFound)) throw answer.reason;
    }
    const count = answers.filter(({ status }) => status === 'fulfilled').length;
    return [bareOrder(undefined, { error: [], result: { count } })];
  }

  /** What the venue will say that it does not know. */
  #unknownKey(id: string | undefined, params: CcxtParams | undefined): string {
    const key = clientOrderIdOf(params) ?? id;
    if (key === undefined) throw new ArgumentsRequired('kraken (paper): which order? An id is needed');
    return key;
  }

  /** What the account cannot put on its grid is no order for ccxt. */
  #checked<T>(send: () => T): T {
    try {
      return send();
    } catch (error) {
      if (error instanceof KbError && !(error instanceof BaseError))
        throw new InvalidOrder(`kraken (paper): ${error.message}`);
      throw error;
    }
  }
}

/** As Kraken writes the times of its timer. */
function secondsText(milliseconds: number): string {
  return `${isoText(milliseconds).slice(0, 19)}Z`;
}
