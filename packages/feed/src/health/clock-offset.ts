import { micros } from '@kb/model';
import type { Micros } from '@kb/model';

/** One answered ping, by four clock readings: ours, the venue's twice, ours. */
export interface PingSample {
  readonly sent: Micros;
  readonly venueIn: Micros;
  readonly venueOut: Micros;
  readonly received: Micros;
}

const SAMPLES = 64;

/**
 * How far our clock is ahead of the venue's, as NTP reckons it from pings: half of what the way there seems to take longer than the
 * way back. Of the last 64 answers the one with the least time on the way counts, the newest of equals: its error is at most half
 * of that time.
 */
export class ClockOffset {
  readonly #samples: { readonly offset: number; readonly way: number }[] = [];

  note({ sent, venueIn, venueOut, received }: PingSample): void {
    const offset = (sent - venueIn + (received - venueOut)) / 2;
    const way = received - sent - (venueOut - venueIn);
    this.#samples.push({ offset, way });
    if (this.#samples.length > SAMPLES) this.#samples.shift();
  }

  /** Ours minus the venue's, in µs; below zero when ours is behind; `undefined` before the first answer. */
  get ahead(): number | undefined {
    let best = this.#samples[0];
    for (const sample of this.#samples) if (best !== undefined && sample.way <= best.way) best = sample;
    return best === undefined ? undefined : Math.round(best.offset);
  }

  /** A clock was set: what was known of them is worth nothing. */
  forget(): void {
    this.#samples.length = 0;
  }
}

/** How long a message was on its way, by the venue's clock. Below zero is as good as zero: the offset is not exact. */
export function latencyOf(venueTs: Micros, recvTs: Micros, ahead: number): Micros {
  return micros(Math.max(0, recvTs - ahead - venueTs));
}
