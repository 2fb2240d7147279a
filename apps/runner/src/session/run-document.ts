import type { RunSummary } from '@kb/engine';
import type { BookStats, KrakenSpotFeed } from '@kb/feed';
import type { MeasuredLatency } from './measured-latency.ts';
import type { PaperRunPlan } from './paper-run-plan.ts';
import type { RunJournalEnd } from './run-journal.ts';

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

/** What came of a run, and of what it lived by. */
export interface RunResult {
  readonly summary: RunSummary;
  readonly feed: Pick<KrakenSpotFeed, 'frames' | 'statsOf'>;
  readonly journal: RunJournalEnd;
  readonly measured: MeasuredLatency | undefined;
}

export function runDocument(
  { config, mode, source }: Pick<PaperRunPlan, 'config' | 'mode' | 'source'>,
  folder: string,
  { feed, journal, measured, summary }: RunResult,
): RunDocument {
  const symbols = Object.fromEntries(config.symbols.map((symbol) => [symbol, { ...feed.statsOf(symbol) }]));
  return {
    mode,
    source: source.name,
    folder,
    ...summary,
    feed: { frames: feed.frames, symbols },
    ...(measured && { measuredLatency: measured }),
    inputHash: journal.input.hash,
    outputHash: journal.output.hash,
  };
}
