import { SnapshotReader } from '../snapshot.ts';
import { checkLength, checkNumber } from './indicator.ts';
import type { Indicator } from './indicator.ts';
import { SeededAverage } from './seeded-average.ts';

/** What a closed bar tells of its prices, in one unit: a `Candle` is one in ticks. */
export interface PriceBar {
  readonly high: number;
  readonly low: number;
  readonly close: number;
}

/** The span of a bar and the close before it, after Wilder: that of the first bar is high − low. */
export function trueRange({ high, low }: PriceBar, previousClose: number | undefined): number {
  if (previousClose === undefined) return high - low;
  return Math.max(high, previousClose) - Math.min(low, previousClose);
}

/**
 * Average true range after Wilder, in the unit of the prices: α = 1 / length, seeded with the mean of the first `length`
 * true ranges, that of the very first bar among them.
 */
export class Atr implements Indicator<PriceBar> {
  readonly length: number;
  readonly warmUp: number;
  #average: SeededAverage;
  #close: number | undefined = undefined;

  /** @throws RangeError unless `length` is a whole number from 1. */
  constructor(length: number) {
    checkLength('length', length);
    this.length = length;
    this.warmUp = length;
    this.#average = new SeededAverage(length, 1 / length);
  }

  get isReady(): boolean {
    return this.value !== undefined;
  }

  get value(): number | undefined {
    return this.#average.value;
  }

  update(bar: PriceBar): number | undefined {
    checkBar(bar);
    this.#average.update(trueRange(bar, this.#close));
    this.#close = bar.close;
    return this.value;
  }

  snapshot(): unknown {
    return { version: VERSION, average: this.#average.snapshot(), close: this.#close };
  }

  restore(state: unknown): void {
    const reader = new SnapshotReader('Atr', state, VERSION);
    const close = reader.optionalNumber('close');
    reader.finish();
    const average = new SeededAverage(this.length, 1 / this.length);
    average.restore('Atr', reader.field('average'));
    this.#average = average;
    this.#close = close;
  }
}

function checkBar({ high, low, close }: PriceBar): void {
  checkNumber('high', high);
  checkNumber('low', low);
  checkNumber('close', close);
  if (low > high) throw new RangeError(`Expected a bar's low to be at most its high, was ${low} and ${high}`);
}

const VERSION = 1;
