// oxlint-disable typescript/no-non-null-assertion -- hot path: a slot is a minute modulo the length of all three lists
import { SECOND } from '@kb/model';
import type { Lots, Micros } from '@kb/model';

/** How large own fills were beside what traded. */
export interface Participation {
  /** Own fills as a share of all that traded since the first trade; `undefined` before it. Above 1 when more was filled than traded. */
  readonly share: number | undefined;
  /** Minutes of venue time with own fills, the one in hand as far as it has come. */
  readonly minutes: number;
  /** Those of them in which own fills were more than the alarm's share of what traded. */
  readonly suspectMinutes: number;
}

/**
 * Looks at every minute of a pair: what of all that traded was filled by own orders. Paper fills beyond a share of it would have
 * moved the market, which the recorded one does not show.
 *
 * Fills are known later than the trades that made them, so the last `OPEN_MINUTES` stay open; what is older still counts in
 * the share alone.
 */
export class ParticipationMeter {
  readonly #alarm: number;
  readonly #minutes = new Float64Array(OPEN_MINUTES).fill(-1);
  readonly #traded = new Float64Array(OPEN_MINUTES);
  readonly #own = new Float64Array(OPEN_MINUTES);
  #newest = -1;
  #allTraded = 0;
  #allOwn = 0;
  #closed = 0;
  #closedSuspect = 0;

  /** @param alarm Share of what trades in a minute above which own fills are suspect. */
  constructor(alarm: number) {
    this.#alarm = alarm;
  }

  /** Own fills as a share of all that traded; 0 before either. */
  get share(): number {
    return this.#allOwn === 0 ? 0 : this.#allOwn / this.#allTraded;
  }

  /** A public trade. */
  trade(at: Micros, size: Lots): void {
    this.#allTraded += size;
    const slot = this.#slotOf(at);
    if (slot >= 0) this.#traded[slot]! += size;
  }

  /** A fill of an own order. */
  fill(at: Micros, size: Lots): void {
    this.#allOwn += size;
    const slot = this.#slotOf(at);
    if (slot >= 0) this.#own[slot]! += size;
  }

  summary(): Participation {
    let minutes = this.#closed;
    let suspectMinutes = this.#closedSuspect;
    for (let slot = 0; slot < OPEN_MINUTES; slot += 1) {
      if (this.#own[slot]! > 0) minutes += 1;
      if (this.#isSuspect(slot)) suspectMinutes += 1;
    }
    const share = this.#allTraded === 0 ? undefined : this.share;
    return { share, minutes, suspectMinutes };
  }

  /** Where a time's minute is counted; -1 when it is too old. */
  #slotOf(at: Micros): number {
    const minute = Math.floor(at / MINUTE);
    if (minute <= this.#newest - OPEN_MINUTES) return -1;
    const slot = minute % OPEN_MINUTES;
    if (this.#minutes[slot] !== minute) this.#open(slot, minute);
    return slot;
  }

  #open(slot: number, minute: number): void {
    if (this.#own[slot]! > 0) this.#closed += 1;
    if (this.#isSuspect(slot)) this.#closedSuspect += 1;
    this.#minutes[slot] = minute;
    this.#traded[slot] = 0;
    this.#own[slot] = 0;
    if (minute > this.#newest) this.#newest = minute;
  }

  #isSuspect(slot: number): boolean {
    return this.#own[slot]! > this.#alarm * this.#traded[slot]!;
  }
}

const MINUTE = 60 * SECOND;
const OPEN_MINUTES = 8;
