import { lots } from '@kb/model';
import type { Instrument, Lots } from '@kb/model';
import type { SizeParameters } from './flow-parameters.ts';
import { logNormalTable } from './quantile-table.ts';
import type { QuantileTable } from './quantile-table.ts';

/** Draws order sizes that the instrument allows: whole steps of its lot size, at least its minimum. */
export class SizeSource {
  readonly #table: QuantileTable;
  readonly #roundShare: number;
  readonly #step: number;
  readonly #min: number;
  /** 1, 2 and 5 times each power of ten, in lots. */
  readonly #round: readonly number[];

  constructor(instrument: Instrument, parameters: SizeParameters, roundShare: number) {
    const lotsPerUnit = Number(10n ** BigInt(instrument.qtyPrecision));
    this.#table = logNormalTable(parameters.median * lotsPerUnit, parameters.sigma);
    this.#roundShare = roundShare;
    this.#step = instrument.lotSize;
    this.#min = Math.ceil(instrument.minQty / this.#step) * this.#step;
    this.#round = Array.from({ length: 16 }, (_, digits) => Number(10n ** BigInt(digits))).flatMap((ten) =>
      ten * 5 <= Number.MAX_SAFE_INTEGER ? [ten, 2 * ten, 5 * ten] : [ten],
    );
  }

  /** @param u Uniform in [0, 1): which size. @param shape Uniform in [0, 1): whether it is a round one. */
  at(u: number, shape: number): Lots {
    let size = Math.min(this.#table.at(u), MOST);
    if (shape < this.#roundShare) size = this.#roundedDown(size);
    size = Math.floor(size / this.#step) * this.#step;
    return lots(Math.max(size, this.#min));
  }

  /** Half of a size, if the instrument allows orders that small. */
  half(size: Lots): Lots {
    const half = Math.floor(size / 2 / this.#step) * this.#step;
    return half < this.#min ? size : lots(half);
  }

  #roundedDown(size: number): number {
    let best = size;
    for (const value of this.#round) {
      if (value > size) break;
      best = value;
    }
    return best;
  }
}

/** A thousandth of what is exact, so that a level holds a thousand of the largest orders. */
const MOST = Math.floor(Number.MAX_SAFE_INTEGER / 1000);
