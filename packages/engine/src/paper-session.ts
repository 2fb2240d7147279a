import type { MarketEvent, MarketView } from '@kb/model';
import type { Engine } from './engine.ts';
import type { OutputSink } from './output.ts';
import { startRun } from './run.ts';
import type { Run } from './run.ts';
import { checkPaperSessionConfig } from './session-config.ts';
import type { PaperSessionConfig } from './session-config.ts';
import { summarise } from './summary.ts';
import type { RunSummary } from './summary.ts';

/**
 * A paper run: engine, risk, strategies, a paper venue and three ledgers, put together as soon as the market is known.
 *
 * The engine starts with the event that makes the last symbol known: its rules (from the `instrument` channel) and a live
 * book (which values the starting balances). Until then events only pass by. The strategy's own fills follow the central queue
 * model; what every other one would have filled on the same orders goes into the bracket of the P&L, and that of the risk-averse
 * and the uniform one to ledgers of their own as well.
 */
export class PaperSession {
  readonly #config: PaperSessionConfig;
  readonly #market: MarketView;
  readonly #output: OutputSink;
  #run: Run | undefined;
  /** Set when the kill switch was pulled before there was anything to stop. */
  #haltCause: string | undefined;

  /** @throws EngineError `KB_ENGINE_BAD_CONFIG` with every problem of the configuration. */
  constructor(config: PaperSessionConfig, market: MarketView, output: OutputSink) {
    checkPaperSessionConfig(config);
    this.#config = config;
    this.#market = market;
    this.#output = output;
  }

  /** The engine, once the market is known. */
  get engine(): Engine | undefined {
    return this.#run?.engine;
  }

  /** Handles one market event. */
  onEvent(event: MarketEvent): void {
    if (this.#run === undefined) {
      if ((event.type !== 'book' && event.type !== 'level3') || !this.#marketIsKnown()) return;
      this.#run = startRun(this.#config, this.#market, this.#output, event);
      if (this.#haltCause !== undefined) this.#run.engine.halt(this.#haltCause);
    }
    this.#run.events += 1;
    this.#run.engine.process(event);
  }

  /** Pulls the kill switch: strategies stop, working orders are cancelled. Pulled before the start, none ever begins. */
  halt(cause: string): void {
    this.#haltCause ??= cause;
    this.#run?.engine.halt(cause);
  }

  /**
   * The run goes on after it was over (a `resume` input): writes the mark that its end wrote, or would have written had it not
   * crashed. All else is as it was; that time has passed is for the market's events to tell.
   */
  resume(): void {
    this.#run?.engine.mark();
  }

  /** Where the run stands now; for the live view and, at the end, for the report. */
  summary(): RunSummary {
    return summarise(this.#config, this.#run, this.#haltCause);
  }

  /** Writes the last mark. Nothing may be handled after it, unless the run goes on with `resume` from the same inputs. */
  finish(): RunSummary {
    this.#run?.engine.mark();
    return this.summary();
  }

  #marketIsKnown(): boolean {
    return this.#config.symbols.every((symbol) => {
      const book = this.#market.book(symbol);
      const known = this.#market.instrument(symbol) !== undefined;
      return known && book?.bestBid() !== undefined && book.bestAsk() !== undefined;
    });
  }
}
