import { micros } from '@kb/model';
import type { FeeRates, FillReport, Instrument, Micros, QueueModelId } from '@kb/model';
import { PaperError } from './errors.ts';
import { QUEUE_MODELS } from './queue/queue-models.ts';

/** One-way times, constant for now. Zero is allowed when it is said. */
export interface Latency {
  /** Venue to us: market data. */
  readonly feed: Micros;
  /** Us to the venue's matcher: commands. */
  readonly entry: Micros;
  /** Matcher to us: reports. */
  readonly ack: Micros;
}

export interface PaperVenueOptions {
  /** Pairs that can be traded; instrument events add to them and change them. */
  readonly instruments: ReadonlyMap<string, Instrument> | readonly Instrument[];
  /** There is no default: unconfigured latency is an error, not zero. */
  readonly latency: Latency;
  readonly fees: FeeRates;
  /** Starting balances by asset, decimal text; an asset left out starts at zero. */
  readonly balances: Readonly<Record<string, string>>;
  /** What the source delivers for each symbol. With `book` alone nothing waits for prints. Both by default. */
  readonly channels?: readonly ('book' | 'trade')[];
  /** How far a quiet channel may lag behind the venue's latest time before it stops holding up the others. 50 ms by default. */
  readonly latenessMargin?: Micros;
  /** How long a level's decrease may wait for the print that explains it. 50 ms by default. */
  readonly pairingWindow?: Micros;
  /** Queue models to run on every order; both by default. */
  readonly models?: readonly QueueModelId[];
  /** The model whose fills are real to the strategy; `risk-averse` by default. */
  readonly follow?: QueueModelId;
  /** Most market messages that a symbol may have waiting; beyond it the oldest are applied early. 65,536 by default. */
  readonly maxBuffered?: number;
  /** Hears of fills in the models that are not followed, taker fills included, when they would have been reported. */
  readonly onShadowFill?: (model: QueueModelId, fill: FillReport) => void;
}

/** The options with their defaults. */
export interface CheckedOptions {
  readonly latency: Latency;
  readonly models: readonly QueueModelId[];
  readonly followed: number;
  readonly expectsTrades: boolean;
  readonly latenessMargin: Micros;
  readonly pairingWindow: Micros;
  readonly maxBuffered: number;
}

/** @throws PaperError `KB_PAPER_NO_LATENCY`, `KB_PAPER_BAD_OPTION`. */
export function checkOptions(options: PaperVenueOptions): CheckedOptions {
  const models = options.models ?? MODEL_IDS;
  const follow = options.follow ?? 'risk-averse';
  const channels = options.channels ?? ['book', 'trade'];
  const followed = models.indexOf(follow);
  if (followed < 0) throw bad(`follow: ${follow} is not among the models ${models.join(', ')}`);
  if (new Set(models).size < models.length) throw bad(`models: ${models.join(', ')} names one twice`);
  if (!channels.includes('book')) throw bad('channels: a paper venue cannot match without the book');
  const maxBuffered = options.maxBuffered ?? 65_536;
  if (!Number.isSafeInteger(maxBuffered) || maxBuffered < 1) throw bad(`maxBuffered: was ${maxBuffered}`);
  return {
    latency: checkLatency(options.latency),
    models,
    followed,
    expectsTrades: channels.includes('trade'),
    latenessMargin: duration('latenessMargin', options.latenessMargin ?? DEFAULT_WAIT),
    pairingWindow: duration('pairingWindow', options.pairingWindow ?? DEFAULT_WAIT),
    maxBuffered,
  };
}

/** Plain JavaScript can leave out what the types ask for. */
function checkLatency(latency: Partial<Latency> | undefined): Latency {
  const leg = (name: keyof Latency): Micros => {
    const value = latency?.[name];
    if (value === undefined) {
      throw new PaperError('KB_PAPER_NO_LATENCY', `latency.${name} is not set`, {
        hint: 'Say how long each leg takes (feed, entry, ack, in microseconds). If you mean zero, write zero.',
      });
    }
    return duration(`latency.${name}`, value);
  };
  return { feed: leg('feed'), entry: leg('entry'), ack: leg('ack') };
}

function duration(name: string, value: number): Micros {
  if (!Number.isSafeInteger(value) || value < 0) throw bad(`${name}: expected whole microseconds from 0, was ${value}`);
  return micros(value);
}

function bad(message: string): PaperError {
  return new PaperError('KB_PAPER_BAD_OPTION', message);
}

const DEFAULT_WAIT = micros(50_000);
const MODEL_IDS = Object.keys(QUEUE_MODELS) as readonly QueueModelId[];
