import type { OutputRecord, PaperSession } from '@kb/engine';
import type { KrakenSpotFeed, LocationStatus } from '@kb/feed';
import type { RunFolder } from '@kb/journal';
import { lotsToQty, ticksToPrice } from '@kb/model';
import type { FeedEvent, FillReport, MarketView, Micros, Scheduler } from '@kb/model';
import { wantsColor, wantsLiveView } from '../context.ts';
import type { CommandContext } from '../context.ts';
import { formatDuration } from '../duration.ts';
import { grouped } from '../figures.ts';
import type { RunOptions } from '../options.ts';
import { TerminalView } from '../terminal-view.ts';
import { feeText } from './fee-text.ts';
import { orderLatencyText } from './latency-text.ts';
import { liveSnapshot } from './live-snapshot.ts';
import type { PaperRunPlan } from './paper-run-plan.ts';
import type { Recalled } from './run-record.ts';
import { placeText } from './second-place.ts';

/** What a run tells while it goes on: lines, fills, and a live view on a terminal. */
export class RunScreen {
  readonly #plan: PaperRunPlan;
  readonly #view: TerminalView;

  constructor(plan: PaperRunPlan, options: RunOptions, context: CommandContext, clock: Scheduler) {
    const output = options.json ? context.stderr : context.stdout;
    this.#plan = plan;
    this.#view = new TerminalView({
      output,
      clock,
      live: wantsLiveView(output, context),
      color: wantsColor(output, context, options.color),
    });
  }

  line(text: string): void {
    this.#view.line(text);
  }

  opening({ directory, recovered }: RunFolder): void {
    const { config, mode, source } = this.#plan;
    this.line(`${mode}  nothing here is real money: orders are matched on paper`);
    this.line(`  market    ${source.name}`);
    this.line(`  latency   ${config.latency.name}, ${orderLatencyText(config.latency)}   fees ${feeText(config.fees)}`);
    this.line(`  run       ${directory}`);
    for (const { id, status, reason } of recovered) this.line(`  ${status}: ${id}, ${reason}`);
  }

  resumed({ compared, inputs, missing }: Recalled, took: Micros): void {
    const written = missing > 0 ? `, ${missing} written that were not yet` : '';
    const counts = `${grouped(`${inputs}`)} inputs in ${formatDuration(took)}, ${grouped(`${compared}`)} outputs the same`;
    this.line(`  resumed   ${counts}${written}`);
  }

  feed({ cause, detail, state }: FeedEvent): void {
    if (state === 'resyncing' || state === 'stale' || state === 'unverified') {
      this.line(`  feed ${state} (${cause}) ${detail}`);
    }
  }

  record(record: OutputRecord, market: MarketView): void {
    if (record.type === 'report' && record.report.type === 'fill') this.#fill(record.report, market);
    if (record.type === 'strategy-error') this.line(`  strategy ${record.strategyId} stopped: ${record.message}`);
  }

  /** Looks at the run: as often as one likes, the view paints as often as it should. */
  show(elapsed: Micros, session: PaperSession, feed: Pick<KrakenSpotFeed, 'market' | 'statsOf'>): void {
    const { config, mode } = this.#plan;
    const [symbol] = config.symbols;
    if (symbol === undefined) return;
    const snapshot = liveSnapshot(mode, symbol, elapsed, session, feed.market, feed.statsOf(symbol));
    if (snapshot !== undefined) this.#view.update(snapshot);
  }

  /** The live view ends; lines may still come. */
  close(): void {
    this.#view.close();
  }

  secondLocation(status: LocationStatus): void {
    this.line(placeText(status).trimEnd());
  }

  #fill(fill: FillReport, market: MarketView): void {
    const instrument = market.instrument(fill.symbol);
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
}
