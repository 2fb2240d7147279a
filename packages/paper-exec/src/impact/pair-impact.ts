import type { BookView, FillReport, Instrument, Lots, Micros } from '@kb/model';
import { DayEstimate } from './day-estimate.ts';
import { ImpactCharge, squareRootImpact } from './impact-charge.ts';
import type { CheckedImpact } from './impact-options.ts';
import { ParticipationMeter } from './participation-meter.ts';
import type { Participation } from './participation-meter.ts';

/** A figure of an estimate, and where it comes from. */
export interface ImpactFigure {
  readonly value: number;
  /** `assumed`: too little was seen to estimate it. */
  readonly from: 'given' | 'estimated' | 'assumed';
}

/** What own orders' size was beside a pair's market, and what it would have cost. */
export interface PairImpact extends Participation {
  /** Share of what trades in a minute above which own fills are suspect. */
  readonly alarm: number;
  /** Fills of one side no more than ten minutes apart count as one order. */
  readonly orders: number;
  /** Standard deviation of a day's return, as a fraction. */
  readonly dailyVolatility: ImpactFigure;
  /** In the base currency; `undefined` while less than a minute of trades was seen. */
  readonly dailyVolume: ImpactFigure | undefined;
  /** What the square root law charges, in the quote currency, decimal text; `undefined` without `dailyVolume`. */
  readonly charge: string | undefined;
  /** The same in basis points of own turnover. */
  readonly chargeBps: number | undefined;
}

/**
 * Watches own size on one pair: the participation alarm, and the charge for impact after the fact. Nothing of it moves a
 * balance or a fill: the recorded market stays as it is.
 */
export class PairImpactMeter {
  readonly #options: CheckedImpact;
  readonly #symbol: string;
  readonly #hasTrades: boolean;
  readonly #participation: ParticipationMeter;
  readonly #charge = new ImpactCharge();
  readonly #day = new DayEstimate();

  /** @param hasTrades False when nobody tells what trades: then own size is compared with nothing. */
  constructor(symbol: string, options: CheckedImpact, hasTrades: boolean) {
    this.#symbol = symbol;
    this.#options = options;
    this.#hasTrades = hasTrades;
    this.#participation = new ParticipationMeter(hasTrades ? options.alarm : Number.POSITIVE_INFINITY);
  }

  /** A public trade, and the book before it. */
  trade(at: Micros, size: Lots, book: BookView | undefined): void {
    this.#participation.trade(at, size);
    this.#day.trade(at, size, book);
  }

  /** A fill that is real to the strategy. */
  fill({ venueTs, side, price, size }: Pick<FillReport, 'venueTs' | 'side' | 'price' | 'size'>): void {
    this.#participation.fill(venueTs, size);
    this.#charge.fill(side, venueTs, price, size);
  }

  /** Whether own fills were more than a hundredth of all that traded: without a charge their result means nothing. */
  get isLarge(): boolean {
    return this.#hasTrades && this.#participation.share > LARGE;
  }

  /** @param now The venue's latest time. */
  summary(instrument: Instrument, now: Micros): PairImpact {
    const { orders, turnover, weight } = this.#charge;
    const lot = Number(`1e-${instrument.qtyPrecision}`);
    const dailyVolatility = this.#volatility();
    const dailyVolume = this.#volume(now, lot);
    // Each order's √(size / volume) × its turnover: what all have in common is taken out of the sum.
    const relative =
      dailyVolume === undefined || dailyVolume.value <= 0
        ? undefined
        : squareRootImpact(this.#options.factor, dailyVolatility.value, lot / dailyVolume.value) * weight;
    const inQuote = lot * Number(`1e-${instrument.pricePrecision}`);
    return {
      ...this.#participation.summary(),
      alarm: this.#options.alarm,
      orders,
      dailyVolatility,
      dailyVolume,
      charge: relative === undefined ? undefined : (relative * inQuote).toFixed(CHARGE_DECIMALS),
      chargeBps: relative === undefined ? undefined : turnover === 0 ? 0 : (relative / turnover) * 1e4,
    };
  }

  #volatility(): ImpactFigure {
    const given = this.#options.dailyVolatility.get(this.#symbol);
    if (given !== undefined) return { value: given, from: 'given' };
    const { volatility } = this.#day;
    if (volatility !== undefined) return { value: volatility, from: 'estimated' };
    return { value: ASSUMED_VOLATILITY, from: 'assumed' };
  }

  #volume(now: Micros, lot: number): ImpactFigure | undefined {
    const given = this.#options.dailyVolume.get(this.#symbol);
    if (given !== undefined) return { value: given, from: 'given' };
    const volume = this.#day.volume(now);
    return volume === undefined ? undefined : { value: volume * lot, from: 'estimated' };
  }
}

const LARGE = 0.01;
/** Of Bitcoin in a day that is no special one. */
const ASSUMED_VOLATILITY = 0.02;
/** An estimate has no more that mean anything. */
const CHARGE_DECIMALS = 8;
