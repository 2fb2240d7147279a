import { NO_LOTS } from '@kb/model';
import type { AccountReport, AccountView, FeeRates, FillReport, Instrument, OwnOrder } from '@kb/model';
import type { Ledger } from '@kb/portfolio';
import type { OrderTracker } from './order-tracker.ts';

/**
 * What one run owns, as strategies may see it. The ledger counts in decimals; a strategy asks on every event, so what
 * it asks for is kept as lots and text, and renewed only when a fill changes it.
 */
export class Account {
  readonly #ledger: Ledger;
  readonly #orders: OrderTracker;
  readonly #instruments: ReadonlyMap<string, Instrument>;
  readonly #feesOf: (symbol: string) => FeeRates;
  readonly #base = new Map<string, number>();
  readonly #position = new Map<string, number>();
  /** Balances as text, as far as somebody has asked since the last fill. */
  readonly #balances = new Map<string, string>();
  /** Fees by symbol, as far as somebody has asked since they could last have changed. */
  readonly #fees = new Map<string, FeeRates>();

  constructor(
    ledger: Ledger,
    orders: OrderTracker,
    instruments: ReadonlyMap<string, Instrument>,
    feesOf: (symbol: string) => FeeRates,
  ) {
    this.#ledger = ledger;
    this.#orders = orders;
    this.#instruments = instruments;
    this.#feesOf = feesOf;
    for (const instrument of instruments.values()) this.#renew(instrument);
  }

  /** Books a fill. */
  apply(fill: FillReport): void {
    this.#ledger.apply(fill);
    this.#balances.clear();
    this.forgetFees();
    const traded = this.#instruments.get(fill.symbol);
    if (traded === undefined) return;
    // A shared asset (USD, or BTC as both base and quote) can change the balance of another symbol's base.
    for (const instrument of this.#instruments.values()) {
      if (instrument.base === traded.base || instrument.base === traded.quote) this.#renew(instrument);
    }
  }

  /** Books what the venue charged for holding positions. */
  applyAccountReport(report: AccountReport): void {
    if (this.#ledger.applyAccountReport(report)) this.#balances.clear();
  }

  /** Fees may have changed: whoever asks next is told the new ones. */
  forgetFees(): void {
    this.#fees.clear();
  }

  /** Signed lots gained or lost since the start. */
  position(symbol: string): number {
    return this.#position.get(symbol) ?? 0;
  }

  /** The account as one strategy sees it: its own orders, everybody's money. */
  viewFor(strategyId: string): AccountView {
    return {
      base: (symbol: string): number => this.#base.get(symbol) ?? NO_LOTS,
      position: (symbol: string): number => this.position(symbol),
      balance: (asset: string): string => this.#balance(asset),
      openOrders: (symbol: string): readonly OwnOrder[] => this.#orders.ofStrategy(strategyId, symbol),
      fees: (symbol: string): FeeRates => this.#feesFor(symbol),
    };
  }

  #renew(instrument: Instrument): void {
    const { symbol } = instrument;
    this.#base.set(symbol, this.#ledger.heldLots(symbol));
    this.#position.set(symbol, this.#ledger.lots(symbol));
  }

  #balance(asset: string): string {
    let text = this.#balances.get(asset);
    if (text === undefined) this.#balances.set(asset, (text = this.#ledger.balanceText(asset)));
    return text;
  }

  #feesFor(symbol: string): FeeRates {
    let fees = this.#fees.get(symbol);
    if (fees === undefined) this.#fees.set(symbol, (fees = this.#feesOf(symbol)));
    return fees;
  }
}
