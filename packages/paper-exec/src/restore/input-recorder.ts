import type { MarketEvent } from '@kb/model';
import { ACCOUNT_INPUT_VERSION } from './account-input.ts';
import type { AccountCall, AccountInput } from './account-input.ts';
import { EventWriter } from './plain-event.ts';

/** Tells of every call that changes an account, in order; of one that a listener makes, also between which reports. */
export class InputRecorder {
  readonly #onInput: (input: AccountInput) => void;
  readonly #events = new EventWriter();
  /** Calls in hand, one in the other. */
  #depth = 0;
  /** Reports told since the outermost of them began. */
  #told = 0;

  /** The options, until they have been told. */
  #options: Readonly<Record<string, unknown>> | undefined;

  constructor(options: Readonly<Record<string, unknown>>, onInput: (input: AccountInput) => void) {
    this.#options = options;
    this.#onInput = onInput;
  }

  /** The options have been told by an earlier account. */
  opened(): void {
    this.#options = undefined;
  }

  call(call: AccountCall): void {
    const options = this.#options;
    this.#options = undefined;
    if (options !== undefined) this.#onInput({ v: ACCOUNT_INPUT_VERSION, call: 'open', options });
    const during = this.#depth > 0 && this.#told > 0 ? { during: this.#told } : {};
    this.#onInput({ v: ACCOUNT_INPUT_VERSION, ...during, ...call });
  }

  /** @throws PaperError `KB_PAPER_BAD_OPTION` for what cannot be written down. */
  event(event: MarketEvent): void {
    this.call({ call: 'event', event: this.#events.plain(event) });
  }

  enter(): void {
    if (this.#depth === 0) this.#told = 0;
    this.#depth += 1;
  }

  leave(): void {
    this.#depth -= 1;
  }

  /** A listener is about to be told a report. */
  report(): void {
    this.#told += 1;
  }
}

/** Options as plain JSON: what makes one account differ from another. Listeners are no part of it. */
export function plainOptions(options: object): Readonly<Record<string, unknown>> {
  return JSON.parse(JSON.stringify(options)) as Readonly<Record<string, unknown>>;
}
