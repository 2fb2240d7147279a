import type { VenueCommand, Venue } from '@kb/model';
import type { Moment } from './moment.ts';
import type { OutputRecord, OutputSink } from './output.ts';

/**
 * The way out: records to the sink, and commands to the venue once their records are durable.
 *
 * What fails here is no strategy's fault and nothing that a run may survive: the first failure comes out of every call after it.
 */
export class Outlet {
  readonly #output: OutputSink;
  readonly #venue: Venue;
  readonly #moment: Moment;
  /** Commands that are on record and not yet sent, in their order. */
  #outbox: VenueCommand[] = [];
  #fault: { readonly error: unknown } | undefined;

  constructor(output: OutputSink, venue: Venue, moment: Moment) {
    this.#output = output;
    this.#venue = venue;
    this.#moment = moment;
  }

  /** True when something broke. */
  get isBroken(): boolean {
    return this.#fault !== undefined;
  }

  /** @throws what broke, if anything did. */
  check(): void {
    if (this.#fault !== undefined) throw this.#fault.error;
  }

  /** Remembers what broke. @returns It, to be thrown. */
  broken(error: unknown): unknown {
    this.#fault ??= { error };
    return error;
  }

  write(record: OutputRecord): void {
    this.check();
    try {
      this.#output.append(record);
    } catch (error) {
      throw this.broken(error);
    }
  }

  /** Takes a command whose record has been written; it leaves with `dispatch`. */
  post(command: VenueCommand): void {
    this.#outbox.push(command);
  }

  /** Makes what was written durable, and only then sends it: all commands of an event wait for the disk once. */
  dispatch(): void {
    const commands = this.#outbox;
    if (commands.length === 0) return;
    this.#outbox = [];
    try {
      this.#output.durable();
      for (const command of commands) this.#venue.submit(command, this.#moment.now);
    } catch (error) {
      throw this.broken(error);
    }
  }
}
