import type { LedgerEntry } from '../accounts/account.ts';
import type { PrivateCall, PrivateMethod } from './call.ts';
import type { Json, JsonMembers } from './json-text.ts';
import { askedAssets, checkCurrencyClass } from './listing-methods.ts';
import { money, seconds } from './numbers.ts';
import { askedSpan, isWithin, page } from './paging.ts';

/** Entries that one call of `QueryLedgers` may name. */
const MOST_ASKED = 20;

/** Kinds of entries at Kraken; most of them never happen here. */
const TYPES = [
  'all',
  'none',
  'trade',
  'deposit',
  'withdrawal',
  'transfer',
  'margin',
  'adjustment',
  'rollover',
  'credit',
  'settled',
  'staking',
  'reward',
  'dividend',
  'sale',
  'conversion',
  'nfttrade',
  'nftcreatorfee',
  'nftrebate',
  'custodytransfer',
] as const;

/** Newest first, 50 a page; `count` is that of all pages. */
function ledgers(call: PrivateCall): Json {
  const { account, params } = call;
  checkCurrencyClass(call);
  const type = params.choice('type', TYPES) ?? 'all';
  const assets = params.text('asset') === 'all' ? undefined : new Set(askedAssets(call).map(({ id }) => id));
  const span = askedSpan(params, (id) => account.ledger.find((entry) => entry.id === id)?.at);
  const found = account.ledger.filter(
    (entry) =>
      (type === 'all' || entry.type === type) &&
      (assets === undefined || assets.has(entry.asset)) &&
      isWithin(entry.at, span),
  );
  return {
    ledger: entryMap(call, page(params, found.toReversed())),
    count: params.flag('without_count') ? undefined : found.length,
  };
}

/** Unknown ids are passed over (UNCONFIRMED). */
function queryLedgers(call: PrivateCall): Json {
  const { account, params } = call;
  const ids = params.list('id', MOST_ASKED);
  if (ids.length === 0) throw params.invalid('id');
  return entryMap(
    call,
    ids.flatMap((id) => account.ledger.find((entry) => entry.id === id) ?? []),
  );
}

function entryMap({ venue }: PrivateCall, entries: readonly LedgerEntry[]): JsonMembers {
  return Object.fromEntries(
    entries.flatMap((entry) => {
      const asset = venue.assets.get(entry.asset);
      if (asset === undefined) return [];
      const { decimals } = asset;
      const described = {
        refid: entry.refId,
        time: seconds(entry.at, 4),
        type: entry.type,
        subtype: '',
        aclass: 'currency',
        asset: asset.legacyId,
        amount: money(entry.amount, decimals),
        fee: money(entry.fee, decimals),
        balance: money(entry.balance, decimals),
      };
      return [[entry.id, described]];
    }),
  );
}

const LEDGER = ['query-ledger'] as const;

/** Methods about an account's ledger, by name. */
export const LEDGER_QUERIES: ReadonlyMap<string, PrivateMethod> = new Map<string, PrivateMethod>([
  ['Ledgers', { permissions: LEDGER, answer: ledgers }],
  ['QueryLedgers', { permissions: LEDGER, answer: queryLedgers }],
]);
