import type { Instrument } from '@kb/model';
import type { PaperAccount } from '../paper-account.ts';
import { OrderNotFound } from './errors.ts';
import type { BaseError } from './errors.ts';
import { FedMarket } from './fed-market.ts';
import { checkParams, ORDER_PARAMS, untilOf } from './fetch-params.ts';
import { clientOrderIdOf } from './order-request.ts';
import type { CcxtParams } from './order-request.ts';
import type { OwnOrder } from './own-order.ts';
import { sinceLimit } from './structures.ts';
import type { CcxtBalances, CcxtOrder, CcxtTrade, CcxtTradingFee } from './structures.ts';
import type { ToldAccount } from './told-account.ts';

/** What the bot may ask of its account. It is answered from what reports have told, at once. */
export class FedAccount extends FedMarket {
  protected readonly told: ToldAccount;

  constructor(account: PaperAccount, told: ToldAccount, pairs: readonly Instrument[], maxLeverage: number) {
    super(account, pairs, maxLeverage);
    this.told = told;
  }

  async fetchBalance(params?: CcxtParams): Promise<CcxtBalances> {
    checkParams(params);
    return this.told.balances.structure(this.told.orders.list(undefined, ({ isOpen }) => isOpen));
  }

  /** @throws OrderNotFound. */
  async fetchOrder(id?: string, _symbol?: string, params?: CcxtParams): Promise<CcxtOrder> {
    checkParams(params, ORDER_PARAMS);
    const order = this.find(id, params);
    if (order === undefined) throw new OrderNotFound(`kraken (paper): there is no order ${id}`);
    return { ...order.structure(), trades: order.trades.map((trade) => ({ ...trade })) };
  }

  /** @param params `until`: the last time of a placing, in milliseconds. */
  async fetchOrders(symbol?: string, since?: number, limit?: number, params?: CcxtParams): Promise<CcxtOrder[]> {
    return this.#list(symbol, since, limit, params, ({ status }) => status !== 'pending');
  }

  async fetchOpenOrders(symbol?: string, since?: number, limit?: number, params?: CcxtParams): Promise<CcxtOrder[]> {
    return this.#list(symbol, since, limit, params, ({ isOpen }) => isOpen);
  }

  /** Orders that have ended, whether they traded or not, as of Kraken; the last 1,000. */
  async fetchClosedOrders(symbol?: string, since?: number, limit?: number, params?: CcxtParams): Promise<CcxtOrder[]> {
    return this.#list(symbol, since, limit, params, ({ hasEnded }) => hasEnded);
  }

  /** The last 1,000. `info` is the fill as `PaperAccount` reports it: its rule, its evidence, and what stood ahead. */
  async fetchMyTrades(symbol?: string, since?: number, limit?: number, params?: CcxtParams): Promise<CcxtTrade[]> {
    if (symbol !== undefined) this.pair(symbol);
    return sinceLimit(untilOf(this.told.orders.trades(symbol), params), since, limit).map((trade) => ({ ...trade }));
  }

  async fetchTradingFee(symbol: string, params?: CcxtParams): Promise<CcxtTradingFee> {
    checkParams(params);
    this.pair(symbol);
    const status = this.account.feeStatus(symbol);
    return {
      info: status,
      symbol,
      maker: Number(status?.maker),
      taker: Number(status?.taker),
      percentage: true,
      tierBased: true,
    };
  }

  async fetchTradingFees(params?: CcxtParams): Promise<Record<string, CcxtTradingFee>> {
    checkParams(params);
    const fees = await Promise.all(this.symbols.map((symbol) => this.fetchTradingFee(symbol)));
    return Object.fromEntries(fees.map((fee) => [fee.symbol, fee]));
  }

  /** Orders that have changed since the last call; at first those that are open. */
  async watchOrders(symbol?: string, since?: number, limit?: number, params?: CcxtParams): Promise<CcxtOrder[]> {
    this.mustBeOpen();
    checkParams(params);
    const open = (): [string, CcxtOrder][] =>
      this.told.orders.list(symbol, ({ isOpen }) => isOpen).map((order) => [order.id, order.structure()]);
    return sinceLimit(await this.told.orderWatch.next(symbol, open), since, limit);
  }

  /** Own trades since the last call; at first the last fifty, as of Kraken. */
  async watchMyTrades(symbol?: string, since?: number, limit?: number, params?: CcxtParams): Promise<CcxtTrade[]> {
    this.mustBeOpen();
    checkParams(params);
    const last = (): [string, CcxtTrade][] =>
      this.told.orders
        .trades(symbol)
        .slice(-50)
        .map((trade) => [String(trade.id), { ...trade }]);
    return sinceLimit(await this.told.tradeWatch.next(symbol, last), since, limit);
  }

  protected override end(closed: BaseError): boolean {
    if (!super.end(closed)) return false;
    this.told.close(closed);
    return true;
  }

  /** By the name that the bot gave it, where `params` tell one; else by id. */
  protected find(id: string | undefined, params: CcxtParams | undefined): OwnOrder | undefined {
    const named = clientOrderIdOf(params);
    if (named !== undefined) return this.told.orders.byClientOrderId(named);
    return id === undefined ? undefined : this.told.orders.byId(id);
  }

  #list(
    symbol: string | undefined,
    since: number | undefined,
    limit: number | undefined,
    params: CcxtParams | undefined,
    isWanted: (order: OwnOrder) => boolean,
  ): CcxtOrder[] {
    if (symbol !== undefined) this.pair(symbol);
    const orders = this.told.orders.list(symbol, isWanted).map((order) => order.structure());
    return sinceLimit(untilOf(orders, params), since, limit);
  }
}
