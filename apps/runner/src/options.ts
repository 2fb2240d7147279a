import type { FeeConfig, LatencyProfileName, QueueModelChoice, StrategyName } from '@kb/engine';
import type { AccountSpec, ScenarioName } from '@kb/exchange-sim';
import type { RecorderFsync, UnknownSide } from '@kb/feed';
import type { Grid, Micros, OrderRateTierName } from '@kb/model';
import type { RestSource } from './session/rest-of.ts';
import type { Scale } from './fidelity/report/report.ts';
import type { SimKind } from './fidelity/source/sim-kinds.ts';

/** What every command has. */
export interface CommonOptions {
  /** One JSON document (or NDJSON) on stdout, nothing else there. */
  readonly json: boolean;
  /** False after `--no-color`; the environment and the terminal have their say too. */
  readonly color: boolean;
}

/** What every command that makes a run folder has. */
export interface RunOptions extends CommonOptions {
  /** Stop after this long; `undefined` runs until Ctrl-C or the end of the data. */
  readonly for: Micros | undefined;
  /** Folder of run folders. */
  readonly runs: string;
}

export interface DemoOptions extends RunOptions {
  readonly speed: Speed;
  readonly seed: number;
  /** One-way time of an order to the venue; `undefined` takes the demo's named profile. */
  readonly latency: LatencyChoice | undefined;
  readonly appraisal?: Appraisal;
}

export interface PaperOptions extends RunOptions {
  readonly source: Source;
  /** `max` for the local exchange and for tapes only. */
  readonly speed: Speed;
  readonly pair: string;
  readonly strategy: StrategyName;
  /** Never a default: an unconfigured latency would flatter. */
  readonly latency: LatencyChoice;
  /** Book levels a side; `undefined` takes 100, or what a tape holds. */
  readonly depth: number | undefined;
  readonly account: AccountTerms;
  readonly appraisal?: Appraisal;
  /** Starting balances by asset, decimal text. */
  readonly balances: Readonly<Record<string, string>>;
  /** The strategy's own parameters, by name. */
  readonly params: Readonly<Record<string, string | boolean>>;
  /** Of the simulator, when it is the source. */
  readonly seed: number;
  /** How long reaching the exchange may take at the start. */
  readonly connectTimeout: Micros;
  /** Where the run folder is copied to. */
  readonly second: SecondPlace | undefined;
}

/** What the exchange charges an account, and how much it lets it order: without limits when `venueTier` is left out. */
export interface AccountTerms {
  readonly fees: FeeConfig;
  readonly venueTier?: OrderRateTierName | undefined;
}

/** By what fills and own size are judged; decimal text. The engine has a default, or an estimate, for what is left out. */
export interface Appraisal {
  readonly models?: QueueModelChoice | undefined;
  /** Own fills above this share of what trades in a minute are suspect. */
  readonly participationAlarm?: string | undefined;
  /** Y of the square root law. */
  readonly impactFactor?: string | undefined;
  /** Standard deviation of a day's return. */
  readonly dailyVolatility?: string | undefined;
  /** Base currency. */
  readonly dailyVolume?: string | undefined;
}

export const QUEUE_MODEL_CHOICES: readonly QueueModelChoice[] = ['three', 'all'];

/** `kb paper --resume`: what the run was configured with stays as it is. */
export interface ResumeOptions extends RunOptions {
  /** Folder of the run that goes on. */
  readonly resume: string;
  /** Another address of the same exchange; `undefined` takes that of the run. */
  readonly url: string | undefined;
  readonly connectTimeout: Micros;
  readonly second: SecondPlace | undefined;
}

/** One time for every leg, a profile of assumed distributions, or a file of measured ones. */
export type LatencyChoice = Micros | LatencyProfileName | { readonly file: string };

/** `real`: real sockets in real time · `max`: in one process on a virtual clock, as fast as it goes. */
export const SPEEDS = ['real', 'max'] as const;
export type Speed = (typeof SPEEDS)[number];

/** Where a paper run takes its market data from. */
export type Source =
  | { readonly kind: 'sim' }
  | { readonly kind: 'kraken'; readonly url: string }
  | { readonly kind: 'tape'; readonly path: string };

export interface RecordOptions extends CommonOptions {
  readonly url: string;
  /** Where sudden moves are checked and missing trades asked for; `undefined`: nowhere. */
  readonly rest: RestSource;
  readonly pairs: readonly string[];
  readonly channels: readonly RecordChannel[];
  readonly depth: number;
  /** Folder that the recording's segments go to. */
  readonly out: string;
  readonly storage: RecordStorage;
  readonly for: Micros | undefined;
  /** How long reaching the exchange may take at the start. */
  readonly connectTimeout: Micros;
}

/** How a recording is kept; sizes in bytes. */
export interface RecordStorage {
  /** Of text, before compression. */
  readonly rotateSize: number;
  readonly rotateEvery: Micros | undefined;
  readonly keepSegments: number | undefined;
  readonly keepSize: number | undefined;
  readonly keepAge: Micros | undefined;
  readonly keepUncopied: number | undefined;
  readonly minFree: number;
  readonly fsync: RecorderFsync;
  readonly second: SecondPlace | undefined;
}

