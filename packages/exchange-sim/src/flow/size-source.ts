import { lots } from '@kb/model';
import type { Instrument, Lots } from '@kb/model';
import type { SizeParameters } from './flow-parameters.ts';
import { logNormalTable } from './quantile-table.ts';
import type { QuantileTable } from './quantile-table.ts';

/** Draws order sizes that the instrument allows: whole steps of its lot size, at least its minimum. */
export class SizeSource {
  readonly #table: QuantileTable;
  readonly #roundShare: number;
  readonly #notionalShare: number;
  readonly #step: number;
  readonly #min: number;

  /**
   * @param roundShare Share of sizes that are rounded down to 1, 2 or 5 times a power of ten.
   * @param notionalShare Share of sizes that are worth 1, 2 or 5 times a power of ten of the quote currency.
   */
  constructor(instrument: Instrument, parameters: SizeParameters, roundShare: number, notionalShare = 0) {
    const lotsPerUnit = Number(10n ** BigInt(instrument.qtyPrecision));
    this.#table = logNormalTable(parameters.median * lotsPerUnit, parameters.sigma);
    this.#roundShare = roundShare;
    this.#notionalShare = notionalShare;
    this.#step = instrument.lotSize;
    this.#min = Math.ceil(instrument.minQty / this.#step) * this.#step;
  }

  /** @param u Uniform in [0, 1): which size. @param shape Uniform in [0, 1): whether it is a round one, at that price. */
  at(u: number, shape: number, price = 1): Lots {
    let size = Math.min(this.#table.at(u), MOST);
    if (shape < this.#roundShare) size = roundedDown(size);
    else if (shape < this.#roundShare + this.#notionalShare) size = roundedDown(size * price) / price;
    return this.fitted(size);
  }

  /** The largest size that the instrument allows and that is no larger; its smallest size if there is none. */
  fitted(size: number): Lots {
    return lots(Math.max(Math.floor(size / this.#step) * this.#step, this.#min));
  }

  /** Half of a size, if the instrument allows orders that small. */
  half(size: Lots): Lots {
    const half = Math.floor(size / 2 / this.#step) * this.#step;
    return half < this.#min ? size : lots(half);
  }
}

function roundedDown(value: number): number {
  let best = value;
  for (const round of ROUND) {
    if (round > value) break;
    best = round;
  }
  return best;
}

/** 1, 2 and 5 times each power of ten, which are round in lots, and in lots × ticks too. */
const ROUND: readonly number[] = Array.from({ length: 30 }, (_, digits) => 10n ** BigInt(digits)).flatMap((ten) => [
  Number(ten),
  Number(2n * ten),
  Number(5n * ten),
]);

/** A thousandth of what is exact, so that a level holds a thousand of the largest orders. */
const MOST = Math.floor(Number.MAX_SAFE_INTEGER / 1000);
