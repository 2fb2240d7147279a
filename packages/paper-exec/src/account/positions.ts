import { lots, micros, notional } from '@kb/model';
import type { Instrument, Lots, MarginPosition, Micros, Side, Ticks } from '@kb/model';
import { feeOn, rateText } from './amounts.ts';
import type { Worth } from './amounts.ts';

/** What a fill did to the positions in a pair. Amounts are of the quote currency, in steps of 10^-60. */
export interface PositionChange {
  readonly closed: Lots;
  readonly opened: Lots;
  readonly realised: bigint;
  /** A count of 10^-`FEE_DECIMALS`. */
  readonly openingFee: bigint;
}

/** A rollover that fell due. */
export interface Rollover {
  readonly positionId: string;
  readonly at: Micros;
  /** A count of 10^-`FEE_DECIMALS` of the quote currency. */
  readonly fee: bigint;
}

interface Position {
  readonly id: string;
  readonly clientOrderId: string;
  size: Lots;
  readonly price: Ticks;
  readonly leverage: number;
  readonly rate: bigint;
  readonly openedAt: Micros;
  rolloverAt: Micros;
}

/**
 * The margin positions in one pair: what each opening execution borrowed, oldest first, all of one side. An execution of the
 * other side closes the oldest first; what is left of it after the last one opens a position on its own side.
 */
export class Positions {
  readonly instrument: Instrument;
  readonly #worth: Worth;
  readonly #period: Micros;
  readonly #open: Position[] = [];
  #side: Side = 'buy';
  #opened = 0;
  #lots = 0;
  /** Price × size of all that is open, in steps of both; and the margin that it uses, in steps of 10^-60. */
  #cost = 0n;
  #margin = 0n;

  constructor(instrument: Instrument, worth: Worth, period: Micros) {
    this.instrument = instrument;
    this.#worth = worth;
    this.#period = period;
  }

  /** Signed lots: what was bought is above zero. */
  get lots(): number {
    return this.#side === 'buy' ? this.#lots : -this.#lots;
  }

  /** What is open at the prices of its executions, in steps of 10^-60 of the quote currency; never negative. */
  get cost(): bigint {
    return this.#cost * this.#worth.step;
  }

  /** What all of it uses of the margin: cost by leverage, each position rounded down to 10^-60. */
  get margin(): bigint {
    return this.#margin;
  }

  /** When the oldest was opened. */
  get since(): Micros | undefined {
    return this.#open[0]?.openedAt;
  }

  /** When the next rollover falls due. */
  get rolloverAt(): Micros | undefined {
    let earliest: Micros | undefined;
    for (const { rolloverAt } of this.#open) if (earliest === undefined || rolloverAt < earliest) earliest = rolloverAt;
    return earliest;
  }

  list(): MarginPosition[] {
    const { symbol } = this.instrument;
    return this.#open.map(({ id, clientOrderId, size, price, leverage, rate, openedAt }) => {
      const what = { positionId: id, clientOrderId, symbol, side: this.#side };
      return { ...what, size, price, leverage, rate: rateText(rate), openedAt };
    });
  }

  /** Price × size, in steps of 10^-60 of the quote currency. */
  worthOf(price: Ticks, size: Lots): bigint {
    return notional(price, size) * this.#worth.step;
  }

  /** Takes in an execution. @param rate What its opening part pays for what it borrows; locked from now on. */
  trade(
    order: { readonly clientOrderId: string; readonly side: Side },
    price: Ticks,
    size: Lots,
    leverage: number,
    rate: bigint,
    at: Micros,
  ): PositionChange {
    let left: number = size;
    let steps = 0n;
    while (left > 0 && this.#lots > 0 && order.side !== this.#side) {
      const oldest = this.#open[0];
      if (oldest === undefined) break;
      const part = lots(Math.min(left, oldest.size));
      steps += notional(price, part) - notional(oldest.price, part);
      this.#resize(oldest, lots(oldest.size - part));
      if (oldest.size === 0) this.#open.shift();
      left -= part;
    }
    const closing = order.side === 'sell' ? steps : -steps;
    const opened = lots(left);
    return {
      closed: lots(size - left),
      opened,
      realised: closing * this.#worth.step,
      openingFee: opened === 0 ? 0n : this.#add(order, price, opened, leverage, rate, at),
    };
  }

  /** Takes the rollovers that are due by a time, in their order. */
  rollOver(until: Micros): Rollover[] {
    const due: Rollover[] = [];
    for (const position of this.#open) {
      for (; position.rolloverAt <= until; position.rolloverAt = micros(position.rolloverAt + this.#period)) {
        const fee = feeOn(this.worthOf(position.price, position.size), position.rate);
        due.push({ positionId: position.id, at: position.rolloverAt, fee });
      }
    }
    return due.toSorted((one, other) => one.at - other.at);
  }

  #add(
    order: { readonly clientOrderId: string; readonly side: Side },
    price: Ticks,
    size: Lots,
    leverage: number,
    rate: bigint,
    at: Micros,
  ): bigint {
    this.#side = order.side;
    this.#opened += 1;
    const position: Position = {
      id: `${this.instrument.symbol}-${this.#opened}`,
      clientOrderId: order.clientOrderId,
      size: lots(0),
      price,
      leverage,
      rate,
      openedAt: at,
      rolloverAt: micros(at + this.#period),
    };
    this.#open.push(position);
    this.#resize(position, size);
    return feeOn(this.worthOf(price, size), rate);
  }

  #resize(position: Position, size: Lots): void {
    const { price, leverage } = position;
    this.#margin += this.#marginOf(price, size, leverage) - this.#marginOf(price, position.size, leverage);
    this.#cost += notional(price, size) - notional(price, position.size);
    this.#lots += size - position.size;
    position.size = size;
  }

  #marginOf(price: Ticks, size: Lots, leverage: number): bigint {
    return this.worthOf(price, size) / BigInt(leverage);
  }
}
