import type { Micros } from '@kb/model';
import type { ApiKey, Permission } from '../access/api-keys.ts';
import type { Account } from '../accounts/account.ts';
import type { Answer } from '../trading/order-desk.ts';
import type { Venue } from '../venue.ts';
import type { Json } from './json-text.ts';
import type { Params } from './params.ts';
import { Refusal } from './refusal.ts';

/** How results of `Ticker`, `OHLC`, `Depth`, `Trades` and `Spread` are keyed when the pair was asked for with a slash. */
export type SlashKeys = 'legacy' | 'as-asked';

/** One call of a public method, brought to the present. */
export interface PublicCall {
  readonly venue: Venue;
  readonly params: Params;
  readonly at: Micros;
  readonly slashKeys: SlashKeys;
}

/** One call of a private method, by somebody who may. */
export interface PrivateCall extends PublicCall {
  readonly key: ApiKey;
  readonly account: Account;
  /** Texts that begin with W: what else to say beside the result. */
  readonly warnings: string[];
}

/** Makes the result. @throws Refusal with the error text otherwise. */
export type PublicMethod = (call: PublicCall) => Json;

export interface PrivateMethod {
  /** Any one of them is enough; none needed when empty. */
  readonly permissions: readonly Permission[];
  readonly answer: (call: PrivateCall) => Json;
}

/** The value of the desk's answer. @throws Refusal with its error. */
export function accepted<Value>(call: PrivateCall, answer: Answer<Value>): Value {
  if (!answer.ok) throw new Refusal(answer.error);
  if (answer.warnings !== undefined) call.warnings.push(...answer.warnings);
  return answer.value;
}
