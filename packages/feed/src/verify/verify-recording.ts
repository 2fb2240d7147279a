import type { RecordedFrame, RecordingError } from '@kb/kraken';
import { micros, SECOND } from '@kb/model';
import type { FeedEvent, Grid, MarketEvent, Micros } from '@kb/model';
import { FeedError } from '../errors.ts';
import { ReplayFeed } from '../sources/replay-feed.ts';
import { ConnectionLog } from './connection-log.ts';
import { Coverage } from './coverage.ts';
import type { HistoryStats } from '../market/symbol-history.ts';
import type {
  CandleAgreement,
  RecordingDamage,
  RecordingFault,
  RecordingReport,
  SymbolReport,
} from './recording-report.ts';
import { openSource } from '../recording/segments.ts';
import type { OpenSource, RecordingSource } from '../recording/segments.ts';

export interface VerifyRecordingOptions {
  /** Symbols to look at. Left out: every one. */
  readonly symbols?: readonly string[];
  /** Levels a side, where the recording does not say. */
  readonly depth?: number;
  /** Known precisions by symbol, for recordings that neither carry the instrument channel nor keep trailing zeros. */
  readonly grids?: Readonly<Record<string, Grid>>;
  /**
   * With nothing at all received for longer than this, books count as unknown until their next verified message: the
   * recorder slept. Kraken sends a heartbeat about once a second when nothing else comes. 10 s unless told.
   */
  readonly maxSilence?: Micros;
  /** Gaps kept for each symbol; all are counted. 1,000 unless told. */
  readonly maxGaps?: number;
  /** Connections kept; all are counted. 1,000 unless told. */
  readonly maxConnections?: number;
  /**
   * Where a file is damaged, as a crash leaves one, goes on with the next, and tells in `damage` of the report. False unless
   * told: damage is thrown. Needs paths.
   */
  readonly readPastDamage?: boolean;
  /** Ends the reading early; the report is then of what was read. */
  readonly signal?: AbortSignal;
}

/**
 * Plays a recording through the decoder and books of the live feed, derives every checksum again and says how much of its
 * time is proven, symbol by symbol.
 *
 * Time is that of receiving. Where the clock stepped back, it stands still until it is past again, and the step is counted.
 *
 * @throws RecordingError when a file cannot be read, or is damaged without `readPastDamage`; FeedError `KB_FEED_BAD_OPTIONS`.
 */
export async function verifyRecording(
  source: RecordingSource,
  options: VerifyRecordingOptions = {},
): Promise<RecordingReport> {
  const damage: RecordingDamage[] = [];
  const onDamage = ({ path, line, message }: RecordingError): void => {
    damage.push({ path, line: line ?? 0, detail: message });
  };
  const { frames, missing } = openSource(source, options.readPastDamage === true ? onDamage : undefined);
  return { ...(await new Verifier(frames, options).run()), missingSegments: missing, damage };
}

class Verifier {
  readonly #maxSilence: number;
  readonly #maxGaps: number;
  readonly #replay: ReplayFeed;
  readonly #connections: ConnectionLog;
  readonly #coverage = new Map<string, Coverage>();
  #from: Micros | undefined = undefined;
  /** The latest time there was. */
  #now: Micros = micros(0);
  /** When something was last received. */
  #heard: Micros = micros(0);
  #last: Micros = micros(0);
  #stepsBack = 0;
  #largestStepBack = 0;
  #firstFault: RecordingFault | undefined = undefined;

