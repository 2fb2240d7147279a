import { microsToIso } from '@kb/model';
import type { Decimal } from 'decimal.js';
import type { LedgerEntry } from '../accounts/account.ts';

/*
 * Frames of the `balances` channel: ledger balances, which open orders do not reduce. Amounts have the decimals of their asset.
 */

export interface AssetBalance {
  readonly asset: string;
  readonly balance: Decimal;
  readonly decimals: number;
}

/** Every balance, in the one wallet that there is. */
export function balancesSnapshotFrame(balances: readonly AssetBalance[], sequence: number): string {
  const entries = balances.map(({ asset, balance, decimals }) => {
    const amount = balance.toFixed(decimals);
    return (
      `{"asset":${JSON.stringify(asset)},"asset_class":"currency","balance":${amount},` +
      `"wallets":[{"type":"spot","id":"main","balance":${amount}}]}`
    );
  });
  return `{"channel":"balances","type":"snapshot","data":[${entries.join(',')}],"sequence":${sequence}}`;
}

/** One line of the ledger. */
export function balanceUpdateFrame(entry: LedgerEntry, decimals: number, sequence: number): string {
  const { id, refId, at, type, asset, amount, fee, balance } = entry;
  return (
    `{"channel":"balances","type":"update","data":[{"ledger_id":"${id}","ref_id":"${refId}",` +
    `"timestamp":"${microsToIso(at)}","type":"${type}","subtype":"","category":"${CATEGORIES[type]}",` +
    `"asset":${JSON.stringify(asset)},"asset_class":"currency","wallet_type":"spot","wallet_id":"main",` +
    `"amount":${amount.toFixed(decimals)},"fee":${fee.toFixed(decimals)},"balance":${balance.toFixed(decimals)}}],` +
    `"sequence":${sequence}}`
  );
}

const CATEGORIES: Readonly<Record<LedgerEntry['type'], string>> = {
  trade: 'trade',
  deposit: 'deposit',
  margin: 'margin-trade',
  rollover: 'marginrollover',
  settled: 'margin-settle',
};
