import { micros } from '@kb/model';
import type { AccountReport, FeeRates, FillReport, Instrument, Micros, QueueModelId } from '@kb/model';
import { Decimal } from 'decimal.js';
import type { TieredFees } from './account/fee-book.ts';
import type { MarginOptions } from './account/margin-options.ts';
import type { OrderRateOptions } from './account/order-rate.ts';
import { PaperError } from './errors.ts';
import { checkImpact, readImpact } from './impact/impact-options.ts';
import type { CheckedImpact, ImpactOptions } from './impact/impact-options.ts';
import { checkLatency } from './latency/latency.ts';
import type { Latency } from './latency/latency.ts';
import { QUEUE_MODEL_IDS } from './queue/queue-models.ts';

export interface PaperVenueOptions {
  /** Pairs that can be traded; instrument events add to them and change them. */
  readonly instruments: ReadonlyMap<string, Instrument> | readonly Instrument[];
  /** There is no default: unconfigured latency is an error, not zero. */
  readonly latency: Latency;
  /** Rates that stay, or a schedule by the volume of 30 days. */
  readonly fees: FeeRates | TieredFees;
  /** Starting balances by asset, decimal text; an asset left out starts at zero. */
  readonly balances: Readonly<Record<string, string>>;
  /** What the source delivers for each symbol. With `book` alone nothing waits for prints. Both by default. */
  readonly channels?: readonly ('book' | 'trade')[];
  /** How far a quiet channel may lag behind the venue's latest time before it stops holding up the others. 50 ms by default. */
  readonly latenessMargin?: Micros;
  /** How long a level's decrease may wait for the print that explains it. 50 ms by default. */
  readonly pairingWindow?: Micros;
  /**
   * Among single orders: whether a real taker who got what own takers had taken already goes on to the next maker, so that our
   * orders at that price move forward by it. False by default: recorded takers stop where they stopped.
   */
  readonly displaces?: boolean;
  /**
   * After how much venue time half of what own fills took of a level, which the recorded book still shows, is there again: others
   * would have filled it up. When left out it stays taken until the level shrinks or ends. Levels only, not single orders.
   */
  readonly consumedHalfLife?: Micros;
  /** Queue models to run on every order; the central one and both ends by default. */
  readonly models?: readonly QueueModelId[];
  /** The model whose fills are real to the strategy; the central one by default, or the first of `models` without it. */
  readonly follow?: QueueModelId;
  /** Most market messages that a symbol may have waiting; beyond it the oldest are applied early. 65,536 by default. */
  readonly maxBuffered?: number;
  /** How far from the last trade a limit may lie, as a fraction (`0.1` is 10 %); anywhere when left out. Kraken publishes none. */
  readonly priceBand?: string;
  /**
   * How far from the best price a market order may trade, as a fraction; as far as anything is displayed when left out. Kraken
   * has such a protection and does not publish it.
   */
  readonly marketProtection?: string;
  /** How long the venue takes from a trigger to the order that it sends to the market. None by default. */
  readonly triggerDelay?: Micros;
  /** Whether each fill places its closing order, or all fills of an order one when it is done. UNCONFIRMED; `per-fill` by default. */
  readonly closeOrders?: 'per-fill' | 'at-completion';
  /**
   * What a unit of an asset is worth in US dollars, decimal text, for fee tiers and margin. Of an asset left out it is the middle
   * of its pair with the US dollar, as far as the venue has that book.
   */
  readonly usdPrices?: Readonly<Record<string, string>>;
  /** Spot margin; no order may have leverage when left out. */
  readonly margin?: MarginOptions;
  /** The venue's limits on how much is ordered; none when left out. */
  readonly orderRate?: OrderRateOptions;
  /** From when on own size is suspect, and what the charge for impact goes by. */
  readonly impact?: ImpactOptions;
  /** Hears of margin calls, liquidations and rollovers, when they would have been reported. */
  readonly onAccountReport?: (report: AccountReport) => void;
  /** Hears of fills in the models that are not followed, taker fills included, when they would have been reported. */
  readonly onShadowFill?: (model: QueueModelId, fill: FillReport) => void;
}

/** The options with their defaults. */
export interface CheckedOptions {
  readonly latency: Latency;
  readonly models: readonly QueueModelId[];
  readonly followed: number;
  readonly expectsTrades: boolean;
  readonly latenessMargin: Micros;
  readonly pairingWindow: Micros;
  readonly displaces: boolean;
  readonly consumedHalfLife: Micros | undefined;
  readonly maxBuffered: number;
  readonly priceBand: Decimal | undefined;
  readonly marketProtection: Decimal | undefined;
  readonly triggerDelay: Micros;
  readonly closeOrders: 'per-fill' | 'at-completion';
  readonly impact: CheckedImpact;
}

