import { KbError, micros, priceToTicks, SECOND } from '@kb/model';
import type { BookView, MarketEvent, MarketView, Micros, Scheduler, Ticks } from '@kb/model';
import { FeedError } from '../errors.ts';
import type { CheckCause, DeltaRecord, DeltaStats, Suppression } from './delta-records.ts';
import { PredictionLedger } from './prediction-ledger.ts';
import { PriceRange } from './price-range.ts';

/** The best levels of a book as REST tells them, best first, in decimal text. `KrakenRest.depth` of `@kb/kraken` gives more. */
export interface RestDepth {
  readonly bids: readonly RestLevel[];
  readonly asks: readonly RestLevel[];
}

export interface RestLevel {
  readonly price: string;
  /** Compared where a checksum is in doubt, as far as its decimals go. */
  readonly size?: string;
}

export interface DeltaMonitorOptions {
  readonly market: MarketView;
  readonly scheduler: Scheduler;
  /** Asks the venue by another way. What it throws counts as a failed check; it must settle some time, as a client with a timeout does. */
  readonly depth: (symbol: string, options: { readonly count: number }) => Promise<RestDepth>;
  /** A move of this many basis points since the last look is one. 10, which is 0.1 %, unless told. */
  readonly thresholdBps?: number;
  /** At most one check of a symbol in this long. 1 s unless told. */
  readonly cooldown?: Micros;
  /** At most one check of any symbol in this long: the market moves together. 1 s unless told. */
  readonly globalSpacing?: Micros;
  /** A look is never older than this, or a slow drift would look like a jump in the end. 60 s unless told. */
  readonly refMaxAge?: Micros;
  /** How far the venue's best prices may lie outside of ours. 2 unless told. */
  readonly toleranceBps?: number;
  /** Mismatches in a row after which `onMismatch` is called. 2 unless told. */
  readonly mismatches?: number;
  /** Expects a move: signed, in basis points over the horizon; `undefined` when it has no opinion. Asked as `predictEvery` says. */
  readonly predict?: (symbol: string, market: MarketView) => number | undefined;
  /** How far the expected move must go to count as a prediction. As `thresholdBps` unless told. */
  readonly predictAtBps?: number;
  /** Time between questions to the predictor about a symbol. 250 ms unless told. */
  readonly predictEvery?: Micros;
  /** How long a predicted move may take. 5 s unless told. */
  readonly horizon?: Micros;
  /** The audit trail: every move, check, outcome and suppression. */
  readonly onRecord?: (record: DeltaRecord) => void;
  /** The book is not what the venue says it is: subscribe it anew. */
  readonly onMismatch?: (symbol: string, detail: string) => void;
}

/** What a feed that has a monitor leaves to its user. */
export type DeltaTuning = Omit<DeltaMonitorOptions, 'depth' | 'market' | 'onMismatch' | 'scheduler'>;

/**
 * Looks at every sudden move through a second window: when the mid of a book that is shown has moved by the threshold since the
 * last look, the venue is asked for its book over REST, and the answer compared with what ours was between question and answer.
 *
 * It only ever compares. The book that the checksum vouches for is the truth, REST is older by its latency, and nothing here
 * writes to a book; two mismatches in a row ask for a new subscription.
 */
export class DeltaMonitor {
  readonly #options: DeltaMonitorOptions;
  readonly #settings: Settings;
  readonly #symbols = new Map<string, Watched>();
  #lastSent: Micros | undefined = undefined;
  #closed = false;

  /** @throws FeedError `KB_FEED_BAD_OPTIONS`, naming every problem at once. */
  constructor(options: DeltaMonitorOptions) {
    this.#options = options;
    this.#settings = settingsOf(options);
  }

