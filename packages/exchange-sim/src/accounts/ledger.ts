import type { Decimal } from 'decimal.js';
import { BoundedLog } from './bounded-log.ts';
import type { IdSource, LedgerEntry } from './booking.ts';
import { ZERO } from './money.ts';

/** Ledger entries that are kept for reading, per account. */
export const LEDGER_LIMIT = 10_000;

/** Balances and how they came about: every change of a balance is an entry, so that an entry's balance is the sum of all before it. */
export class Ledger {
  readonly #ids: IdSource;
  readonly #log = new BoundedLog<LedgerEntry>(LEDGER_LIMIT);
  readonly #balances = new Map<string, Decimal>();
  readonly #feesPaid = new Map<string, Decimal>();

  constructor(ids: IdSource) {
    this.#ids = ids;
  }

  get entries(): readonly LedgerEntry[] {
    return this.#log.entries;
  }

  get count(): number {
    return this.#log.count;
  }

  get assets(): readonly string[] {
    return [...this.#balances.keys()];
  }

  balance(asset: string): Decimal {
    return this.#balances.get(asset) ?? ZERO;
  }

  feesPaid(asset: string): Decimal {
    return this.#feesPaid.get(asset) ?? ZERO;
  }

  /** Lists an asset that nothing happened to yet. */
  touch(asset: string): void {
    if (!this.#balances.has(asset)) this.#balances.set(asset, ZERO);
  }

  /** Adds the amount to the balance and takes the fee off it. @param refId The entry's own id when left out. */
  post(entry: Pick<LedgerEntry, 'at' | 'type' | 'asset' | 'amount' | 'fee'>, refId?: string): LedgerEntry {
    const { at, type, asset, amount, fee } = entry;
    const id = this.#ids.next('L');
    const balance = this.balance(asset).plus(amount).minus(fee);
    this.#balances.set(asset, balance);
    if (!fee.isZero()) this.#feesPaid.set(asset, this.feesPaid(asset).plus(fee));
    const posted = { id, refId: refId ?? id, at, type, asset, amount, fee, balance };
    this.#log.push(posted);
    return posted;
  }
}
