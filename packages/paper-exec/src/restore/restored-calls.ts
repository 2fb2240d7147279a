import type { PaperAccount } from '../paper-account.ts';
import type { PlainAccountReport } from '../plain-account-report.ts';
import type { PlainReport } from '../plain-report.ts';
import { PaperError } from '../errors.ts';
import { badInput, checkedInput } from './account-input.ts';
import type { AccountCall, AccountInput } from './account-input.ts';
import { EventReader } from './plain-event.ts';

/** What somebody who keeps something beside an account has to know, to have it again after a restart. */
export interface RestoreListener {
  /** A call was made again. @param ids Client order ids of the orders that it sent. */
  onCall(call: AccountCall, ids: readonly string[]): void;
  /** Reports that were told before, each before the calls that were made during it. */
  onReport(report: PlainReport, answers?: number): void;
  onAccountReport(report: PlainAccountReport): void;
}

/** Makes the calls again that an account was made of, each where it was made. */
export class RestoredCalls {
  readonly #account: PaperAccount;
  readonly #inputs: Iterator<unknown>;
  readonly #events = new EventReader();
  /** The next one, once it has been looked at. */
  #next: AccountInput | undefined = undefined;
  #index = -1;
  /** Reports of the outermost call in hand. */
  #told = 0;
  readonly listener: RestoreListener | undefined;

  constructor(account: PaperAccount, inputs: Iterable<unknown>, listener: RestoreListener | undefined) {
    this.listener = listener;
    this.#account = account;
    this.#inputs = inputs[Symbol.iterator]();
    this.#advance();
  }

  /** @throws PaperError with one of the `KB_PAPER_RESTORE_` codes. */
  run(options: Readonly<Record<string, unknown>>): void {
    this.#open(options);
    for (let input = this.#next; input !== undefined; input = this.#next) {
      if (input.during !== undefined) {
        throw this.#differs(
          `it was made after ${input.during} reports of the call before, which now had ${this.#told}`,
        );
      }
      this.#told = 0;
      this.#make(input);
    }
  }

  /** A listener would be told a report: what it did then is done again. */
  report(): void {
    this.#told += 1;
    const told = this.#told;
    for (let input = this.#next; input?.during === told; input = this.#next) this.#make(input);
  }

  #open(options: Readonly<Record<string, unknown>>): void {
    const input = this.#next;
    if (input?.call !== 'open') throw badInput(0, 'expected the one that opened the account');
    const names = new Set([...Object.keys(options), ...Object.keys(input.options)]);
    const changed = [...names].filter((name) => canonical(options[name]) !== canonical(input.options[name]));
    if (changed.length > 0) throw this.#differs(`the account was opened with another ${changed.join(', ')}`);
    this.#advance();
  }

  #make(input: AccountInput): void {
    const index = this.#index;
    this.#advance();
    try {
      const ids = this.#call(input, index);
      this.listener?.onCall(input, typeof ids === 'string' ? [ids] : (ids ?? []));
    } catch (cause) {
      if (cause instanceof PaperError && cause.code.startsWith('KB_PAPER_RESTORE_')) throw cause;
      throw badInput(index, cause instanceof Error ? cause.message : String(cause), cause);
    }
  }

  /** @returns Client order ids of what it sent. */
  #call(input: AccountInput, index: number): readonly string[] | string | void {
    const account = this.#account;
    switch (input.call) {
      case 'open':
        throw badInput(index, 'the account was opened by another one before');
      case 'book':
        return account.onBook(input.book);
      case 'trade':
        return account.onTrade(input.trade);
      case 'index':
        return account.onIndex(input.symbol, input.price);
      case 'time':
        return account.onTime(input.time);
      case 'gap':
        return account.onGap(input.symbol);
      case 'event':
        return account.onEvent(this.#events.live(input.event));
      case 'place':
        return account.place(input.order);
      case 'place-batch':
        return account.placeBatch(input.orders);
      case 'amend':
        return account.amend(input.symbol, input.clientOrderId, input.change);
      case 'edit':
        return account.edit(input.symbol, input.clientOrderId, input.change);
      case 'cancel':
        return account.cancel(input.symbol, input.clientOrderId);
      case 'cancel-batch':
        return account.cancelBatch(input.orders);
      case 'cancel-all-after':
        return account.cancelAllAfter(input.seconds);
    }
  }

  #advance(): void {
    const next = this.#inputs.next();
    this.#index += 1;
    this.#next = next.done === true ? undefined : checkedInput(next.value, this.#index);
  }

  #differs(problem: string): PaperError {
    return new PaperError('KB_PAPER_RESTORE_DIFFERS', `entry ${this.#index}: ${problem}`, {
      hint: 'restore with the options that the account was opened with, and the version of @kb/paper-exec that wrote the entries',
    });
  }
}

/** As text, whatever the order of the keys. */
function canonical(value: unknown): string {
  return (
    JSON.stringify(value, (_key, each: unknown) =>
      typeof each === 'object' && each !== null && !Array.isArray(each)
        ? Object.fromEntries(Object.entries(each).toSorted(([a], [b]) => (a < b ? -1 : 1)))
        : each,
    ) ?? ''
  );
}
