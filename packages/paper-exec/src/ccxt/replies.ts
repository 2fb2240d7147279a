import type { PlainReport } from '../plain-report.ts';
import { refusalError, RequestTimeout } from './errors.ts';
import type { BaseError } from './errors.ts';

/** What a promise waits for the answer to. */
export type Request = 'place' | 'amend' | 'cancel';

interface Waiting {
  readonly request: Request;
  /** In the course of the report that says so. */
  readonly resolve: () => void;
  readonly reject: (error: BaseError) => void;
}

/** Promises that wait for the venue's answers, by the venue's key of the order; of one order first come, first answered. */
export class Replies {
  readonly #waiting = new Map<string, Waiting[]>();

  /**
   * @param onDone Called while the report that says so is taken in, before anybody who waits goes on.
   * @returns Resolves when it is done, rejects when it is refused, or no answer comes.
   */
  wait(venueKey: string, request: Request, onDone?: () => void): Promise<void> {
    return new Promise((resolve, reject) => {
      const done = (): void => {
        onDone?.();
        resolve();
      };
      const waiting = { request, resolve: done, reject };
      const others = this.#waiting.get(venueKey);
      if (others === undefined) this.#waiting.set(venueKey, [waiting]);
      else others.push(waiting);
    });
  }

  /** Settles what a report answers, if anything. */
  take(report: PlainReport): void {
    const { clientOrderId } = report;
    switch (report.type) {
      case 'accepted':
        this.#next(clientOrderId, 'place')?.resolve();
        return;
      case 'rejected':
        this.#next(clientOrderId, 'place')?.reject(refusalError(report.reason, report.text));
        return;
      case 'amended':
        this.#next(clientOrderId, 'amend')?.resolve();
        return;
      case 'amend-rejected':
        this.#next(clientOrderId, 'amend')?.reject(refusalError(report.reason, report.text));
        return;
      case 'cancelled':
        // What ends for another reason answers no cancel: that one is still to be told that there is no such order.
        if (report.reason === 'requested') this.#next(clientOrderId, 'cancel')?.resolve();
        if (report.reason === 'amended-below-filled') this.#next(clientOrderId, 'amend')?.resolve();
        return;
      case 'cancel-rejected':
        this.#next(clientOrderId, 'cancel')?.reject(refusalError(report.reason, report.text));
        return;
      case 'unknown':
        this.#next(clientOrderId)?.reject(new RequestTimeout('kraken (paper): no answer came; it may have been done'));
        return;
      case 'fill':
      case 'triggered':
      case 'expired':
    }
  }

  /** No more answers will come. */
  close(error: BaseError): void {
    const all = [...this.#waiting.values()].flat();
    this.#waiting.clear();
    for (const { reject } of all) reject(error);
  }

  /** Takes the first of an order that waits for such an answer, or for any. */
  #next(venueKey: string, request?: Request): Waiting | undefined {
    const waiting = this.#waiting.get(venueKey) ?? [];
    const index = waiting.findIndex((each) => request === undefined || each.request === request);
    const [next] = index < 0 ? [] : waiting.splice(index, 1);
    if (waiting.length === 0) this.#waiting.delete(venueKey);
    return next;
  }
}
