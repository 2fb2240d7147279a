import { join } from 'node:path';
import { checkPaperSessionConfig, PaperSession } from '@kb/engine';
import type { KrakenSpotFeed, SecondLocation } from '@kb/feed';
import type { RunFolder } from '@kb/journal';
import { systemScheduler } from '@kb/kraken';
import { micros, SECOND } from '@kb/model';
import type { CancelTask, FeedEvent, MarketEvent, Micros } from '@kb/model';
import { CliError } from '../cli-error.ts';
import type { CommandContext } from '../context.ts';
import { EXIT_CODES, exitCodeOfStop } from '../exit-codes.ts';
import type { ExitCode } from '../exit-codes.ts';
import type { RunOptions } from '../options.ts';
import { summaryText } from '../summary-text.ts';
import { feedOf } from './feed-of.ts';
import { FeedTrails } from './feed-trails.ts';
import { LatencyProbe } from './measured-latency.ts';
import type { MeasuredLatency } from './measured-latency.ts';
import type { PaperRunPlan } from './paper-run-plan.ts';
import { RunCopies } from './run-copies.ts';
import { runDocument } from './run-document.ts';
import { haltFolder, runFolderOf, trailsOf } from './run-folder-of.ts';
import { RunJournal } from './run-journal.ts';
import { RunRecord } from './run-record.ts';
import { RunScreen } from './run-screen.ts';
import { RunTime } from './run-time.ts';
import { secondLocationOf } from './second-place.ts';
import { unreachable } from './unreachable.ts';

export type { RunDocument } from './run-document.ts';

const LOOK_EVERY_MS = 100;
/** As the reference wants it for calibration. */
const PING_EVERY = micros(5 * SECOND);

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

class PaperRun {
  readonly #plan: PaperRunPlan;
  readonly #options: RunOptions;
  readonly #context: CommandContext;
  readonly #time: RunTime;
  readonly #wall = systemScheduler();
  readonly #screen: RunScreen;
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
    checkPaperSessionConfig(plan.config); // before anything is on disk
    this.#plan = plan;
    this.#options = options;
    this.#context = context;
    this.#time = new RunTime(plan.source);
    this.#screen = new RunScreen(plan, options, context, this.#time.clock);
    this.#folder = runFolderOf(plan, options.runs, this.#wall.now());
    // The drive is slow or fast in real time, whatever time the run lives in.
    this.#second = plan.second && secondLocationOf(plan.second, this.#wall, (line) => this.#screen.line(`  ${line}`));
    this.#copies = new RunCopies(this.#folder, this.#second);
    this.#trails = this.#openTrails();
    try {
      const earlier = plan.resumes === undefined ? undefined : this.#folder.journalDirectory;
      this.#record = new RunRecord(() => this.#openJournal(), earlier);
    } catch (error) {
      haltFolder(this.#folder, error, this.#wall.now(), context.stderr);
      throw error;
    }
    this.#feed = this.#openFeed();
    this.#session = new PaperSession(plan.config, this.#feed.market, this.#record);
  }

  #openTrails(): FeedTrails {
    return new FeedTrails({
      base: join(this.#folder.directory, trailsOf(this.#folder)),
      scheduler: this.#time.clock,
      onBegin: (path, trail) => this.#copies.add(path, trail),
      onFlush: () => this.#copies.wake(),
      onError: ({ message }) => this.#screen.line(`  ${message}`),
    });
  }

  #openJournal(): RunJournal {
    const { config, resumes } = this.#plan;
    const continues = resumes !== undefined;
    if (continues) this.#copies.addEarlier();
    const options = { ...this.#copies.journal, continues };
    const { journalDirectory } = this.#folder;
    return new RunJournal(
      journalDirectory,
      config,
      (record) => this.#screen.record(record, this.#feed.market),
      options,
    );
  }

