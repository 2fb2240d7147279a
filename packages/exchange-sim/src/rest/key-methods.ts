import type { PrivateCall, PrivateMethod } from './call.ts';
import type { Json } from './json-text.ts';
import { level3 } from './book-methods.ts';

function getWebSocketsToken({ venue, account, key, at }: PrivateCall): Json {
  return { token: venue.tokens.create(account.name, at, key.permissions), expires: venue.tokens.expiresSeconds };
}

/** The key of the call itself; it is named as its account is, and never expires. */
function getApiKeyInfo({ venue, key }: PrivateCall): Json {
  return {
    api_key_name: key.account,
    api_key: key.key,
    nonce: venue.keys.highestNonce(key.key),
    nonce_window: String(key.nonceWindow),
    permissions: [...key.permissions],
    valid_until: '0',
  };
}

/** Methods about keys, and those that any key may call, by name. */
export const KEY_METHODS: ReadonlyMap<string, PrivateMethod> = new Map<string, PrivateMethod>([
  ['GetWebSocketsToken', { permissions: ['create-ws-token'], answer: getWebSocketsToken }],
  ['GetApiKeyInfo', { permissions: [], answer: getApiKeyInfo }],
  ['Level3', { permissions: [], answer: level3 }],
]);

/** What Kraken's other private methods are for, moving money above all, no key of this exchange may do. */
export const FORBIDDEN_METHODS: ReadonlySet<string> = new Set([
  'CreditLines',
  'AddExport',
  'ExportStatus',
  'RetrieveExport',
  'RemoveExport',
  'DepositMethods',
  'DepositAddresses',
  'DepositStatus',
  'WithdrawMethods',
  'WithdrawAddresses',
  'WithdrawInfo',
  'Withdraw',
  'WithdrawStatus',
  'WithdrawCancel',
  'WalletTransfer',
  'CreateSubaccount',
  'AccountTransfer',
  'Earn/Allocate',
  'Earn/Deallocate',
  'Earn/AllocateStatus',
  'Earn/DeallocateStatus',
  'Earn/Strategies',
  'Earn/Allocations',
]);