/**
 * Checks the options whole.
 * @throws PaperError `KB_PAPER_NO_LATENCY`, `KB_PAPER_BAD_OPTION`, naming everything that is wrong.
 */
export function checkOptions(options: PaperVenueOptions): CheckedOptions {
  const models = options.models ?? DEFAULT_MODELS;
  const follow = options.follow ?? (models.includes('central') ? 'central' : models[0]);
  const channels = options.channels ?? ['book', 'trade'];
  const followed = follow === undefined ? -1 : models.indexOf(follow);
  const unknown = models.filter((id) => !QUEUE_MODEL_IDS.includes(id));
  const { latenessMargin = DEFAULT_WAIT, pairingWindow = DEFAULT_WAIT, maxBuffered = 65_536 } = options;
  const { missing, bad } = checkLatency(options.latency);
  const problems = [...missing.map((leg) => `${leg} is not set`), ...bad];
  if (unknown.length > 0) problems.push(`models: ${unknown.join(', ')} is none of ${QUEUE_MODEL_IDS.join(', ')}`);
  if (followed < 0) problems.push(`follow: ${follow ?? 'nothing'} is not among the models ${models.join(', ')}`);
  if (new Set(models).size < models.length) problems.push(`models: ${models.join(', ')} names one twice`);
  if (!channels.includes('book')) problems.push('channels: a paper venue cannot match without the book');
  if (!Number.isSafeInteger(maxBuffered) || maxBuffered < 1) {
    problems.push(`maxBuffered: expected a whole number from 1, was ${maxBuffered}`);
  }
  const { consumedHalfLife } = options;
  if (consumedHalfLife !== undefined && !(Number.isSafeInteger(consumedHalfLife) && consumedHalfLife > 0)) {
    problems.push(`consumedHalfLife: expected whole microseconds above 0, was ${consumedHalfLife}`);
  }
  const { marketProtection, priceBand, triggerDelay = micros(0), closeOrders = 'per-fill' } = options;
  for (const [name, value] of Object.entries({ marketProtection, priceBand })) {
    if (value === undefined || FRACTION.test(value)) continue;
    problems.push(`${name}: expected a fraction such as 0.1 for 10 %, was ${JSON.stringify(value)}`);
  }
  if (closeOrders !== 'per-fill' && closeOrders !== 'at-completion') {
    problems.push(`closeOrders: expected per-fill or at-completion, was ${JSON.stringify(closeOrders)}`);
  }
  for (const [name, value] of Object.entries({ latenessMargin, pairingWindow, triggerDelay })) {
    if (Number.isSafeInteger(value) && value >= 0) continue;
    problems.push(`${name}: expected whole microseconds from 0, was ${value}`);
  }
  problems.push(...checkImpact(options.impact));
  if (problems.length > 0) throw badOptions(problems, missing.length > 0);
  const expectsTrades = channels.includes('trade');
  return {
    latency: options.latency,
    models,
    followed,
    expectsTrades,
    latenessMargin,
    pairingWindow,
    displaces: options.displaces ?? false,
    consumedHalfLife,
    maxBuffered,
    priceBand: priceBand === undefined ? undefined : new Decimal(priceBand),
    marketProtection: marketProtection === undefined ? undefined : new Decimal(marketProtection),
    triggerDelay,
    closeOrders,
    impact: readImpact(options.impact),
  };
}

function badOptions(problems: readonly string[], lacksLatency: boolean): PaperError {
  const message =
    problems.length === 1 ? String(problems[0]) : `${problems.length} problems:\n  ${problems.join('\n  ')}`;
  if (!lacksLatency) return new PaperError('KB_PAPER_BAD_OPTION', message);
  return new PaperError('KB_PAPER_NO_LATENCY', message, {
    hint: 'Say how long each leg takes (feed, entry, ack, in microseconds), or take one of LATENCY_PROFILES. If you mean zero, write zero.',
  });
}

const FRACTION = /^\d{1,9}(\.\d{1,18})?$/;
const DEFAULT_WAIT = micros(50_000);
const DEFAULT_MODELS: readonly QueueModelId[] = ['central', 'risk-averse', 'uniform'];
