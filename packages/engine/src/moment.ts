import { micros } from '@kb/model';
import type { MarketEvent, Micros } from '@kb/model';

/** When it is: the event in hand, and the only clock of a run. */
export class Moment {
  /** `seq` of the event. */
  seq = 0;
  /** The venue's time, as strategies see it. */
  now: Micros = micros(0);
  /** Our time. Decides nothing. */
  recvTs: Micros = micros(0);
  /** Venue time of the last word from the market: a live book is current as of then, however quiet it is. */
  heardTs: Micros = micros(0);

  moveTo(event: MarketEvent): void {
    this.seq = event.seq;
    // Two channels of one venue may arrive in either order; time never runs back.
    if (event.venueTs > this.now) this.now = event.venueTs;
    this.recvTs = event.recvTs;
    if (event.type !== 'timer') this.heardTs = this.now;
  }
}
