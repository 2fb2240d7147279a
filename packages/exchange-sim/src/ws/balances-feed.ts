import type { LedgerEntry } from '../accounts/account.ts';
import { assetFor } from '../listings/assets.ts';
import { balancesSnapshotFrame, balanceUpdateFrame } from '../wire/balance-frames.ts';
import type { FeedParts } from './executions-feed.ts';

/** One subscription to an account's balances: each line of its ledger in a message of its own, and the next `sequence`; the first is 1. */
export class BalancesFeed {
  readonly #parts: Omit<FeedParts, 'context'>;
  #sequence = 0;

  constructor(parts: Omit<FeedParts, 'context'>) {
    this.#parts = parts;
  }

  /** Sends all balances. */
  begin(): void {
    const { account } = this.#parts;
    const balances = account.assets.map((asset) => ({
      asset,
      balance: account.balance(asset),
      decimals: this.#decimals(asset),
    }));
    this.#post(balancesSnapshotFrame(balances, this.#next()));
  }

  onLedger(entry: LedgerEntry): void {
    this.#post(balanceUpdateFrame(entry, this.#decimals(entry.asset), this.#next()));
  }

  #next(): number {
    this.#sequence += 1;
    return this.#sequence;
  }

  #post(frame: string): void {
    this.#parts.outbox.post(this.#parts.subscriber, frame);
  }

  #decimals(asset: string): number {
    return (this.#parts.venue.assets.get(asset) ?? assetFor(asset)).decimals;
  }
}