  /** Takes the events of a feed, in order. */
  onEvent(event: MarketEvent): void {
    if (this.#closed) return;
    if (event.type === 'book' || event.type === 'level3') this.#onBook(event.symbol, event.book);
    else if (event.type === 'feed' && event.state !== 'live') this.#onFrozen(event.symbol);
    else if (event.type === 'timer') this.#onTimer();
  }

  /** Counts of a symbol so far. */
  statsOf(symbol: string): DeltaStats {
    return this.#watchedOf(symbol).stats();
  }

  /** Answers that are still on their way are not looked at any more. */
  close(): void {
    this.#closed = true;
  }

  #onBook(symbol: string, book: BookView): void {
    const bid = book.bestBid();
    const ask = book.bestAsk();
    if (bid === undefined || ask === undefined) return;
    const watched = this.#watchedOf(symbol);
    const now = this.#options.scheduler.now();
    watched.inFlight?.note(bid, ask);
    // Twice the mid, which is a whole number of ticks.
    const mid = bid + ask;
    const { refMid, refAt } = watched;
    if (refMid === undefined || now - refAt >= this.#settings.refMaxAge) {
      watched.look(mid, now, this.#settings.thresholdPpm);
    } else if (Math.abs(mid - refMid) >= watched.trigger) {
      watched.look(mid, now, this.#settings.thresholdPpm);
      this.#onDelta(watched, { bid, ask, from: refMid, to: mid }, now);
    }
    this.#askPredictor(watched, now);
  }

  #onDelta(watched: Watched, move: Move, now: Micros): void {
    const direction = move.to > move.from ? 'up' : 'down';
    const moveBps = (move.to / move.from - 1) * 10_000;
    watched.deltas += 1;
    this.#record({ type: 'delta', symbol: watched.symbol, at: now, direction, moveBps, bid: move.bid, ask: move.ask });
    const lead = watched.predictions.onDelta(direction, now);
    if (lead !== undefined) this.#record({ type: 'hit', symbol: watched.symbol, at: now, lead });
    this.#check(watched, 'delta', now);
  }

  #askPredictor(watched: Watched, now: Micros): void {
    const { predict, market } = this.#options;
    if (predict === undefined) return;
    this.#settle(watched, now);
    if (!watched.predictions.isDue(now)) return;
    const expectedBps = predict(watched.symbol, market);
    if (expectedBps === undefined || !(Math.abs(expectedBps) >= this.#settings.predictAtBps)) return;
    const direction = expectedBps > 0 ? 'up' : 'down';
    watched.predictions.open(direction, now);
    this.#record({ type: 'predicted', symbol: watched.symbol, at: now, direction, expectedBps });
    this.#check(watched, 'predicted', now);
  }

  #onTimer(): void {
    const now = this.#options.scheduler.now();
    for (const watched of this.#symbols.values()) this.#settle(watched, now);
  }

  #settle(watched: Watched, now: Micros): void {
    if (watched.predictions.expire(now)) this.#record({ type: 'miss', symbol: watched.symbol, at: now });
  }

  /** A book that is frozen is no measure. The next look starts afresh. */
  #onFrozen(symbol: string | undefined): void {
    for (const watched of this.#symbols.values()) {
      if (symbol !== undefined && watched.symbol !== symbol) continue;
      watched.refMid = undefined;
      watched.inFlight?.spoil();
    }
  }

