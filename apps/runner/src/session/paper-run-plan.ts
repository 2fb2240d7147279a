import type { PaperSessionConfig } from '@kb/engine';
import type { Micros } from '@kb/model';
import type { SecondPlace } from '../options.ts';
import type { ModeLabel } from '../terminal-view.ts';
import type { MarketSource } from './market-source.ts';

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
