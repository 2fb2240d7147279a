import { micros } from '@kb/model';
import type { MarketEvent, Micros } from '@kb/model';
import { PaperError } from '../errors.ts';
import { ClockOffset } from './clock-offset.ts';
import type { ClockEstimate } from './clock-offset.ts';
import { LatencyHistogram } from './latency-histogram.ts';
import { checkLatency, COMMAND_KINDS } from './latency.ts';
import type { CommandKind, ConnectionLatency, Latency, LegTime } from './latency.ts';
import { LoadHistory } from './load-history.ts';
import { LOAD_BUCKETS } from './load-meter.ts';
import type { LoadBucket, LoadThresholds } from './load-meter.ts';
import type { CommandConnection } from './command-path.ts';
import { QUANTILE_LEVELS } from './quantiles.ts';
import type { Quantiles } from './quantiles.ts';

/** An answered ping. The venue's times belong to it where the venue says them; the round trip alone is halved. */
export interface PingRoundTrip {
  readonly sent: Micros;
  readonly received: Micros;
  readonly venueIn?: Micros | undefined;
  readonly venueOut?: Micros | undefined;
}

/** An answered command: our times, and Kraken's `time_in` and `time_out`. */
export interface CommandRoundTrip extends PingRoundTrip {
  readonly kind: CommandKind;
  /** `ws` unless told. */
  readonly connection?: CommandConnection;
  readonly venueIn: Micros;
  readonly venueOut: Micros;
}

export interface CalibratorOptions {
  readonly load?: LoadThresholds;
  /** Fewer samples than this make no table of their own: what is nearest lends its. 1,000 unless told. */
  readonly leastSamples?: number;
}

/** What was measured so far. */
export interface CalibrationStatus {
  readonly clock: ClockEstimate | undefined;
  /** By `feed`, or connection, leg and kind, as `ws entry add`; in each how many by load. */
  readonly samples: Readonly<Record<string, Readonly<Record<LoadBucket, number>>>>;
  /** Not used: from before the clocks were known well enough, or with times that cannot be. */
  readonly dropped: number;
}

/**
 * Measures the latency of a running connection, and makes of it what `PaperVenue` takes.
 *
 * The entry leg ends, and the ack leg begins, at the venue's `time_out`: an order is in the book by the time its answer
 * leaves, and is taken to be there no earlier; both legs make up the round trip. Kinds without samples of their own borrow
 * from new orders, those from pings; a load without samples enough borrows from all loads together, stretched to its own median
 * from fifty samples on.
 *
 * Counts are halved at 200,000 a table, so that last month weighs less than today. Samples count from the twelfth round trip
 * on. Pure: feed it from a live connection or from a journal.
 */
export class LatencyCalibrator {
  readonly #load: LoadHistory;
  readonly #thresholds: LoadThresholds | undefined;
  readonly #leastSamples: number;
  readonly #cells = new Map<string, Record<LoadBucket, LatencyHistogram>>();
  readonly #clock = new ClockOffset();
  #now: Micros = micros(0);
  #dropped = 0;

  /** @throws PaperError `KB_PAPER_BAD_OPTION`, naming everything that is wrong. */
  constructor({ load, leastSamples = 1_000 }: CalibratorOptions = {}) {
    const { bad } = checkLatency({ feed: 0, entry: 0, ack: 0, load });
    const problems = bad.map((problem) => problem.replace('latency.', ''));
    if (!Number.isSafeInteger(leastSamples) || leastSamples < 1) {
      problems.push(`leastSamples: expected a whole number from 1, was ${leastSamples}`);
    }
    if (problems.length > 0) throw new PaperError('KB_PAPER_BAD_OPTION', problems.join('; '));
    this.#thresholds = load;
    this.#load = new LoadHistory(load);
    this.#leastSamples = leastSamples;
  }

  /** Takes a market event: it tells the load, and how long the feed takes. */
  onEvent(event: MarketEvent): void {
    const { recvTs, type, venueTs } = event;
    if (type !== 'book' && type !== 'trade' && type !== 'level3') return;
    if (type === 'trade' && event.historical) return;
    this.#load.onEvent(event);
    this.#clock.noteMarket(venueTs, recvTs);
    const clock = this.#clockAt(recvTs);
    if (clock !== undefined) this.#note('feed', recvTs - venueTs - clock.ahead, venueTs);
  }

