import type { AccountReport, Micros } from '@kb/model';
import type { AccountDraft } from './account.ts';

/** Reports on the account on their way to us: they are here in the order in which they were made. */
export class AccountNews {
  readonly #waiting: { readonly draft: AccountDraft; readonly due: Micros }[] = [];
  #seq = 0;

  /** @param due When it would be here alone; it waits for those before it. */
  push(draft: AccountDraft, due: Micros): void {
    this.#waiting.push({ draft, due });
  }

  get length(): number {
    return this.#waiting.length;
  }

  /** Hands over all that is due by `until`. */
  drain(until: Micros, recvTs: Micros, sink: ((report: AccountReport) => void) | undefined): void {
    for (let next = this.#waiting[0]; next !== undefined && next.due <= until; next = this.#waiting[0]) {
      this.#waiting.shift();
      this.#seq += 1;
      sink?.({ ...next.draft, seq: this.#seq, recvTs });
    }
  }
}
