import { PaperError } from '../errors.ts';
import type { PlainBook, PlainChange, PlainTrade } from '../paper-account.ts';
import type { PlainOrder } from '../plain-order.ts';
import type { PlainEvent } from './plain-event.ts';

/** The form of the entries; entries of another one are refused. */
export const ACCOUNT_INPUT_VERSION = 1;

/** One call that an account was told something by, as plain JSON: all of them in order are the account. */
export type AccountInput = AccountCall & {
  readonly v: typeof ACCOUNT_INPUT_VERSION;
  /** Set when it was made by a listener, during the call before it: after how many of that call's reports. */
  readonly during?: number;
};

export type AccountCall =
  | { readonly call: 'open'; readonly options: Readonly<Record<string, unknown>> }
  | { readonly call: 'book'; readonly book: PlainBook }
  | { readonly call: 'trade'; readonly trade: PlainTrade }
  | { readonly call: 'index'; readonly symbol: string; readonly price: string }
  | { readonly call: 'time'; readonly time: string }
  | { readonly call: 'gap'; readonly symbol?: string | undefined }
  | { readonly call: 'event'; readonly event: PlainEvent }
  | { readonly call: 'place'; readonly order: PlainOrder }
  | { readonly call: 'place-batch'; readonly orders: readonly PlainOrder[] }
  | {
      readonly call: 'amend' | 'edit';
      readonly symbol: string;
      readonly clientOrderId: string;
      readonly change: PlainChange;
    }
  | { readonly call: 'cancel'; readonly symbol: string; readonly clientOrderId: string }
  | {
      readonly call: 'cancel-batch';
      readonly orders: readonly { readonly symbol: string; readonly clientOrderId: string }[];
    }
  | { readonly call: 'cancel-all-after'; readonly seconds: number };

/** What each call must come with; what is in it, the call itself checks. */
const FIELDS: Readonly<Record<AccountCall['call'], Readonly<Record<string, 'number' | 'object' | 'string'>>>> = {
  open: { options: 'object' },
  book: { book: 'object' },
  trade: { trade: 'object' },
  index: { symbol: 'string', price: 'string' },
  time: { time: 'string' },
  gap: {},
  event: { event: 'object' },
  place: { order: 'object' },
  'place-batch': { orders: 'object' },
  amend: { symbol: 'string', clientOrderId: 'string', change: 'object' },
  edit: { symbol: 'string', clientOrderId: 'string', change: 'object' },
  cancel: { symbol: 'string', clientOrderId: 'string' },
  'cancel-batch': { orders: 'object' },
  'cancel-all-after': { seconds: 'number' },
};

/**
 * Looks at an entry as it comes from a file.
 * @throws PaperError `KB_PAPER_RESTORE_VERSION`, `KB_PAPER_RESTORE_BAD_INPUT`.
 */
export function checkedInput(value: unknown, index: number): AccountInput {
  if (!isObject(value)) throw badInput(index, `expected an object, was ${show(value)}`);
  const { v, call, during } = value;
  if (v !== ACCOUNT_INPUT_VERSION) {
    throw new PaperError(
      'KB_PAPER_RESTORE_VERSION',
      `entry ${index}: expected version ${ACCOUNT_INPUT_VERSION} of the entries, was ${show(v)}`,
      { hint: 'restore it with the version of @kb/paper-exec that wrote it' },
    );
  }
  const fields =
    typeof call === 'string' && Object.hasOwn(FIELDS, call) ? FIELDS[call as AccountCall['call']] : undefined;
  if (fields === undefined) {
    throw badInput(index, `expected a call (${Object.keys(FIELDS).join(', ')}), was ${show(call)}`);
  }
  for (const [name, type] of Object.entries(fields)) {
    const field = value[name];
    if (typeof field !== type || field === null)
      throw badInput(index, `expected ${name} of type ${type}, was ${show(field)}`);
  }
  if (during !== undefined && !(Number.isSafeInteger(during) && Number(during) > 0)) {
    throw badInput(index, `expected during to be a whole number above zero, was ${show(during)}`);
  }
  return value as AccountInput; // its fields have been looked at, and what is in them the calls look at
}

export function badInput(index: number, problem: string, cause?: unknown): PaperError {
  return new PaperError('KB_PAPER_RESTORE_BAD_INPUT', `entry ${index}: ${problem}`, {
    cause,
    hint: 'bring every entry that `onInput` was given, in that order, from the first',
  });
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function show(value: unknown): string {
  return value === undefined ? 'undefined' : JSON.stringify(value).slice(0, 100);
}
