import { micros, SECOND } from '@kb/model';
import type { FeeRates, Instrument, Micros } from '@kb/model';
import { PaperError } from '../errors.ts';
import { amountOf, amountText, rateOf, rateText } from './amounts.ts';
import { KRAKEN_FEE_SCHEDULE, KRAKEN_PEGGED_FEE_SCHEDULE, PEGGED_ASSETS, tierAt } from './fee-schedule.ts';
import type { FeeSchedule } from './fee-schedule.ts';
import { RollingVolume } from './rolling-volume.ts';
import type { UsdPrices } from './usd-prices.ts';

/** Fees that fall as the account's volume of 30 days rises. Plain JSON. */
export interface TieredFees {
  /** US dollars that the account has traded in the 30 days before its first order, decimal text. */
  readonly startingVolume: string;
  /**
   * How the starting volume leaves: `evenly`, as if it had been traded evenly over those 30 days (the default), or `at-once`,
   * 30 days on.
   */
  readonly startingVolumeLeaves?: 'evenly' | 'at-once';
  /** Of pairs that are not pegged; `KRAKEN_FEE_SCHEDULE` when left out. */
  readonly schedule?: FeeSchedule;
  /** Pairs with one of these bases are outside of the volume and have a schedule of their own; `PEGGED_ASSETS` when left out. */
  readonly peggedAssets?: readonly string[];
  /** `KRAKEN_PEGGED_FEE_SCHEDULE` when left out. */
  readonly peggedSchedule?: FeeSchedule;
  /** Schedules of single pairs, by symbol: pairs with a rebate, for example. */
  readonly schedules?: Readonly<Record<string, FeeSchedule>>;
  /** How far apart old volume leaves, in microseconds. Six hours when left out: the venue says some hours. */
  readonly volumeStep?: Micros;
}

/** What an account pays on a pair now, and why. */
export interface FeeStatus extends FeeRates {
  /** US dollars traded in the last 30 days, decimal text. */
  readonly volume: string;
  /** Fills that did not count because nobody knew what their quote currency was worth in US dollars. */
  readonly unpricedFills: number;
}

/** The rates of a pair at the tier reached, in steps of 10^-30, and in basis points for people. */
export interface TierRates {
  readonly from: bigint;
  readonly maker: bigint;
  readonly taker: bigint;
  readonly makerBps: number;
  readonly takerBps: number;
  /** As fractions in decimal text. */
  readonly texts: FeeRates;
}

type Tiers = readonly [TierRates, ...TierRates[]];

/**
 * What fills cost. A fill pays the rate of the tier that was reached before it and then counts itself, with its value in US
 * dollars at that moment; one that cannot be valued does not count, and is counted among those.
 */
export class FeeBook {
  readonly #prices: UsdPrices;
  readonly #volume: RollingVolume;
  readonly #tiers: Tiers;
  readonly #pegged: { readonly assets: ReadonlySet<string>; readonly tiers: Tiers };
  readonly #bySymbol = new Map<string, Tiers>();
  /** What the volume in hand reaches, by schedule, and the least volume that changes one of them. */
  readonly #reached = new Map<Tiers, TierRates>();
  #nextFrom: bigint | undefined = undefined;
  /** What is still to be spread over the time before the first order. */
  #starting: { readonly volume: bigint; readonly evenly: boolean } | undefined;
  #unpriced = 0;

  /** @throws PaperError `KB_PAPER_BAD_OPTION`, naming what is wrong. */
  constructor(fees: FeeRates | TieredFees, prices: UsdPrices) {
    this.#prices = prices;
    const tiered: TieredFees = 'startingVolume' in fees ? fees : { startingVolume: '0', ...flat(fees) };
    const { peggedAssets = PEGGED_ASSETS, startingVolumeLeaves = 'evenly', volumeStep = SIX_HOURS } = tiered;
    if (!Number.isSafeInteger(volumeStep) || volumeStep < SECOND || MONTH % volumeStep !== 0) {
      throw bad('volumeStep', 'whole microseconds, a second or more, that 30 days are a multiple of', volumeStep);
    }
    if (startingVolumeLeaves !== 'evenly' && startingVolumeLeaves !== 'at-once') {
      throw bad('startingVolumeLeaves', 'evenly or at-once', startingVolumeLeaves);
    }
    this.#volume = new RollingVolume(MONTH, volumeStep);
    const volume = amountOf('fees.startingVolume', tiered.startingVolume);
    this.#starting = { volume, evenly: startingVolumeLeaves === 'evenly' };
    this.#tiers = tiersOf('schedule', tiered.schedule ?? KRAKEN_FEE_SCHEDULE);
    const pegged = tiersOf('peggedSchedule', tiered.peggedSchedule ?? KRAKEN_PEGGED_FEE_SCHEDULE);
    this.#pegged = { assets: new Set(peggedAssets), tiers: pegged };
    for (const [symbol, schedule] of Object.entries(tiered.schedules ?? {})) {
      this.#bySymbol.set(symbol, tiersOf(`schedules.${symbol}`, schedule));
    }
  }

