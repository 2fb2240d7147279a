import { join } from 'node:path';
import { checkPaperSessionConfig, PaperSession } from '@kb/engine';
import type { OutputRecord, PaperSessionConfig, RunSummary } from '@kb/engine';
import type { BookStats, KrakenSpotFeed, SecondLocation } from '@kb/feed';
import type { RunFolder } from '@kb/journal';
import { systemScheduler } from '@kb/kraken';
import { lotsToQty, micros, SECOND, ticksToPrice } from '@kb/model';
import type { CancelTask, FeedEvent, FillReport, MarketEvent, Micros, Scheduler, VirtualScheduler } from '@kb/model';
import { CliError, reportOf } from '../cli-error.ts';
import { untilDone, wantsColor, wantsLiveView } from '../context.ts';
import type { CommandContext } from '../context.ts';
import { formatDuration } from '../duration.ts';
import { EXIT_CODES, exitCodeOfStop } from '../exit-codes.ts';
import type { ExitCode } from '../exit-codes.ts';
import { grouped } from '../figures.ts';
import type { RunOptions, SecondPlace } from '../options.ts';
import { summaryText } from '../summary-text.ts';
import { TerminalView } from '../terminal-view.ts';
import type { ModeLabel } from '../terminal-view.ts';
import { feedOf } from './feed-of.ts';
import { FeedTrails } from './feed-trails.ts';
import { feeText } from './fee-text.ts';
import { orderLatencyText } from './latency-text.ts';
import { liveSnapshot } from './live-snapshot.ts';
import type { MarketSource } from './market-source.ts';
import { LatencyProbe } from './measured-latency.ts';
import type { MeasuredLatency } from './measured-latency.ts';
import { RunCopies } from './run-copies.ts';
import { runFolderOf } from './run-folder-of.ts';
import { RunJournal } from './run-journal.ts';
import type { RunJournalEnd } from './run-journal.ts';
import { RunRecord } from './run-record.ts';
import { placeText, secondLocationOf } from './second-place.ts';
import { unreachable } from './unreachable.ts';

/** A paper run that is ready to start. */
export interface PaperRunPlan {
  readonly mode: Extract<ModeLabel, 'DEMO' | 'PAPER'>;
  readonly source: MarketSource;
  readonly config: PaperSessionConfig;
  readonly seed: number;
  /** How long reaching the market may take at the start; once it was reached, the feed mends itself for as long as it takes. */
  readonly connectTimeout: Micros;
  /** Where the run's folder is copied to, whenever it is there. */
  readonly second: SecondPlace | undefined;
  /** Folder of the run that goes on; a new one unless told. */
  readonly resumes?: string;
}

/** What `report/summary.json` holds, and what `--json` prints. */
export interface RunDocument extends RunSummary {
  readonly mode: string;
  readonly source: string;
  readonly folder: string;
  readonly feed: { readonly frames: number; readonly symbols: Readonly<Record<string, BookStats>> };
  /** What the connection took; missing where it was not up for a dozen pings. */
  readonly measuredLatency?: MeasuredLatency;
  /** SHA-256 of the two journals' chains: the same inputs give the same outputs. */
  readonly inputHash: string;
  readonly outputHash: string;
}

const VIEW_EVERY_MS = 100;
/** As the reference wants it for calibration. */
const PING_EVERY = micros(5 * SECOND);
/** How far virtual time moves before the run looks up. */
const VIRTUAL_STEP = SECOND / 10;
/** How often the view is looked at in virtual time. */
const VIRTUAL_STEPS_A_LOOK = 10;

/**
 * Connects, trades on paper, shows it, and ends with a summary: at `--for`, at the end of the data, or at Ctrl-C.
 * The run folder keeps inputs, outputs and summary. The source is closed in any case.
 */
export async function runPaper(plan: PaperRunPlan, options: RunOptions, context: CommandContext): Promise<ExitCode> {
  try {
    return await new PaperRun(plan, options, context).run();
  } finally {
    await plan.source.close();
  }
}

/** Where the trails of a feed go: each time that a run goes on it has some of its own. */
function trailsOf({ manifest }: RunFolder): string {
  const { resumedAt = [] } = manifest;
  return resumedAt.length === 0 ? '/' : `/resumed-${resumedAt.length}/`;
}