  onPing(ping: PingRoundTrip): void {
    const { sent, received, venueIn, venueOut } = ping;
    if (venueIn !== undefined && venueOut !== undefined) {
      this.#turn('ping', sent, venueIn, venueOut, received);
      return;
    }
    if (received < sent) {
      this.#dropped += 1;
      return;
    }
    this.#clock.noteRoundTrip(sent, received);
    const half = (received - sent) / 2;
    const begun = micros(Math.round(sent - (this.#clock.at(received)?.ahead ?? 0)));
    this.#note('entry ping', half, begun);
    this.#note('ack ping', half, begun);
  }

  onAnswer({ kind, connection = 'ws', sent, received, venueIn, venueOut }: CommandRoundTrip): void {
    this.#turn(kind, sent, venueIn, venueOut, received, connection);
  }

  status(): CalibrationStatus {
    const counts = (cell: Record<LoadBucket, LatencyHistogram>): Record<LoadBucket, number> => {
      const { quiet, busy, burst } = cell;
      return { quiet: quiet.count, busy: busy.count, burst: burst.count };
    };
    const samples = Object.fromEntries(Array.from(this.#cells, ([name, cell]) => [name, counts(cell)]));
    return { clock: this.#clock.at(this.#now), samples, dropped: this.#dropped };
  }

  /** The latency as measured; `undefined` while any leg has no sample at all. */
  latency(): Latency | undefined {
    const feed = this.#table('feed');
    const ws = this.#connection('ws');
    if (feed === undefined || ws === undefined) return undefined;
    const hasRest = COMMAND_KINDS.some((kind) => this.#cells.has(`rest entry ${kind}`));
    const rest = hasRest ? this.#connection('rest') : undefined;
    return { feed, ...ws, ...(rest && { rest }), ...(this.#thresholds && { load: this.#thresholds }) };
  }

  #connection(connection: CommandConnection): ConnectionLatency | undefined {
    const entry = this.#legs(connection, 'entry');
    const ack = this.#legs(connection, 'ack');
    return entry === undefined || ack === undefined ? undefined : { entry, ack };
  }

  #legs(connection: CommandConnection, leg: 'entry' | 'ack'): ConnectionLatency['entry'] | undefined {
    const add = this.#table(`${connection} ${leg} add`, `ws ${leg} add`, `${leg} ping`);
    if (add === undefined) return undefined;
    const others = COMMAND_KINDS.filter((kind) => kind !== 'add').flatMap((kind) => {
      const name = `${connection} ${leg} ${kind}`;
      const table = this.#count(name) >= this.#leastSamples ? this.#table(name) : undefined;
      return table === undefined ? [] : [[kind, table] as const];
    });
    return { add, ...Object.fromEntries(others) };
  }

  /** Of the cells the first with samples enough, or else with any. */
  #table(...names: readonly string[]): LegTime | undefined {
    const name =
      names.find((each) => this.#count(each) >= this.#leastSamples) ?? names.find((each) => this.#count(each) > 0);
    const cell = name === undefined ? undefined : this.#cells.get(name);
    if (cell === undefined) return undefined;
    const all = new LatencyHistogram();
    for (const bucket of LOAD_BUCKETS) all.add(cell[bucket]);
    const of = (bucket: LoadBucket): Quantiles => {
      const own = cell[bucket];
      if (own.count >= this.#leastSamples) return quantilesOf(own, 1);
      return quantilesOf(all, own.count < LEAST_FOR_MEDIAN ? 1 : own.quantile(0.5) / Math.max(1, all.quantile(0.5)));
    };
    return { quiet: of('quiet'), busy: of('busy'), burst: of('burst') };
  }

  #count(name: string): number {
    const cell = this.#cells.get(name);
    return cell === undefined ? 0 : cell.quiet.count + cell.busy.count + cell.burst.count;
  }

  #turn(
    kind: CommandKind | 'ping',
    sent: Micros,
    venueIn: Micros,
    venueOut: Micros,
    received: Micros,
    connection: CommandConnection = 'ws',
  ): void {
    if (received < sent || venueOut < venueIn || venueOut - venueIn > received - sent) {
      this.#dropped += 1;
      return;
    }
    this.#clock.noteTurn(sent, venueIn, venueOut, received);
    const clock = this.#clockAt(received);
    if (clock === undefined) return;
    const of = kind === 'ping' ? '' : `${connection} `;
    this.#note(`${of}entry ${kind}`, venueOut - sent + clock.ahead, micros(Math.round(sent - clock.ahead)));
    this.#note(`${of}ack ${kind}`, received - venueOut - clock.ahead, venueOut);
  }

  #clockAt(time: Micros): ClockEstimate | undefined {
    if (time > this.#now) this.#now = time;
    const clock = this.#clock.roundTrips < WARM_UP ? undefined : this.#clock.at(time);
    if (clock === undefined) this.#dropped += 1;
    return clock;
  }

  /**
   * Below zero is as good as zero: the clocks are not known exactly.
   * @param begun When the journey began, by the venue's clock: the load of that time counts.
   */
  #note(name: string, time: number, begun: Micros): void {
    let cell = this.#cells.get(name);
    if (cell === undefined) {
      cell = { quiet: histogram(), busy: histogram(), burst: histogram() };
      this.#cells.set(name, cell);
    }
    cell[this.#load.bucket(begun)].note(Math.max(0, time));
  }
}

function quantilesOf(histogram: LatencyHistogram, stretch: number): Quantiles {
  return QUANTILE_LEVELS.map((level) => micros(Math.round(histogram.quantile(level) * stretch)));
}

function histogram(): LatencyHistogram {
  return new LatencyHistogram(MOST_SAMPLES);
}

const WARM_UP = 12;
/** Samples from which on a load's median is known well enough to stretch what it borrows. */
const LEAST_FOR_MEDIAN = 50;
const MOST_SAMPLES = 200_000;