  constructor(frames: OpenSource['frames'], options: VerifyRecordingOptions) {
    const { maxSilence = 10 * SECOND, maxGaps = 1000, maxConnections = 1000, symbols, depth, grids, signal } = options;
    const problems = Object.entries({ maxSilence, maxGaps, maxConnections })
      .filter(([, value]) => !(Number.isSafeInteger(value) && value > 0))
      .map(([name, value]) => `${name}: expected a whole number above zero, was ${value}`);
    if (problems.length > 0) throw new FeedError('KB_FEED_BAD_OPTIONS', problems.join('; '));
    this.#maxSilence = maxSilence;
    this.#maxGaps = maxGaps;
    this.#connections = new ConnectionLog(maxConnections);
    this.#replay = new ReplayFeed({
      ...(symbols === undefined ? {} : { symbols }),
      ...(depth === undefined ? {} : { depth }),
      ...(grids === undefined ? {} : { grids }),
      ...(signal === undefined ? {} : { signal }),
      source: this.#watch(frames),
      candles: OHLC_INTERVALS,
      keepCandles: 20,
      onEvent: (event) => this.#onEvent(event),
      onControl: (message) => {
        if (message.type === 'heartbeat') this.#connections.onHeartbeat();
      },
    });
  }

  async run(): Promise<Omit<RecordingReport, 'damage' | 'missingSegments'>> {
    await this.#replay.run();
    this.#noteSilence();
    for (const coverage of this.#coverage.values()) coverage.finish(this.#now);
    const { frames, malformed, unknown, market } = this.#replay;
    return {
      frames,
      malformed,
      unknown,
      from: this.#from,
      to: this.#from === undefined ? undefined : this.#now,
      importedFrom: this.#replay.importedFrom,
      symbols: Object.fromEntries(market.symbols.map((symbol) => [symbol, this.#symbolReport(symbol)])),
      connections: this.#connections.connections,
      connectionCount: this.#connections.count,
      clock: { stepsBack: this.#stepsBack, largestStepBack: micros(this.#largestStepBack) },
      firstFault: this.#firstFault,
    };
  }

  /** Sees every line before the replay does. */
  async *#watch(frames: OpenSource['frames']): AsyncGenerator<RecordedFrame, void, undefined> {
    for await (const frame of frames) {
      this.#onLine(frame);
      yield frame;
    }
  }

  #onLine(frame: RecordedFrame): void {
    const { recvTs } = frame;
    if (this.#from === undefined) {
      this.#from = recvTs;
      this.#now = recvTs;
      this.#heard = recvTs;
    } else if (recvTs < this.#last) {
      this.#stepsBack += 1;
      this.#largestStepBack = Math.max(this.#largestStepBack, this.#last - recvTs);
    }
    this.#last = recvTs;
    this.#now = micros(Math.max(this.#now, recvTs));
    // What we sent ourselves, such as pings, is no sign of the venue.
    if (frame.dir !== 'tx') {
      this.#noteSilence();
      this.#heard = this.#now;
    }
    this.#connections.onLine(frame, this.#now);
  }

  #noteSilence(): void {
    const silence = this.#now - this.#heard;
    if (silence <= this.#maxSilence) return;
    const detail = `nothing was received for ${(silence / SECOND).toFixed(1)} s`;
    for (const coverage of this.#coverage.values()) coverage.lost(this.#heard, 'silence', detail);
  }

  #onEvent(event: MarketEvent): void {
    if (event.type === 'book' || event.type === 'level3') {
      const coverage = this.#coverageOf(event.symbol);
      if (event.verified) coverage.verified(this.#now);
      else coverage.lost(this.#now, 'unchecked', 'the message carries no checksum');
    } else if (event.type === 'feed' && event.state !== 'live') {
      this.#onLost(event);
    }
  }

  #onLost({ symbol, state, cause, detail }: FeedEvent): void {
    if (symbol === undefined) {
      if (state === 'closed') return; // the end of the data, which is no gap
      for (const coverage of this.#coverage.values()) coverage.lost(this.#now, cause, detail);
      return;
    }
    this.#coverageOf(symbol).lost(this.#now, cause, detail);
    // A change of precision freezes a symbol too, and is no fault.
    if (['checksum', 'crossed', 'malformed'].includes(cause)) {
      this.#firstFault ??= { at: this.#now, symbol, cause, detail };
    }
  }

  #coverageOf(symbol: string): Coverage {
    const known = this.#coverage.get(symbol);
    if (known !== undefined) return known;
    const coverage = new Coverage(this.#from ?? this.#now, this.#maxGaps);
    this.#coverage.set(symbol, coverage);
    return coverage;
  }

  #symbolReport(symbol: string): SymbolReport {
    const { snapshots, updates, checksumOk, checksumFailed, unchecked, crossed, skipped } =
      this.#replay.statsOf(symbol);
    const messages = snapshots + updates + skipped;
    const checked = checksumOk + checksumFailed;
    const coverage = this.#coverage.get(symbol) ?? this.#neverCovered();
    const length = this.#now - (this.#from ?? this.#now);
    return {
      messages,
      snapshots,
      updates,
      checksumOk,
      checksumFailed,
      unchecked,
      crossed,
      skipped,
      passPercent: checked === 0 ? undefined : (100 * checksumOk) / checked,
      coveragePercent: messages === 0 || length === 0 ? undefined : (100 * coverage.covered) / length,
      gaps: messages === 0 ? [] : coverage.gaps,
      gapCount: messages === 0 ? 0 : coverage.gapCount,
      trades: { ...this.#replay.tradeStatsOf(symbol) },
      candles: agreementOf(this.#replay.historyOf(symbol)),
    };
  }

  #neverCovered(): Coverage {
    const coverage = new Coverage(this.#from ?? this.#now, this.#maxGaps);
    coverage.finish(this.#now);
    return coverage;
  }
}

/** Bars that Kraken's channel `ohlc` has: of 1, 5, 15, 30 minutes, 1, 4 hours, a day, a week and 15 days. */
const OHLC_INTERVALS = [1, 5, 15, 30, 60, 240, 1440, 10_080, 21_600].map((minutes) => micros(minutes * 60 * SECOND));

function agreementOf({ candles }: HistoryStats): CandleAgreement | undefined {
  const agreed = candles.reduce((sum, each) => sum + each.agreed, 0);
  const disagreed = candles.reduce((sum, each) => sum + each.disagreed, 0);
  return agreed + disagreed === 0 ? undefined : { agreed, disagreed };
}