class PaperRun {
  readonly #plan: PaperRunPlan;
  readonly #options: RunOptions;
  readonly #context: CommandContext;
  /** The time that the run lives in; virtual at `--speed max`. */
  readonly #clock: Scheduler;
  /** When it began to live by a feed. */
  #startedAt: Micros;
  readonly #wall = systemScheduler();
  readonly #view: TerminalView;
  readonly #folder: RunFolder;
  readonly #second: SecondLocation | undefined;
  readonly #copies: RunCopies;
  readonly #trails: FeedTrails;
  readonly #record: RunRecord;
  readonly #feed: KrakenSpotFeed;
  readonly #session: PaperSession;
  readonly #probe = new LatencyProbe();
  /** Why there is no connection, as far as the feed has said. */
  #trouble = '';
  #stopWaiting: CancelTask = () => undefined;
  /** Aborts with the first error after which the run cannot go on. */
  readonly #failure = new AbortController();

  constructor(plan: PaperRunPlan, options: RunOptions, context: CommandContext) {
    const { config, resumes, seed, source } = plan;
    this.#plan = plan;
    this.#clock = source.scheduler;
    this.#startedAt = this.#clock.now();
    this.#options = options;
    this.#context = context;
    checkPaperSessionConfig(config); // before anything is on disk
    const output = options.json ? context.stderr : context.stdout;
    this.#view = new TerminalView({
      output,
      clock: this.#clock,
      live: wantsLiveView(output, context),
      color: wantsColor(output, context, options.color),
    });
    this.#folder = runFolderOf(plan, options.runs, this.#wall.now());
    // The drive is slow or fast in real time, whatever time the run lives in.
    this.#second = plan.second && secondLocationOf(plan.second, this.#wall, (line) => this.#view.line(`  ${line}`));
    this.#copies = new RunCopies(this.#folder, this.#second);
    this.#trails = new FeedTrails({
      base: join(this.#folder.directory, trailsOf(this.#folder)),
      scheduler: this.#clock,
      onBegin: (path, trail) => this.#copies.add(path, trail),
      onFlush: () => this.#copies.wake(),
      onError: ({ message }) => this.#view.line(`  ${message}`),
    });
    try {
      const earlier = resumes === undefined ? undefined : this.#folder.journalDirectory;
      this.#record = new RunRecord(() => this.#openJournal(), earlier);
    } catch (error) {
      this.#endFolder(error);
      throw error;
    }
    this.#feed = feedOf(
      {
        url: source.url,
        dial: source.dial,
        symbols: config.symbols,
        channels: ['instrument', 'book', 'trade'],
        depth: config.depth,
        seed,
        scheduler: this.#clock,
        pingEvery: PING_EVERY,
        onRoundTrip: (trip) => this.#probe.onRoundTrip(trip),
        onInput: (input) => this.#orFail(() => this.#record.input(input)),
        onEvent: (event) => this.#orFail(() => this.#onEvent(event)),
      },
      source.rest,
      this.#trails,
    );
    this.#session = new PaperSession(config, this.#feed.market, this.#record);
  }

  async run(): Promise<ExitCode> {
    const { config, mode, source } = this.#plan;
    this.#view.line(`${mode}  nothing here is real money: orders are matched on paper`);
    this.#view.line(`  market    ${source.name}`);
    this.#view.line(
      `  latency   ${config.latency.name}, ${orderLatencyText(config.latency)}   fees ${feeText(config.fees)}`,
    );
    this.#view.line(`  run       ${this.#folder.directory}`);
    for (const { id, status, reason } of this.#folder.recovered) {
      this.#view.line(`  ${status}: ${id}, ${reason}`);
    }
    this.#copies.start();
    try {
      if (this.#plan.resumes !== undefined && !(await this.#recall())) return this.#stoppedBefore();
      await this.#trade();
      return await this.#end();
    } catch (error) {
      await this.#failed(error);
      throw error;
    } finally {
      await this.#copies.close();
      if (this.#second !== undefined) this.#view.line(placeText(this.#second.status).trimEnd());
    }
  }

  #openJournal(): RunJournal {
    const { config, resumes } = this.#plan;
    const continues = resumes !== undefined;
    if (continues) this.#copies.addEarlier();
    const options = { ...this.#copies.journal, continues };
    return new RunJournal(this.#folder.journalDirectory, config, (record) => this.#onRecord(record), options);
  }

  /** @returns False when somebody asked to stop a run that goes on before it did: nothing has been written then. */
  async #recall(): Promise<boolean> {
    const { signal } = this.#context;
    const check = (): void => this.#failure.signal.throwIfAborted();
    const began = this.#wall.now();
    const recalled = await this.#record.recall(this.#feed, this.#session, () => this.#clock.now(), signal, check);
    if (recalled === undefined) return false;
    const { compared, inputs, missing } = recalled;
    const took = formatDuration(micros(this.#wall.now() - began));
    const written = missing > 0 ? `, ${missing} written that were not yet` : '';
    this.#view.line(
      `  resumed   ${grouped(`${inputs}`)} inputs in ${took}, ${grouped(`${compared}`)} outputs the same${written}`,
    );
    this.#startedAt = this.#clock.now();
    return true;
  }

  /** Ctrl-C while its inputs were run again: the run is as it was. */
  #stoppedBefore(): ExitCode {
    const exitCode = exitCodeOfStop(this.#context.signal.reason);
    this.#folder.finish({ status: 'ended', exitCode, now: this.#wall.now(), reason: 'stopped before it went on' });
    return exitCode;
  }

  async #trade(): Promise<void> {
    const painting = setInterval(() => this.#show(), VIEW_EVERY_MS);
    try {
      await this.#untilOver();
      this.#show();
    } finally {
      clearInterval(painting);
      await this.#closeFeed();
      await this.#trails.close();
      this.#view.close();
    }
    this.#failure.signal.throwIfAborted();
  }

  /**
   * Does something with what the feed hands over. What goes wrong there (a disk that is full) ends the run; it must not fly
   * through the feed, and nothing is decided on an input that no journal has.
   */
  #orFail(action: () => void): void {
    if (this.#failure.signal.aborted) return;
    try {
      action();
    } catch (error) {
      this.#failure.abort(error);
    }
  }

  /** The run cannot go on: what was journalled until then is sealed, as far as that is possible, and its folder says why. */
  async #failed(error: unknown): Promise<void> {
    if (!this.#record.isOpen) return this.#endFolder(error);
    const journal = await this.#record.close().catch(() => undefined); // it died of the error that is told
    this.#endFolder(error, { ...journal });
  }

  /** @param journal How its journals ended, as far as they did; left out for those that were not opened. */
  #endFolder(error: unknown, journal?: Partial<RunJournalEnd>): void {
    const { exitCode, message } = reportOf(error);
    const end = {
      status: 'halted',
      exitCode,
      now: this.#wall.now(),
      reason: message,
      ...(journal !== undefined && { journal }),
    } as const;
    try {
      this.#folder.finish(end);
    } catch (second) {
      this.#context.stderr.write(`${this.#folder.directory} could not be ended: ${reportOf(second).message}\n`);
    }
  }

  /** Waits until the time is over, the data has ended, somebody asked to stop or the run has failed. */
  async #untilOver(): Promise<void> {
    const { connectTimeout } = this.#plan;
    this.#stopWaiting = this.#clock.after(connectTimeout, () => {
      this.#failure.abort(unreachable(this.#plan.source.url, connectTimeout, this.#trouble));
    });
    const stop = new AbortController();
    try {
      this.#feed.start();
      const signal = AbortSignal.any([this.#context.signal, this.#failure.signal, stop.signal]);
      const { ended, virtual } = this.#plan.source;
      const waited = virtual === undefined ? untilDone(this.#options.for, signal) : this.#driven(virtual, signal);
      await Promise.race([waited, ended]);
    } finally {
      stop.abort();
      this.#stopWaiting();
    }
  }

  /** Moves virtual time on until the run is over, and looks up now and then: somebody may want to stop it. */
  async #driven(time: VirtualScheduler, signal: AbortSignal): Promise<void> {
    const end = this.#options.for === undefined ? Number.POSITIVE_INFINITY : this.#startedAt + this.#options.for;
    for (let step = 0; !signal.aborted && time.now() < end; step += 1) {
      time.advance(micros(Math.min(VIRTUAL_STEP, end - time.now())));
      if (step % VIRTUAL_STEPS_A_LOOK === 0) this.#show();
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** Closes the feed. The goodbye takes time, which in virtual time somebody has to let pass. */
  async #closeFeed(): Promise<void> {
    let isClosed = false;
    const closed = this.#feed.close().finally(() => {
      isClosed = true;
    });
    closed.catch(() => undefined); // it is awaited below, once time has passed
    const { virtual } = this.#plan.source;
    while (virtual !== undefined && !isClosed && virtual.step()) await new Promise((resolve) => setImmediate(resolve));
    await closed;
  }

  async #end(): Promise<ExitCode> {
    const { config, mode, source } = this.#plan;
    const summary = this.#session.finish();
    const journal = await this.#record.close();
    if (journal === undefined) throw new TypeError('a run that has traded has journals');
    const symbols = Object.fromEntries(config.symbols.map((symbol) => [symbol, { ...this.#feed.statsOf(symbol) }]));
    const measured = this.#keepMeasured();
    const document: RunDocument = {
      mode,
      source: source.name,
      folder: this.#folder.directory,
      ...summary,
      feed: { frames: this.#feed.frames, symbols },
      ...(measured && { measuredLatency: measured }),
      inputHash: journal.input.hash,
      outputHash: journal.output.hash,
    };
    const exitCode = this.#exitCode();
    this.#folder.finish({
      status: exitCode === EXIT_CODES.halted ? 'halted' : 'ended',
      exitCode,
      now: this.#wall.now(),
      summary: document,
      journal: { input: journal.input, output: journal.output },
    });
    if (this.#options.json) this.#context.stdout.write(`${JSON.stringify(document)}\n`);
    else
      this.#context.stdout.write(
        summaryText(summary, { mode, grids: this.#grids(), folder: this.#folder.directory, measured }),
      );
    return exitCode;
  }

  /** Writes what was measured beside the summary, for the next run's `--latency`. */
  #keepMeasured(): MeasuredLatency | undefined {
    const latency = this.#probe.latency();
    if (latency === undefined) return undefined;
    this.#folder.write('report/latency.json', `${JSON.stringify({ name: 'measured', ...latency })}\n`);
    return this.#probe.summary();
  }

  #exitCode(): ExitCode {
    const { halted, strategyErrors } = this.#session.summary();
    if (halted !== undefined || strategyErrors > 0) return EXIT_CODES.halted;
    const { aborted, reason } = this.#context.signal;
    return aborted ? exitCodeOfStop(reason) : EXIT_CODES.ok;
  }

  #onEvent(event: MarketEvent): void {
    this.#session.onEvent(event);
    if (!this.#record.isOpen) return; // it is the past of a run that goes on
    this.#probe.onEvent(event);
    if (event.type === 'feed') this.#onFeed(event);
  }

  #onFeed(event: FeedEvent): void {
    const { symbol, state, cause, detail } = event;
    this.#trails.onState(event);
    if (state === 'live') this.#stopWaiting();
    if (state === 'connecting') this.#trouble = detail;
    if (state === 'broken' && cause === 'refused') {
      const error = new CliError('KB_CLI_UNKNOWN_PAIR', `${this.#plan.source.name} refused ${symbol}: ${detail}`, {
        hint: 'check --pair; pairs are written like BTC/USD',
      });
      this.#failure.abort(error);
    }
    if (state === 'resyncing' || state === 'stale' || state === 'unverified') {
      this.#view.line(`  feed ${state} (${cause}) ${detail}`);
    }
  }

  #onRecord(record: OutputRecord): void {
    if (record.type === 'report' && record.report.type === 'fill') this.#showFill(record.report);
    if (record.type === 'strategy-error') this.#view.line(`  strategy ${record.strategyId} stopped: ${record.message}`);
  }

  #showFill(fill: FillReport): void {
    const instrument = this.#feed.market.instrument(fill.symbol);
    if (instrument === undefined) return;
    this.#view.fill({
      mode: this.#plan.mode,
      at: fill.venueTs,
      side: fill.side,
      size: lotsToQty(instrument, fill.size),
      base: instrument.base,
      price: ticksToPrice(instrument, fill.price),
      liquidity: fill.liquidity,
      fee: fill.fee,
      feeAsset: fill.feeAsset,
    });
  }

  #show(): void {
    const [symbol] = this.#plan.config.symbols;
    if (symbol === undefined) return;
    const elapsed = micros(this.#clock.now() - this.#startedAt);
    const stats = this.#feed.statsOf(symbol);
    const snapshot = liveSnapshot(this.#plan.mode, symbol, elapsed, this.#session, this.#feed.market, stats);
    if (snapshot !== undefined) this.#view.update(snapshot);
  }

  #grids(): Record<string, { pricePrecision: number; qtyPrecision: number }> {
    const known = this.#plan.config.symbols.flatMap((symbol) => this.#feed.market.instrument(symbol) ?? []);
    return Object.fromEntries(known.map((instrument) => [instrument.symbol, instrument]));
  }
}
