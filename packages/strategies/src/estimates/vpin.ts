import type { Side } from '@kb/model';
import { StrategyError } from '../errors.ts';
import { normalCdf } from '../signals/repeatable-math.ts';
import { SnapshotReader } from '../snapshot.ts';
import { checkFinite, checkOptions } from './checks.ts';

export interface VpinOptions {
  /** V, base quantity of a bucket, in the unit of the trades; see `vpinBucket`. */
  readonly bucketVolume: number;
  /** n, buckets looked back on. Default 50. */
  readonly buckets?: number;
}

/**
 * Volume-synchronised probability of informed trading: over the last n full buckets of equal volume, Σ|VB − VS| / Σ(VB + VS).
 * A trade is split across the borders of buckets.
 *
 * A filter for widening or pausing: it follows volume and volatility too closely to tell a direction.
 */
export class Vpin {
  readonly #buckets: number;
  #bucketVolume: number;
  /** Volume of the bucket that fills now; a new one holds only from the next on. */
  #size: number;
  #filled = 0;
  #bought = 0;
  /** Full buckets, oldest first: volume, and bought less sold. */
  readonly #volumes: number[] = [];
  readonly #imbalances: number[] = [];
  #value: number | undefined;
  #signed: number | undefined;

  /** @throws StrategyError `KB_STRATEGY_BAD_PARAMS` naming every fault. */
  constructor(options: VpinOptions) {
    const { bucketVolume, buckets = 50 } = options;
    checkOptions(OWNER, { bucketVolume }, { buckets });
    this.#buckets = buckets;
    this.#bucketVolume = bucketVolume;
    this.#size = bucketVolume;
  }

  /** 0 to 1; `undefined` until n buckets are full. */
  get value(): number | undefined {
    return this.#value;
  }

  /** The same without the absolute value: −1 to 1, above zero when takers bought. */
  get signed(): number | undefined {
    return this.#signed;
  }

  /** Takes a print. @param taker Side of the taker. @param volume Base quantity, not negative. */
  trade(taker: Side, volume: number): void {
    this.add(volume, taker === 'buy' ? 1 : 0);
  }

  /**
   * Takes volume of which a share was bought, for feeds that do not tell sides; see `bulkBuyShare`.
   *
   * @param volume Base quantity, not negative. @param buyShare 0 to 1.
   * @throws RangeError for anything else.
   */
  add(volume: number, buyShare: number): void {
    checkFinite('a volume', volume);
    if (volume < 0) throw new RangeError(`Expected a volume ≥ 0, was ${volume}`);
    if (!(buyShare >= 0 && buyShare <= 1)) throw new RangeError(`Expected a share from 0 to 1, was ${buyShare}`);
    const room = this.#size - this.#filled;
    if (volume < room) {
      this.#filled += volume;
      this.#bought += volume * buyShare;
      return;
    }
    this.#keep(this.#size, 2 * (this.#bought + room * buyShare) - this.#size);
    this.#size = this.#bucketVolume;
    const whole = Math.floor((volume - room) / this.#size);
    for (let bucket = 0; bucket < Math.min(whole, this.#buckets); bucket += 1) {
      this.#keep(this.#size, (2 * buyShare - 1) * this.#size);
    }
    this.#filled = Math.max(0, volume - room - whole * this.#size);
    this.#bought = this.#filled * buyShare;
    this.#measure();
  }

  /** Sets V for the buckets after the one that fills now. @throws StrategyError `KB_STRATEGY_BAD_PARAMS`. */
  resize(bucketVolume: number): void {
    checkOptions(OWNER, { bucketVolume });
    this.#bucketVolume = bucketVolume;
  }

  snapshot(): unknown {
    return {
      version: VERSION,
      buckets: this.#buckets,
      bucketVolume: this.#bucketVolume,
      size: this.#size,
      filled: this.#filled,
      bought: this.#bought,
      volumes: [...this.#volumes],
      imbalances: [...this.#imbalances],
    };
  }

  /** @throws StrategyError `KB_STRATEGY_BAD_SNAPSHOT`; the measure is as it was then. */
  restore(state: unknown): void {
    const read = new SnapshotReader(OWNER, state, VERSION);
    read.expect('buckets', this.#buckets);
    const bucketVolume = read.notNegative('bucketVolume');
    const size = read.notNegative('size');
    const filled = read.notNegative('filled');
    const bought = read.notNegative('bought');
    const volumes = read.numbers('volumes', this.#buckets);
    const imbalances = read.numbers('imbalances', this.#buckets);
    read.sameLength('volumes', volumes, 'imbalances', imbalances);
    read.finish();
    if (!(bucketVolume > 0 && size > filled && filled >= bought)) {
      const found = [bucketVolume, size, filled, bought].join(', ');
      const problem = `expected bucketVolume > 0 and size > filled ≥ bought, were ${found}`;
      throw new StrategyError('KB_STRATEGY_BAD_SNAPSHOT', OWNER, [problem]);
    }
    this.#bucketVolume = bucketVolume;
    this.#size = size;
    this.#filled = filled;
    this.#bought = bought;
    this.#volumes.splice(0, Infinity, ...volumes);
    this.#imbalances.splice(0, Infinity, ...imbalances);
    this.#measure();
  }

  #keep(volume: number, imbalance: number): void {
    this.#volumes.push(volume);
    this.#imbalances.push(imbalance);
    if (this.#volumes.length <= this.#buckets) return;
    this.#volumes.shift();
    this.#imbalances.shift();
  }

  /** From the buckets each time, which happens n times a day or so: no sum that drifts. */
  #measure(): void {
    this.#value = undefined;
    this.#signed = undefined;
    if (this.#volumes.length < this.#buckets) return;
    let volume = 0;
    let absolute = 0;
    let signed = 0;
    for (const [index, imbalance] of this.#imbalances.entries()) {
      volume += this.#volumes[index] ?? 0;
      absolute += Math.abs(imbalance);
      signed += imbalance;
    }
    this.#value = Math.min(1, absolute / volume);
    this.#signed = Math.max(-1, Math.min(1, signed / volume));
  }
}

/** V for a mean daily volume: 1/50 of it. */
export function vpinBucket(meanDailyVolume: number): number {
  return meanDailyVolume / BUCKETS_PER_DAY;
}

/**
 * The share of a bar's volume that counts as bought, where the feed tells no sides: Φ(ΔP / σ).
 *
 * @param move Price change of the bar. @param deviation Standard deviation of such changes, same unit, above zero.
 */
export function bulkBuyShare(move: number, deviation: number): number {
  return normalCdf(move / deviation);
}

const OWNER = 'Vpin';
const VERSION = 1;
const BUCKETS_PER_DAY = 50;