  /** The rates of a pair now. */
  rates(instrument: Instrument): TierRates {
    const tiers =
      this.#bySymbol.get(instrument.symbol) ?? (this.#isPegged(instrument) ? this.#pegged.tiers : this.#tiers);
    return this.#reached.get(tiers) ?? this.#reach(tiers);
  }

  /** Lets go of volume that is too old. Call it before anything that happens at a time. */
  advance(now: Micros): void {
    const hasGone = this.#volume.advance(now);
    if (this.#starting !== undefined) {
      const { evenly, volume } = this.#starting;
      this.#starting = undefined;
      if (evenly) this.#volume.addEvenly(volume);
      else this.#volume.add(volume);
    } else if (!hasGone) return;
    this.#forget();
  }

  /** Counts a fill. @param cost Price × size, an amount of the quote currency. */
  count(instrument: Instrument, cost: bigint): void {
    if (this.#isPegged(instrument)) return;
    const worth = this.#prices.worth(instrument.quote, cost);
    if (worth === undefined) {
      this.#unpriced += 1;
      return;
    }
    this.#volume.add(worth);
    if (this.#nextFrom !== undefined && this.#volume.total >= this.#nextFrom) this.#forget();
  }

  status(instrument: Instrument): FeeStatus {
    const volume = amountText(this.#volumeNow);
    return { ...this.rates(instrument).texts, volume, unpricedFills: this.#unpriced };
  }

  get #volumeNow(): bigint {
    return this.#volume.total + (this.#starting?.volume ?? 0n);
  }

  #reach(tiers: Tiers): TierRates {
    const volume = this.#volumeNow;
    const reached = tierAt(tiers, volume);
    this.#reached.set(tiers, reached);
    const next = tiers.find(({ from }) => from > volume)?.from;
    if (next !== undefined && (this.#nextFrom === undefined || next < this.#nextFrom)) this.#nextFrom = next;
    return reached;
  }

  #forget(): void {
    this.#reached.clear();
    this.#nextFrom = undefined;
  }

  #isPegged({ base }: Instrument): boolean {
    return this.#pegged.assets.has(base);
  }
}

/** Rates that no volume changes. */
function flat({ maker, taker }: FeeRates): Pick<TieredFees, 'peggedAssets' | 'schedule'> {
  return { schedule: [{ from: '0', maker, taker }], peggedAssets: [] };
}

function tiersOf(name: string, schedule: FeeSchedule): Tiers {
  const tiers = schedule.map(({ from, maker, taker }, index) => {
    const where = schedule.length === 1 ? 'fees' : `fees.${name}[${index}]`;
    const rates = { maker: rateOf(`${where}.maker`, maker), taker: rateOf(`${where}.taker`, taker) };
    return {
      from: amountOf(`${where}.from`, from),
      ...rates,
      // Shifted as text: a rate times 10,000 would not always be the number that it is written as.
      makerBps: Number(`${maker}e4`),
      takerBps: Number(`${taker}e4`),
      texts: { maker: rateText(rates.maker), taker: rateText(rates.taker) },
    };
  });
  const [first, ...others] = tiers;
  if (first === undefined || first.from !== 0n) throw bad(name, 'a first tier from 0', schedule[0]?.from);
  let before = first;
  for (const tier of others) {
    if (tier.from <= before.from) throw bad(name, 'each tier from more than the one before', amountText(tier.from));
    before = tier;
  }
  return [first, ...others];
}

function bad(name: string, expected: string, found: unknown): PaperError {
  return new PaperError('KB_PAPER_BAD_OPTION', `fees.${name}: expected ${expected}, was ${String(found)}`);
}

const SIX_HOURS = micros(6 * 3_600 * SECOND);
const MONTH = micros(30 * 24 * 3_600 * SECOND);