  #check(watched: Watched, cause: CheckCause, now: Micros): void {
    const reason = this.#reasonAgainst(watched, now);
    if (reason !== undefined) {
      watched.suppressed[reason] += 1;
      this.#record({ type: 'suppressed', symbol: watched.symbol, at: now, cause, reason });
      return;
    }
    const range = new PriceRange();
    const book = this.#options.market.book(watched.symbol);
    const bid = book?.bestBid();
    const ask = book?.bestAsk();
    if (bid !== undefined && ask !== undefined) range.note(bid, ask);
    watched.inFlight = range;
    watched.lastSent = now;
    this.#lastSent = now;
    watched.sent += 1;
    this.#record({ type: 'sent', symbol: watched.symbol, at: now, cause });
    void this.#compare(watched, cause, range, now);
  }

  #reasonAgainst(watched: Watched, now: Micros): Suppression | undefined {
    const { cooldown, globalSpacing } = this.#settings;
    if (this.#options.market.book(watched.symbol) === undefined) return 'not-live';
    if (watched.inFlight !== undefined) return 'in-flight';
    if (watched.lastSent !== undefined && now - watched.lastSent < cooldown) return 'cooldown';
    if (this.#lastSent !== undefined && now - this.#lastSent < globalSpacing) return 'global-limit';
    return undefined;
  }

  async #compare(watched: Watched, cause: CheckCause, range: PriceRange, sentAt: Micros): Promise<void> {
    const { symbol } = watched;
    let answer: { readonly depth: RestDepth } | { readonly error: unknown };
    try {
      answer = { depth: await this.#options.depth(symbol, { count: 1 }) };
    } catch (error) {
      answer = { error };
    }
    watched.inFlight = undefined;
    if (this.#closed) return;
    const at = this.#options.scheduler.now();
    const took = micros(at - sentAt);
    if ('error' in answer) {
      watched.failed += 1;
      this.#record({ type: 'failed', symbol, at, cause, took, detail: textOf(answer.error) });
      return;
    }
    const book = this.#options.market.book(symbol);
    if (range.isSpoilt || book === undefined) {
      watched.voided += 1;
      this.#record({ type: 'void', symbol, at, cause, took });
      return;
    }
    const verdict = verdictOf(answer.depth, book, range, this.#settings.tolerancePpm);
    if (verdict.kind === 'unreadable') {
      watched.failed += 1;
      this.#record({ type: 'failed', symbol, at, cause, took, detail: verdict.detail });
    } else if (verdict.kind === 'agreed') {
      watched.agreed += 1;
      watched.inARow = 0;
      this.#record({ type: 'agreed', symbol, at, cause, took });
    } else {
      watched.mismatched += 1;
      watched.inARow += 1;
      const { inARow } = watched;
      this.#record({ type: 'mismatch', symbol, at, cause, took, inARow, detail: verdict.detail });
      if (inARow < this.#settings.mismatches) return;
      watched.inARow = 0;
      this.#options.onMismatch?.(symbol, verdict.detail);
    }
  }

  #watchedOf(symbol: string): Watched {
    const known = this.#symbols.get(symbol);
    if (known !== undefined) return known;
    const { horizon, predictEvery } = this.#settings;
    const watched = new Watched(symbol, new PredictionLedger(horizon, predictEvery));
    this.#symbols.set(symbol, watched);
    return watched;
  }

  #record(record: DeltaRecord): void {
    this.#options.onRecord?.(record);
  }
}

/** From one mid to another, each twice over. */
interface Move {
  readonly bid: Ticks;
  readonly ask: Ticks;
  readonly from: number;
  readonly to: number;
}

/** What is known of one symbol. */
class Watched {
  readonly symbol: string;
  readonly predictions: PredictionLedger;
  /** Twice the mid of the last look, and the distance from it that is a move. */
  refMid: number | undefined = undefined;
  refAt: Micros = micros(0);
  trigger = 0;
  /** Our best prices since the question that is not answered yet. */
  inFlight: PriceRange | undefined = undefined;
  lastSent: Micros | undefined = undefined;
  inARow = 0;
  deltas = 0;
  sent = 0;
  agreed = 0;
  mismatched = 0;
  failed = 0;
  voided = 0;
  readonly suppressed: Record<Suppression, number> = { cooldown: 0, 'global-limit': 0, 'in-flight': 0, 'not-live': 0 };

  constructor(symbol: string, predictions: PredictionLedger) {
    this.symbol = symbol;
    this.predictions = predictions;
  }

  look(mid: number, now: Micros, thresholdPpm: number): void {
    this.refMid = mid;
    this.refAt = now;
    this.trigger = shareUp(mid, thresholdPpm);
  }

  stats(): DeltaStats {
    const { deltas, sent, agreed, mismatched, failed, voided, suppressed, predictions } = this;
    return {
      deltas,
      sent,
      agreed,
      mismatched,
      failed,
      voided,
      suppressed: { ...suppressed },
      predictions: predictions.stats(),
    };
  }
}

type Verdict =
  | { readonly kind: 'agreed' }
  | { readonly kind: 'mismatch'; readonly detail: string }
  | { readonly kind: 'unreadable'; readonly detail: string };

function verdictOf(depth: RestDepth, book: BookView, range: PriceRange, tolerancePpm: number): Verdict {
  const [bidText, askText] = [depth.bids[0]?.price, depth.asks[0]?.price];
  if (bidText === undefined || askText === undefined) return { kind: 'unreadable', detail: 'a side has no level' };
  let bid: Ticks;
  let ask: Ticks;
  try {
    bid = priceToTicks(book, bidText);
    ask = priceToTicks(book, askText);
  } catch (error) {
    if (!(error instanceof KbError)) throw error;
    return { kind: 'unreadable', detail: error.message };
  }
  const misses = [miss('bid', bid, range.bid, tolerancePpm), miss('ask', ask, range.ask, tolerancePpm)];
  const detail = misses.filter((each) => each !== undefined).join('; ');
  return detail === '' ? { kind: 'agreed' } : { kind: 'mismatch', detail };
}

function miss(name: string, price: Ticks, { low, high }: PriceRange['bid'], tolerancePpm: number): string | undefined {
  if (price >= low - shareUp(low, tolerancePpm) && price <= high + shareUp(high, tolerancePpm)) return undefined;
  return `${name} ${price} ticks over REST, ours was ${low} to ${high}`;
}

/** The least whole number that is at least so many millionths of another. */
function shareUp(whole: number, ppm: number): number {
  return Number((BigInt(whole) * BigInt(ppm) + 999_999n) / 1_000_000n);
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

interface Settings {
  readonly thresholdPpm: number;
  readonly tolerancePpm: number;
  readonly cooldown: Micros;
  readonly globalSpacing: Micros;
  readonly refMaxAge: Micros;
  readonly mismatches: number;
  readonly predictAtBps: number;
  readonly predictEvery: Micros;
  readonly horizon: Micros;
}

function settingsOf(options: DeltaMonitorOptions): Settings {
  const { thresholdBps = 10, toleranceBps = 2, mismatches = 2, predictAtBps = thresholdBps } = options;
  const durations = {
    cooldown: options.cooldown ?? micros(SECOND),
    globalSpacing: options.globalSpacing ?? micros(SECOND),
    refMaxAge: options.refMaxAge ?? micros(60 * SECOND),
    predictEvery: options.predictEvery ?? micros(250_000),
    horizon: options.horizon ?? micros(5 * SECOND),
  };
  const problems: string[] = [];
  // Hundredths of a basis point are whole numbers of millionths.
  if (!(thresholdBps >= 0.01 && thresholdBps <= 10_000)) {
    problems.push(`thresholdBps: expected 0.01 to 10000, was ${thresholdBps}`);
  }
  if (!(toleranceBps >= 0 && toleranceBps <= 10_000)) {
    problems.push(`toleranceBps: expected 0 to 10000, was ${toleranceBps}`);
  }
  if (!(predictAtBps > 0)) problems.push(`predictAtBps: expected a number above zero, was ${predictAtBps}`);
  if (!(Number.isInteger(mismatches) && mismatches > 0)) {
    problems.push(`mismatches: expected a whole number above zero, was ${mismatches}`);
  }
  for (const [name, value] of Object.entries(durations)) {
    if (!(Number.isSafeInteger(value) && value >= 0)) problems.push(`${name}: expected a duration, was ${value}`);
  }
  if (problems.length > 0) throw new FeedError('KB_FEED_BAD_OPTIONS', problems.join('; '));
  return {
    ...durations,
    thresholdPpm: Math.round(thresholdBps * 100),
    tolerancePpm: Math.round(toleranceBps * 100),
    mismatches,
    predictAtBps,
  };
}