  #openFeed(): KrakenSpotFeed {
    const { config, seed, source } = this.#plan;
    return feedOf(
      {
        url: source.url,
        dial: source.dial,
        symbols: config.symbols,
        channels: ['instrument', 'book', 'trade'],
        depth: config.depth,
        seed,
        scheduler: this.#time.clock,
        pingEvery: PING_EVERY,
        onRoundTrip: (trip) => this.#probe.onRoundTrip(trip),
        onInput: (input) => this.#orFail(() => this.#record.input(input)),
        onEvent: (event) => this.#orFail(() => this.#onEvent(event)),
      },
      source.rest,
      this.#trails,
    );
  }

  async run(): Promise<ExitCode> {
    this.#screen.opening(this.#folder);
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
      if (this.#second !== undefined) this.#screen.secondLocation(this.#second.status);
    }
  }

  /** @returns False when somebody asked to stop a run that goes on before it did: nothing has been written then. */
  async #recall(): Promise<boolean> {
    const { signal } = this.#context;
    const check = (): void => this.#failure.signal.throwIfAborted();
    const began = this.#wall.now();
    const now = (): Micros => this.#time.clock.now();
    const recalled = await this.#record.recall(this.#feed, this.#session, now, signal, check);
    if (recalled === undefined) return false;
    this.#screen.resumed(recalled, micros(this.#wall.now() - began));
    this.#time.begin();
    return true;
  }

  /** Ctrl-C while its inputs were run again: the run is as it was. */
  #stoppedBefore(): ExitCode {
    const exitCode = exitCodeOfStop(this.#context.signal.reason);
    this.#folder.finish({ status: 'ended', exitCode, now: this.#wall.now(), reason: 'stopped before it went on' });
    return exitCode;
  }

  async #trade(): Promise<void> {
    const looking = setInterval(() => this.#look(), LOOK_EVERY_MS);
    try {
      await this.#untilOver();
      this.#look();
    } finally {
      clearInterval(looking);
      await this.#time.untilSettled(this.#feed.close()); // its goodbye takes time
      await this.#trails.close();
      this.#screen.close();
    }
    this.#failure.signal.throwIfAborted();
  }

  /** Waits until the time is over, the data has ended, somebody asked to stop or the run has failed. */
  async #untilOver(): Promise<void> {
    const { connectTimeout, source } = this.#plan;
    this.#stopWaiting = this.#time.clock.after(connectTimeout, () => {
      this.#failure.abort(unreachable(source.url, connectTimeout, this.#trouble));
    });
    try {
      this.#feed.start();
      const signal = AbortSignal.any([this.#context.signal, this.#failure.signal]);
      await this.#time.untilOver(this.#options.for, signal, () => this.#look());
    } finally {
      this.#stopWaiting();
    }
  }

  #look(): void {
    this.#screen.show(this.#time.elapsed, this.#session, this.#feed);
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
    this.#screen.feed(event);
  }

  /** The run cannot go on: what was journalled until then is sealed, as far as that is possible, and its folder says why. */
  async #failed(error: unknown): Promise<void> {
    // Journals that died of the error that is told cannot be sealed.
    const journal = await this.#record.close().catch(() => ({}));
    haltFolder(this.#folder, error, this.#wall.now(), this.#context.stderr, journal);
  }

  async #end(): Promise<ExitCode> {
    const { config, mode } = this.#plan;
    const { directory } = this.#folder;
    const summary = this.#session.finish();
    const journal = await this.#record.close();
    if (journal === undefined) throw new TypeError('a run that has traded has journals');
    const measured = this.#keepMeasured();
    const document = runDocument(this.#plan, directory, { summary, feed: this.#feed, journal, measured });
    const exitCode = this.#exitCode();
    this.#folder.finish({
      status: exitCode === EXIT_CODES.halted ? 'halted' : 'ended',
      exitCode,
      now: this.#wall.now(),
      summary: document,
      journal: { input: journal.input, output: journal.output },
    });
    const known = config.symbols.flatMap((symbol) => this.#feed.market.instrument(symbol) ?? []);
    const grids = Object.fromEntries(known.map((instrument) => [instrument.symbol, instrument]));
    const text = this.#options.json
      ? `${JSON.stringify(document)}\n`
      : summaryText(summary, { mode, grids, folder: directory, measured });
    this.#context.stdout.write(text);
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
}
