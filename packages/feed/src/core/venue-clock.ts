import { micros } from '@kb/model';
import type { Micros } from '@kb/model';

/** The exchange's clock as its messages show it, carried on by ours between them. */
export class VenueClock {
  /** The latest venue time seen, and when it was received. */
  #latest: Micros | undefined = undefined;
  #latestRecv: Micros = micros(0);
  #timer: Micros = micros(0);

  /** The time of something that carries none: the latest one seen, or ours before there was any. */
  at(recvTs: Micros): Micros {
    return this.#latest ?? recvTs;
  }

  /** Notes the time that a message carries. @returns The time of the message's event. */
  note(venueTs: Micros | undefined, recvTs: Micros): Micros {
    if (venueTs === undefined) return this.at(recvTs);
    if (this.#latest === undefined || venueTs >= this.#latest) {
      this.#latest = venueTs;
      this.#latestRecv = recvTs;
    }
    return venueTs;
  }

  /** The time of a tick: the latest seen plus what passed since on our clock. Never earlier than the tick before. */
  tick(recvTs: Micros): Micros {
    const passed = this.#latest === undefined ? 0 : Math.max(0, recvTs - this.#latestRecv);
    this.#timer = micros(Math.max(this.#timer, this.at(recvTs) + passed));
    return this.#timer;
  }
}
