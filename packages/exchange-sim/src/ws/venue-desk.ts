import type { Listing } from '../listings/listing.ts';
import type { PublishTopic } from '../publishing/topic.ts';
import type { Venue } from '../venue.ts';
import { instrumentSnapshot, instrumentUpdate } from '../wire/instrument-frame.ts';
import { pairRefusal } from '../wire/replies.ts';
import type { Topic } from '../wire/requests.ts';
import type { Desk, V2Session } from './v2-session.ts';

/** The public side of an exchange, for sessions of WebSocket v2. Symbols must be written as v2 writes them (UNCONFIRMED for their case). */
export class VenueDesk implements Desk {
  readonly #venue: Venue;
  readonly #onEnded: (session: V2Session) => void;
  /** Who follows the listings. */
  readonly #instruments = new Set<V2Session>();

  constructor(venue: Venue, onEnded: (session: V2Session) => void) {
    this.#venue = venue;
    this.#onEnded = onEnded;
  }

  catchUp(): void {
    this.#venue.catchUp();
  }

  refusal({ channel, symbol }: Topic): string | undefined {
    return channel === 'instrument' || this.#venue.markets.has(symbol) ? undefined : pairRefusal(symbol);
  }

  join(topic: Topic, session: V2Session, snapshot: boolean): void {
    const asked = publishTopicOf(topic);
    if (asked === undefined) {
      this.#instruments.add(session);
      if (snapshot) session.send(instrumentSnapshot(this.#venue.assets.values(), this.#listings()));
      return;
    }
    const market = this.#venue.markets.get(topic.symbol);
    market?.publisher.join(asked, session, snapshot, market.present);
  }

  leave(topic: Topic, session: V2Session): void {
    const asked = publishTopicOf(topic);
    if (asked === undefined) this.#instruments.delete(session);
    else this.#venue.markets.get(topic.symbol)?.publisher.leave(asked, session);
  }

  ended(session: V2Session): void {
    this.#onEnded(session);
  }

  /** Tells who follows the listings that one of them is another now. */
  tellListing(listing: Listing): void {
    if (this.#instruments.size === 0) return;
    const frame = instrumentUpdate([listing]);
    for (const session of this.#instruments) session.send(frame);
  }

  #listings(): readonly Listing[] {
    return Array.from(this.#venue.markets.values(), ({ listing }) => listing);
  }
}

/** What a market is asked for; `undefined` where it is no market that is asked. */
function publishTopicOf({ channel, depth, interval, eventTrigger }: Topic): PublishTopic | undefined {
  return channel === 'instrument' ? undefined : { protocol: 'v2', channel, depth, interval, eventTrigger };
}