/** A second location. */
export interface SecondPlace {
  readonly folder: string;
  /** A plain folder, not the mount point of a drive. */
  readonly isFolder: boolean;
  readonly keepSize: number | undefined;
}

export const RECORD_CHANNELS = ['book', 'trade', 'ticker', 'instrument'] as const;
export type RecordChannel = (typeof RECORD_CHANNELS)[number];

export interface VerifyOptions extends CommonOptions {
  /** A recording, or its segments: NDJSON, plain, gzip or zstd. */
  readonly paths: readonly string[];
  /** Digits by symbol, for recordings that lost them. */
  readonly precision: Readonly<Record<string, Grid>>;
  /** Book levels a side; `undefined` takes the depth that the recording was subscribed with. */
  readonly depth: number | undefined;
  /** Percent of the recording's time in which every book must be live and verified. */
  readonly minCoverage: number | undefined;
}

/** What `kb import` reads. */
export const IMPORT_KINDS = ['kraken-trades', 'kraken-ohlcvt', 'tardis'] as const;
export type ImportKind = (typeof IMPORT_KINDS)[number];
export const UNKNOWN_SIDES: readonly UnknownSide[] = ['tick-rule', 'buy', 'sell'];

export interface ImportCommandOptions extends CommonOptions {
  readonly kind: ImportKind;
  readonly path: string;
  readonly symbol: string;
  /** Folder that the result goes to. */
  readonly out: string;
  /** Decimals; `undefined` takes the most that the file shows. */
  readonly grid: Grid | undefined;
  readonly roundSizes: boolean;
  readonly unknownSide: UnknownSide | undefined;
  /** Length of a bar; `undefined` finds it in the file. */
  readonly interval: Micros | undefined;
}

export interface DiffOptions extends CommonOptions {
  /** A run folder: its input journal is run again and the outputs are compared. */
  readonly path: string;
}

export interface SimOptions extends CommonOptions {
  readonly port: number;
  /** A recording to serve; `undefined` serves generated markets. */
  readonly tape: string | undefined;
  /** The recorded frames as they are, public data only; otherwise clients' orders rest in the recording. */
  readonly verbatim: boolean;
  /** v2 symbols; empty lists the standard markets. */
  readonly pairs: readonly string[];
  readonly scenario: ScenarioName;
  readonly accounts: readonly AccountSpec[];
  /** A file of accounts and their keys. */
  readonly accountFile: string | undefined;
  /** Faults as they are written: `crc@30s,pair=BTC/USD`. */
  readonly faults: readonly string[];
  /** Folder of the certificate; `undefined` serves without TLS. */
  readonly tls: string | undefined;
  readonly rateLimits: boolean;
  /** How long the markets trade before the exchange opens, in simulated time. */
  readonly warmUp: Micros;
  readonly seed: number;
  readonly for: Micros | undefined;
}

export interface FactsOptions extends CommonOptions {
  readonly pair: string;
  /** A style of S2 or a preset of S1. */
  readonly flow: FactsFlow;
  readonly seed: number;
  /** Simulated time. */
  readonly for: Micros;
}

export interface FidelityOptions extends CommonOptions {
  readonly experiment: FidelityExperiment;
  readonly scale: Scale;
  readonly seed: number;
  /** Kinds of simulated markets, for E1. */
  readonly markets: readonly SimKind[];
  /** Folder of recordings; without it E2 is skipped. */
  readonly data: string | undefined;
  /** Folder for the reports as JSON, which the page is made of. */
  readonly save: string | undefined;
  /** End with 8 when a gate is missed. */
  readonly gate: boolean;
  /** Of `page`: saved reports, and the folder that the page is written to. */
  readonly files: readonly string[];
  readonly out: string;
}

/** `all` every experiment · `page` none of them: saved reports become a page. */
export const FIDELITY_EXPERIMENTS = ['all', 'e1', 'e2', 'e5', 'page'] as const;
export type FidelityExperiment = (typeof FIDELITY_EXPERIMENTS)[number];

/** Flows whose facts can be measured: S2, then S1. */
export const FACTS_FLOWS = [
  'busy',
  'steady',
  'thin',
  'meme',
  'quiet',
  'pilot-a',
  'pilot-b',
  'pilot-c',
  'pilot-d',
  'demo',
] as const;
export type FactsFlow = (typeof FACTS_FLOWS)[number];

/** What the generated markets live through. `faulty` is calm, with faults. */
export const SCENARIOS: readonly ScenarioName[] = ['calm', 'trend', 'crash', 'thin', 'faulty'];

/** Kraken's public WebSocket v2. */
export const KRAKEN_URL = 'wss://ws.kraken.com/v2';
/** Depths that Kraken serves. */
export const BOOK_DEPTHS: readonly number[] = [10, 25, 100, 500, 1000];
export const STRATEGIES: readonly StrategyName[] = ['maker', 'probe'];
export const LATENCY_PROFILE_NAMES: readonly LatencyProfileName[] = ['eu-vps', 'home', 'us-east'];
