import { micros, SECOND } from '@kb/model';
import type { Micros } from '@kb/model';

/**
 * How far our clock alone carries venue time on. A connection that is up shows the venue's time more often: a busy market does with
 * each message, a quiet one with the answers to pings. Without any for so long we are cut off, asleep, or our clock was set.
 */
const CARRY = 15 * SECOND;
/**
 * A time that is so far ahead of where our clock says the venue is may be a mistake: no network delays the message before it by as much.
 * It is believed when a second time is as near to it.
 */
const LEAP = 60 * SECOND;

/** The exchange's clock as its messages show it, carried on by ours between them. */
export class VenueClock {
  /** The latest venue time that is believed, and when it was received. */
  #latest: Micros | undefined = undefined;
  #latestRecv: Micros = micros(0);
  /** How far the venue's clock is ahead of ours, by the message that took least; `undefined` before one told the present. */
  #ahead: number | undefined = undefined;
  /** A time too far ahead, until another is near it, and when it was received. */
  #doubted: Micros | undefined = undefined;
  #doubtedRecv: Micros = micros(0);
  #timer: Micros = micros(0);
  #leaps = 0;

  /** Times that were not believed when they came. */
  get leaps(): number {
    return this.#leaps;
  }

  /** The time of something that carries none: the latest one seen, or ours before there was any. */
  at(recvTs: Micros): Micros {
    return this.#latest ?? recvTs;
  }

  /**
   * Nobody has listened since the latest time, for as long as our clock says, minutes or days: carries it on to where the venue's clock
   * must be at least, that of the message that took least.
   */
  resume(recvTs: Micros): Micros {
    if (this.#latest !== undefined && this.#ahead !== undefined && recvTs > this.#latestRecv) {
      this.#latest = micros(Math.max(this.#latest, recvTs + this.#ahead));
      this.#latestRecv = recvTs;
    }
    return this.at(recvTs);
  }

  /**
   * Notes the time that a message carries.
   * @param isPast The message tells what was, not what is: its time says only that the venue's is not earlier.
   * @returns The time of the message's event: that of the message, or the latest before it when it cannot be believed.
   */
  note(venueTs: Micros | undefined, recvTs: Micros, isPast = false): Micros {
    if (venueTs === undefined) return this.at(recvTs);
    const latest = this.#latest;
    if (latest !== undefined && this.#isLeap(venueTs, recvTs, latest)) {
      this.#doubted = venueTs;
      this.#doubtedRecv = recvTs;
      this.#leaps += 1;
      return latest;
    }
    if (!isPast) {
      this.#ahead = Math.max(this.#ahead ?? venueTs - recvTs, venueTs - recvTs);
      this.#doubted = undefined;
    }
    if (latest === undefined || venueTs >= latest) {
      this.#latest = venueTs;
      this.#latestRecv = recvTs;
    }
    return venueTs;
  }

  /** The time of a tick: the latest seen plus what passed since on our clock, within reason. Never earlier than the tick before. */
  tick(recvTs: Micros): Micros {
    const passed = this.#latest === undefined ? 0 : Math.min(CARRY, Math.max(0, recvTs - this.#latestRecv));
    this.#timer = micros(Math.max(this.#timer, this.at(recvTs) + passed));
    return this.#timer;
  }

  #isLeap(venueTs: Micros, recvTs: Micros, latest: Micros): boolean {
    // Our clock may have been set back: what follows the latest within reason is no leap.
    if (this.#ahead === undefined || venueTs - LEAP <= Math.max(latest, recvTs + this.#ahead)) return false;
    if (this.#doubted === undefined) return true;
    const expected = this.#doubted + Math.max(0, recvTs - this.#doubtedRecv);
    return Math.abs(venueTs - expected) > LEAP;
  }
}
