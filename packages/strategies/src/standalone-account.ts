import { notional, signOf } from '@kb/model';
import type { AccountView, FeeRates, FillReport, Instrument, OwnOrder } from '@kb/model';
import { AMOUNT_DECIMALS, amountOf, amountText } from './plain-values.ts';
import type { StandaloneOrders } from './standalone-orders.ts';

/** Balances and position of one pair, exact, kept up by fills. */
export class StandaloneAccount implements AccountView {
  readonly #pair: Instrument;
  readonly #orders: StandaloneOrders;
  readonly #fees: FeeRates;
  /** In counts of 10^-30. */
  readonly #balances = new Map<string, bigint>();
  /** Base gained or lost by trading. */
  #traded = 0n;

  constructor(pair: Instrument, orders: StandaloneOrders, fees: FeeRates) {
    this.#pair = pair;
    this.#orders = orders;
    this.#fees = fees;
  }

  setBalance(asset: string, amount: bigint): void {
    this.#balances.set(asset, amount);
  }

  book(fill: FillReport): void {
    const { base, quote, pricePrecision, qtyPrecision } = this.#pair;
    const sign = BigInt(signOf(fill.side));
    const size = sign * BigInt(fill.size) * 10n ** BigInt(AMOUNT_DECIMALS - qtyPrecision);
    const cost = notional(fill.price, fill.size) * 10n ** BigInt(AMOUNT_DECIMALS - pricePrecision - qtyPrecision);
    const fee = amountOf(fill.fee);
    this.#add(base, size);
    this.#add(quote, -sign * cost);
    this.#add(fill.feeAsset, -fee);
    this.#traded += fill.feeAsset === base ? size - fee : size;
  }

  base(symbol: string): number {
    return symbol === this.#pair.symbol ? this.#lots(this.#balances.get(this.#pair.base) ?? 0n) : 0;
  }

  position(symbol: string): number {
    return symbol === this.#pair.symbol ? this.#lots(this.#traded) : 0;
  }

  balance(asset: string): string {
    return amountText(this.#balances.get(asset) ?? 0n);
  }

  openOrders(symbol: string): readonly OwnOrder[] {
    return symbol === this.#pair.symbol ? this.#orders.open : [];
  }

  fees(): FeeRates {
    return this.#fees;
  }

  #add(asset: string, amount: bigint): void {
    this.#balances.set(asset, (this.#balances.get(asset) ?? 0n) + amount);
  }

  /** Whole lots, cut towards zero; what is beyond the exact counts of a number stands at the last of them. */
  #lots(amount: bigint): number {
    const count = Number(amount / 10n ** BigInt(AMOUNT_DECIMALS - this.#pair.qtyPrecision));
    return Math.max(-Number.MAX_SAFE_INTEGER, Math.min(Number.MAX_SAFE_INTEGER, count));
  }
}
